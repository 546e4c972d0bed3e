//! `healthcheck`: asks a registry for its health.

use std::process::ExitCode;

use super::{
    Failure,
    client::{self, Endpoint},
    show,
};

/// Runs `healthcheck`.
pub async fn run(endpoint: Endpoint) -> Result<ExitCode, Failure> {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    let channel = client::connect(&endpoint).await?;
    let request = HealthCheckRequest { service: String::new() };
    let answer = HealthClient::new(channel).check(request).await.map_err(client::explain)?;
    let status = answer.into_inner().status();
    show(format!("{}\n", status.as_str_name()).as_bytes())?;
    Ok(match status {
        tonic_health::pb::health_check_response::ServingStatus::Serving => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
