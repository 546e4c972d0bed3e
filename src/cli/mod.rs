//! The command line. `serve` and `migrate` are the service; `audit`, `backup` and `restored` look at its
//! database, so that what they say and do does not rest on the service; `descriptor` and `openapi` tell the
//! contract; all others are callers of the service like any other.

mod audit;
mod audit_plan;
mod backup;
mod client;
mod database;
mod files;
mod gaps;
mod generate;
mod import;
mod published;
mod report;
mod restored;
mod sample;
mod serve;
mod signals;

use std::{
    env,
    io::{self, IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use crate::{
    config::{Command, Config, Endpoint, Migrate, MigrateAction},
    migration,
    store::{Opening, Store},
    telemetry::{self, Telemetry},
};

/// What a command fails with: a text for people.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long the database and what tells of the process may take to be closed, at the same time.
const CLOSING: Duration = Duration::from_secs(3);

/// Runs a command to its exit code. A failure is told: by the service in its log, by others in words alone.
pub async fn run(config: Config) -> ExitCode {
    let of_the_service = matches!(config.command, Command::Serve(_) | Command::Migrate(_));
    let telemetry = match telemetry::begin(match config.command {
        Command::Serve(_) => "info,sea_orm_migration=warn,sqlx=warn",
        _ => "warn",
    }) {
        Ok(telemetry) => telemetry,
        Err(error) => {
            telemetry::tell("process not started", &error);
            return ExitCode::FAILURE;
        }
    };
    let end = command(config.command, &telemetry).await;
    telemetry.close(CLOSING).await;
    match end {
        Ok(code) => code,
        Err(error) if of_the_service => {
            tracing::error!(error = error.to_string(), "command failed");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn command(command: Command, telemetry: &Telemetry) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(options) => serve::run(options, telemetry).await,
        Command::Migrate(options) => migrate(options).await,
        Command::Import(options) => import::run(options).await,
        Command::Audit(options) => audit::run(options.action).await,
        Command::Backup(options) => backup::run(options).await,
        Command::Restored(options) => restored::run(options).await,
        Command::Generate(options) => generate::run(options).await,
        Command::Gaps(options) => gaps::run(options).await,
        Command::Report(options) => report::run(options).await,
        Command::AuditPlan(options) => audit_plan::run(options).await,
        Command::Healthcheck(endpoint) => healthcheck(endpoint).await,
        Command::Descriptor(options) => published::descriptor(&options),
        Command::Openapi => published::openapi(),
    }
}

/// Tells what is wrong with a command line, or what was asked of it, such as the help. Where the service is
/// not started at a terminal, a line of its log does.
pub fn rejected(error: &clap::Error) -> ExitCode {
    let service =
        ["serve", "migrate"].iter().any(|name| env::args_os().nth(1).is_some_and(|it| it == *name));
    if error.use_stderr() && service && !io::stderr().is_terminal() {
        telemetry::tell("command line rejected", &error.render());
    } else {
        // There is nowhere else to say that it cannot be said.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
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
    let opening = match options.action {
        MigrateAction::Up => Opening::MayCreate,
        MigrateAction::Status => Opening::Existing,
    };
    let wait = options.wait.wait_for_database;
    let store = database::open(&options.database, opening, wait).await?;
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
    store.close().await;
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
