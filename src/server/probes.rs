//! HTTP probes for load balancers without gRPC: `/livez` and `/readyz`.

use axum::{Router, routing::get};
use http::StatusCode;
use tokio::sync::watch;
use tonic::service::Routes;

/// Adds the probes to the services. `/livez` answers 200 as long as the process runs, whatever the
/// state of the database. `/readyz` answers 200 while `ready` is true, otherwise 503.
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
