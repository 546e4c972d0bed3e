//! The gRPC services: they translate between protobuf messages and domain types.
//!
//! The file of a resource type maps its fields and contains every handler of its service. Most handlers only
//! call code that is written once for all types: the standard methods (`service`, and behind it `standard`,
//! `batch`, `list` and `import`), page tokens, masks, and the mapping of errors to statuses (`status`; failures
//! of the transport have theirs in `transport`). `build.rs` generates from the protos the access to the messages
//! of each type (`request`), and the list of all services (`services`).

mod answers;
mod batch;
mod call;
mod caller;
mod change;
pub mod client;
mod comparison;
mod gap_analysis;
mod gap_lifecycle;
mod gap_query;
mod gap_trend;
mod import;
mod list;
mod mask;
mod page;
mod plan_audit;
pub mod reason;
mod report;
pub mod request;
mod service;
mod services;
mod standard;
pub mod standard_fields;
pub mod status;
pub mod transport;
mod watch;
mod wire;

mod assessment;
mod closure;
mod closure_option;
mod framework;
mod gap;
mod gap_snapshot;
mod movement;
mod organisation;
mod plan;
mod projection;
mod requirement;
mod role;
mod skill;
mod staffing;
mod target;

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;
use tokio_util::sync::CancellationToken;

use crate::registry::Registry;

pub use call::Method;

/// Generated messages, clients and servers.
pub mod v1 {
    #![allow(
        missing_docs,
        clippy::all,
        clippy::pedantic,
        rustdoc::all,
        reason = "generated from proto/"
    )]
    tonic::include_proto!("digitalskills.v1");
}

/// Encoded descriptor set of `proto/`, with comments.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/digitalskills.v1.bin"));

/// Decoded descriptor set of `proto/`.
#[allow(clippy::expect_used, reason = "the build made the set, and the first test reads it")]
pub static DESCRIPTORS: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(DESCRIPTOR_SET).expect("the build wrote a descriptor set")
});

/// Implements every service.
#[derive(Clone)]
pub struct Api {
    registry: Registry,
    closing: CancellationToken,
}

impl Api {
    /// Creates the services of a registry. Streams end when `closing` is cancelled.
    pub fn new(registry: Registry, closing: CancellationToken) -> Self {
        Self { registry, closing }
    }
}
