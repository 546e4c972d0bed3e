//! All services and what their messages are to the generic methods. The build writes it from the protos and
//! `services.rs.jinja`, and fails where a service lacks a standard method or a message lacks a field.

include!(concat!(env!("OUT_DIR"), "/services.rs"));
