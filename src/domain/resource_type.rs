//! The list of resource types, with their words. The build takes both from the protos: `Resource` in
//! `change.proto` names all types.

include!(concat!(env!("OUT_DIR"), "/resource_types.rs"));
