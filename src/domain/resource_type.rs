//! The list of resource types, with the forms of their names. `build.rs` generates both from the protos:
//! `Resource` in `change.proto` lists all types.

include!(concat!(env!("OUT_DIR"), "/resource_types.rs"));
