//! What a client needs to import resources of any type.

use std::future::Future;

use tonic::{IntoStreamingRequest, Status, Streaming, transport::Channel};

use crate::domain::Kind;

use super::v1::ImportOutcome;

/// A resource that can be imported. The build implements it for every one; `services.rs.jinja` says how.
pub trait Importable: prost::Message + Default + Clone + 'static {
    /// The resource type.
    const KIND: Kind;

    /// A message of the request.
    type Request: prost::Message + 'static;

    /// A message of the answer.
    type Answer: prost::Message + 'static;

    /// A batch of resources under a parent, which is left out where the resource type has none.
    fn batch(parent: &str, resources: Vec<Self>) -> Self::Request;

    /// The outcomes that a message of the answer tells.
    fn outcomes(answer: Self::Answer) -> Vec<ImportOutcome>;

    /// Calls the service.
    fn import(
        channel: Channel,
        requests: impl IntoStreamingRequest<Message = Self::Request> + Send,
    ) -> impl Future<Output = Result<Streaming<Self::Answer>, Status>> + Send;
}
