//! What a client needs to import resources of any type.

use std::future::Future;

use prost_types::FieldMask;
use tonic::{IntoStreamingRequest, Status, Streaming, transport::Channel};

use crate::domain::ResourceType;

use super::{request::ImportRequest, standard_fields::StandardFields, v1::ImportOutcome};

/// What applies to all resources of a batch.
#[derive(Clone, Debug, Default)]
pub struct BatchOptions<'a> {
    /// Parent of the resources; ignored if the type has none.
    pub parent: &'a str,
    /// Fields to change of those that exist; `None` for all.
    pub update_mask: Option<FieldMask>,
    /// Whether to validate without writing. The first batch of a stream decides.
    pub validate_only: bool,
}

/// A message that can be imported. `build.rs` implements it for every resource type, from
/// `services.rs.jinja`.
pub trait Importable:
    prost::Message + StandardFields + Default + Clone + PartialEq + 'static
{
    /// Resource type.
    const TYPE: ResourceType;

    /// Message of the request stream.
    type Request: ImportRequest;

    /// Message of the response stream.
    type Answer: prost::Message + 'static;

    /// A request with a batch of resources.
    fn batch(options: BatchOptions<'_>, resources: Vec<Self>) -> Self::Request;

    /// Outcomes in a message of the response.
    fn outcomes(answer: Self::Answer) -> Vec<ImportOutcome>;

    /// Calls Import.
    fn import(
        channel: Channel,
        requests: impl IntoStreamingRequest<Message = Self::Request> + Send,
    ) -> impl Future<Output = Result<Streaming<Self::Answer>, Status>> + Send;
}
