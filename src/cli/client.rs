//! The connection to the service, and its errors in words.

use std::time::Duration;

use clap::Args;
use tonic::{
    Status,
    transport::{self, Channel},
};
use tonic_types::StatusExt;

use crate::api::status::chain;

use super::Failure;

/// Which registry to call.
#[derive(Clone, Debug, Args)]
pub struct Endpoint {
    /// URL of the registry.
    #[arg(long, env = "REGISTRY_ENDPOINT", default_value = "http://127.0.0.1:50051")]
    pub endpoint: String,
}

/// Connects to the registry.
pub async fn connect(endpoint: &Endpoint) -> Result<Channel, Failure> {
    let channel = transport::Endpoint::from_shared(endpoint.endpoint.clone())?
        .connect_timeout(Duration::from_secs(5))
        .tcp_nodelay(true)
        .connect()
        .await;
    channel.map_err(|error| {
        format!("no registry answers at {}: {}", endpoint.endpoint, chain(&error)).into()
    })
}

/// Returns the name of a resource in a collection, given its name or its id alone.
pub fn named(collection: &str, id: &str) -> String {
    match id.contains('/') {
        true => id.to_owned(),
        false => format!("{collection}/{id}"),
    }
}

/// Formats a status with all its violations.
pub fn explain(status: Status) -> Failure {
    let mut text = format!("{:?}: {}", status.code(), status.message());
    if let Some(request) = status.get_details_bad_request() {
        for violation in request.field_violations {
            text.push_str(&format!("\n  {}: {}", violation.field, violation.description));
        }
    }
    text.into()
}

/// Formats an error with its causes.
pub fn causes(error: impl std::error::Error) -> Failure {
    chain(&error).into()
}
