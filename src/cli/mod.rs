//! The command line. `serve` and `migrate` are the service; `audit` looks at its database, so that what it
//! says does not rest on the service; `descriptor` and `openapi` tell the
//! contract; all others are callers of the service like any other.

mod audit;
mod audit_plan;
mod client;
mod gaps;
mod generate;
mod import;
mod published;
mod report;
mod sample;
mod serve;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::{
    config::{Command, Config, Endpoint, Migrate, MigrateAction},
    domain::migration,
    store::Store,
    telemetry,
};

/// What a command fails with: a text for people.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs a command to its exit code.
pub async fn run(config: Config) -> Result<ExitCode, Failure> {
    let telemetry = telemetry::begin(match config.command {
        Command::Serve(_) => "info,sea_orm_migration=warn,sqlx=warn",
        _ => "warn",
    })?;
    let end = match config.command {
        Command::Serve(options) => serve::run(options).await,
        Command::Migrate(options) => migrate(options).await,
        Command::Import(options) => import::run(options).await,
        Command::Audit(options) => audit::run(options.action).await,
        Command::Generate(options) => generate::run(options).await,
        Command::Gaps(options) => gaps::run(options).await,
        Command::Report(options) => report::run(options).await,
        Command::AuditPlan(options) => audit_plan::run(options).await,
        Command::Healthcheck(endpoint) => healthcheck(endpoint).await,
        Command::Descriptor(options) => published::descriptor(&options),
        Command::Openapi => published::openapi(),
    };
    telemetry.close().await;
    end
}

/// Writes to the standard output.
fn show(bytes: &[u8]) -> Result<ExitCode, Failure> {
    match io::stdout().write_all(bytes) {
        // Whoever reads only the beginning has what they want.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        result => Ok(result.map(|()| ExitCode::SUCCESS)?),
    }
}

async fn migrate(options: Migrate) -> Result<ExitCode, Failure> {
    let store = serve::open(&options.database.database_url).await?;
    if let MigrateAction::Up = options.action {
        migrate_up(&store).await?;
    }
    let migrations = store.migrations(migration::all).await.map_err(client::causes)?;
    for migration in migrations {
        let state = match (migration.newer, migration.applied) {
            (true, _) => "newer than this program",
            (false, true) => "applied",
            (false, false) => "pending",
        };
        println!("{state}  {}", migration.name);
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate_up(store: &Store) -> Result<(), Failure> {
    store.migrate(migration::all).await.map_err(client::causes)
}

async fn healthcheck(endpoint: Endpoint) -> Result<ExitCode, Failure> {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    let channel = client::connect(&endpoint).await?;
    let request = HealthCheckRequest { service: String::new() };
    let answer = HealthClient::new(channel).check(request).await.map_err(client::explain)?;
    let status = answer.into_inner().status();
    println!("{}", status.as_str_name());
    Ok(match status {
        tonic_health::pb::health_check_response::ServingStatus::Serving => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
