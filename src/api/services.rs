//! All services, and the traits of their messages that the generic methods use. `build.rs` generates this
//! from the protos and `services.rs.jinja`, and fails if a service lacks a standard method or a message lacks
//! a field.

include!(concat!(env!("OUT_DIR"), "/services.rs"));
