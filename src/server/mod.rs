//! The server: the registry's services with health and reflection on a socket, and the shutdown.

mod acceptor;
mod arrival;
mod calls;
mod connect;
mod connection;
mod cors;
pub mod docs;
mod health;
mod limits;
mod message;
mod methods;
mod observation;
mod probes;
mod progress;
mod request_body;
mod request_heads;
mod reusable_permit;
mod stream_body;
mod strict;
mod web_text;

pub use cors::Origin;
pub use limits::Limits;

use std::{future::Future, time::Duration};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_web::GrpcWebLayer;
use tower::{
    ServiceBuilder,
    util::{BoxCloneSyncService, option_layer},
};

use crate::{
    api::{Api, DESCRIPTOR_SET, status::chain},
    registry::Registry,
};

/// Interval at which expired requests are deleted.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(600);

/// Interval at which texts are folded that an older program has written.
const REFOLDING: Duration = Duration::from_secs(10);

/// How to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long calls are still accepted after an announced stop, while health says NOT_SERVING.
    pub lame_duck: Duration,
    /// How long calls in progress may take to end at shutdown.
    pub drain: Duration,
    /// Origins of web pages that may call the service.
    pub cors_origins: Vec<Origin>,
    /// How long changes are kept; `None` for ever.
    pub change_retention: Option<Duration>,
    /// Limits on connections, calls and waiting times.
    pub limits: Limits,
}

/// How the server stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopMode {
    /// Health says NOT_SERVING first, and calls are accepted until load balancers have noticed.
    Announced,
    /// Without a notice: nobody needs to see it first.
    AtOnce,
}

impl From<()> for StopMode {
    fn from((): ()) -> Self {
        Self::AtOnce
    }
}

/// Serves `registry` on `listener` until `shutdown` completes: gRPC, gRPC-Web and Connect, over
/// HTTP/1.1 and HTTP/2. Unless the stop is immediate, health then says NOT_SERVING for
/// `options.lame_duck` while calls are still accepted. After that, calls in progress may end, and
/// streams are asked to reconnect. What is left after `options.drain` is cut off: a caller that
/// stays connected without a word cannot delay the stop.
pub async fn serve(
    listener: TcpListener,
    registry: Registry,
    options: Options,
    shutdown: impl Future<Output: Into<StopMode>> + Send,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // Health announces the stop before it happens.
    let (leaving, closing) = (CancellationToken::new(), CancellationToken::new());
    let (health, health_service) = tonic_health::server::health_reporter();
    let health = health::Health::begin(health, registry.clone()).await?;
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
    };
    fold(&registry).await;
    let routes = Api::new(registry.clone(), closing.clone())
        .routes()
        .add_service(health_service)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?);
    let routes = probes::beside(docs::beside(routes)?, health.ready());
    let service = layered(routes, &options)?;
    let serving = acceptor::accept(listener, service, &options.limits, closing.clone());
    let mut health = tokio::spawn(health.keep(leaving.clone()));
    let beside = [
        tokio::spawn(forget(registry.clone(), closing.clone())),
        tokio::spawn(refold(registry.clone(), closing.clone())),
        tokio::spawn(follow(registry.clone(), closing.clone())),
        tokio::spawn(compact(registry, options.change_retention, closing.clone())),
    ];

    tokio::pin!(serving);
    let stopping = tokio::select! {
        () = &mut serving => return Ok(()),
        lost = &mut health => return Ok(lost??),
        stopping = shutdown => stopping.into(),
    };
    leaving.cancel();
    if stopping == StopMode::Announced {
        tracing::info!(seconds = options.lame_duck.as_secs(), "server stopping: not serving");
        tokio::select! {
            () = &mut serving => return Ok(()),
            () = tokio::time::sleep(options.lame_duck) => {}
        }
    }
    tracing::info!(seconds = options.drain.as_secs(), "server stopping: draining");
    closing.cancel();
    let ended = tokio::time::timeout(options.drain, serving).await;
    beside.iter().for_each(tokio::task::JoinHandle::abort);
    if ended.is_err() {
        tracing::info!("connections cut off at shutdown");
    }
    Ok(())
}

/// Wraps the services in all protocols; each call is a gRPC call inside.
fn layered(
    routes: Routes,
    options: &Options,
) -> Result<connection::ServedProtocols, docs::Failure> {
    let service = ServiceBuilder::new()
        .layer(option_layer(cors::layer(&options.cors_origins)))
        .layer(arrival::ArrivalLayer::new(&options.limits))
        .layer(connect::ConnectLayer::new()?)
        .layer(web_text::WebTextLayer)
        .layer(GrpcWebLayer::new())
        .layer(calls::CallLayer::new(&options.limits))
        .service(routes.prepare());
    Ok(BoxCloneSyncService::new(service))
}

/// Deletes expired requests periodically.
async fn forget(registry: Registry, closing: CancellationToken) {
    loop {
        match registry.forget_requests().await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "old requests deleted"),
            Err(error) => tracing::warn!(error = chain(&error), "request cleanup failed"),
        }
        if closing.run_until_cancelled(tokio::time::sleep(CLEANUP_INTERVAL)).await.is_none() {
            return;
        }
    }
}

/// Folds the texts that an older program writes meanwhile, periodically.
async fn refold(registry: Registry, closing: CancellationToken) {
    while closing.run_until_cancelled(tokio::time::sleep(REFOLDING)).await.is_some() {
        fold(&registry).await;
    }
}

async fn fold(registry: &Registry) {
    match registry.refold().await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "texts of an older program folded"),
        Err(error) => tracing::warn!(error = chain(&error), "text folding failed"),
    }
}

/// Follows the change feed for watchers and caches.
async fn follow(registry: Registry, closing: CancellationToken) {
    let failed = |error| tracing::warn!(error = chain(&error), "change feed read failed");
    closing.run_until_cancelled(registry.follow_changes(failed)).await;
}

/// Compacts changes older than the retention periodically.
async fn compact(registry: Registry, retention: Option<Duration>, closing: CancellationToken) {
    let Some(retention) = retention else { return };
    let pause = (retention / 10).clamp(Duration::from_secs(1), CLEANUP_INTERVAL);
    loop {
        match registry.compact(retention).await {
            Ok(revision) => tracing::debug!(revision = revision.number(), "old changes compacted"),
            Err(error) => tracing::warn!(error = chain(&error), "change compaction failed"),
        }
        if closing.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}
