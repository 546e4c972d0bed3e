//! Messages as protobuf's JSON.

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, SerializeOptions};
use serde::{Serialize, Serializer};

use crate::api::DESCRIPTORS;

use super::Failure;

/// A message that is written as protobuf's JSON with every field that it can have: also numbers that are 0,
/// empty texts and empty lists.
pub struct WholeMessage(DynamicMessage);

impl WholeMessage {
    /// Reads a message of the registry by its descriptor.
    pub fn of<M: Message + Name>(message: &M) -> Result<Self, Failure> {
        let name = M::full_name();
        let descriptor = DESCRIPTORS
            .get_message_by_name(&name)
            .ok_or_else(|| format!("there is no message {name}"))?;
        Ok(Self(DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())?))
    }
}

impl Serialize for WholeMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let options = SerializeOptions::new().skip_default_fields(false);
        self.0.serialize_with_options(serializer, &options)
    }
}
