//! What a client needs to import resources of any type.

use std::future::Future;

use tonic::{IntoStreamingRequest, Status, Streaming, transport::Channel};

use crate::domain::ResourceType;

use super::{request::ImportRequest, v1::ImportOutcome};

/// A message that can be imported. `build.rs` implements it for every resource type, from
/// `services.rs.jinja`.
pub trait Importable: prost::Message + Default + Clone + 'static {
    /// Resource type.
    const TYPE: ResourceType;

    /// Message of the request stream.
    type Request: ImportRequest;

    /// Message of the response stream.
    type Answer: prost::Message + 'static;

    /// A request with a batch of resources; the parent is ignored if the type has none.
    fn batch(parent: &str, resources: Vec<Self>) -> Self::Request;

    /// Outcomes in a message of the response.
    fn outcomes(answer: Self::Answer) -> Vec<ImportOutcome>;

    /// Calls Import.
    fn import(
        channel: Channel,
        requests: impl IntoStreamingRequest<Message = Self::Request> + Send,
    ) -> impl Future<Output = Result<Streaming<Self::Answer>, Status>> + Send;
}
