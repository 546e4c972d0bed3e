//! The descriptors of every method that is served, by path, and of every message that can be
//! written as JSON.

use std::collections::HashMap;

use prost_reflect::{DescriptorError, DescriptorPool, MessageDescriptor, MethodDescriptor};

use crate::api::DESCRIPTORS;

/// The descriptors of what is served.
pub(super) struct Schema {
    pool: DescriptorPool,
    methods: HashMap<String, MethodDescriptor>,
}

impl Schema {
    pub(super) fn new() -> Result<Self, DescriptorError> {
        let mut pool = DESCRIPTORS.clone();
        for set in [
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
            tonic_types::pb::FILE_DESCRIPTOR_SET,
        ] {
            pool.decode_file_descriptor_set(set)?;
        }
        let methods = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
        let methods = methods.map(|method| {
            (format!("/{}/{}", method.parent_service().full_name(), method.name()), method)
        });
        Ok(Self { methods: methods.collect(), pool })
    }

    /// Returns the method of a path.
    pub(super) fn method(&self, path: &str) -> Option<&MethodDescriptor> {
        self.methods.get(path)
    }

    /// Returns the message with this full name.
    pub(super) fn message(&self, name: &str) -> Option<MessageDescriptor> {
        self.pool.get_message_by_name(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_methods_that_are_served_and_the_details_of_errors() {
        let schema = Schema::new().unwrap();
        for path in [
            "/digitalskills.v1.GapService/StreamGaps",
            "/grpc.health.v1.Health/Check",
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        ] {
            assert!(schema.method(path).is_some(), "{path}");
        }
        for path in ["", "/", "/made.up/Method", "digitalskills.v1.RoleService/GetRole"] {
            assert!(schema.method(path).is_none(), "{path}");
        }
        for name in ["ErrorInfo", "BadRequest", "PreconditionFailure", "ResourceInfo", "RetryInfo"]
        {
            assert!(schema.message(&format!("google.rpc.{name}")).is_some(), "{name}");
        }
    }
}
