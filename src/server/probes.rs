//! What load balancers without gRPC ask: `/livez` and `/readyz`.

use axum::{Router, routing::get};
use http::StatusCode;
use tokio::sync::watch;
use tonic::service::Routes;

/// Puts the probes beside the services: `/livez` is answered as long as the process turns, whatever the
/// database does; `/readyz` says whether it may be given calls, as `ready` has it.
pub fn beside(routes: Routes, ready: watch::Receiver<bool>) -> Routes {
    let readyz = async move || {
        if *ready.borrow() {
            (StatusCode::OK, "ready\n")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    };
    let probes =
        Router::new().route("/livez", get(async || "alive\n")).route("/readyz", get(readyz));
    routes.into_axum_router().merge(probes).into()
}
