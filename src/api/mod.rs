//! The gRPC service: wire in, wire out.
//!
//! A resource type's own file says how its fields travel, and has every handler of its service. Most only pass on to
//! what is written once for all resource types: the standard methods (`service`, which every such call goes
//! through, and behind it `standard`, `batch`, `list` and `import`), page tokens, masks, and the one mapping of an
//! error to a status (`status`; the failures of the transport have theirs in `transport`). What these read of the
//! messages of each type (`request`) and the list of all services (`services`) is written by the build from the protos.

mod answers;
mod batch;
mod call;
mod caller;
mod change;
pub mod client;
mod comparison;
mod gap_analysis;
mod gap_life;
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

/// The generated messages, clients and servers.
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

/// The encoded descriptor set of `proto/`, with comments.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/digitalskills.v1.bin"));

/// The same, decoded.
#[allow(clippy::expect_used, reason = "the build made the set, and the first test reads it")]
pub static DESCRIPTORS: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(DESCRIPTOR_SET).expect("the build wrote a descriptor set")
});

/// The implementation of every service.
#[derive(Clone)]
pub struct Api {
    registry: Registry,
    closing: CancellationToken,
}

impl Api {
    /// The services of a registry. Streams end when `closing` is cancelled.
    pub fn new(registry: Registry, closing: CancellationToken) -> Self {
        Self { registry, closing }
    }
}
