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
mod healthcheck;
mod import;
mod limits;
mod migrate;
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

use clap::{Parser, Subcommand};

use crate::telemetry::{self, Telemetry};

pub use limits::LimitOptions;

/// The digital skills registry: roles, digital skills, workforce plans, people, and the gaps.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the registry over gRPC, bringing its database up to date first.
    Serve(serve::Serve),
    /// Look after the schema of the database.
    Migrate(migrate::Migrate),
    /// Load public data files into a registry that is being served.
    Import(import::Import),
    /// Make up a nation of any size, and load it into a registry that is being served or write it to files.
    Generate(generate::Generate),
    /// Check or write out the log of changes, straight from the database.
    Audit(audit::Audit),
    /// Write a copy of the database to a file, while it is served.
    Backup(backup::Backup),
    /// Say that the database was put back from a plain copy, before it is served again: what the lost
    /// history gave out is refused from then on.
    Restored(restored::Restored),
    /// Show the gaps between a plan and the people in post.
    Gaps(gaps::Gaps),
    /// Show the digital roles and the skills that a plan forgets.
    AuditPlan(audit_plan::AuditPlan),
    /// Write the board report of a plan to a file.
    Report(report::Report),
    /// Ask a registry whether it is well: exit code 0 if it is.
    Healthcheck(client::Endpoint),
    /// Write the contract as an encoded FileDescriptorSet, with its comments.
    Descriptor(published::Descriptor),
    /// Print the OpenAPI document of the JSON calls.
    Openapi,
}

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
        Command::Migrate(options) => migrate::run(options).await,
        Command::Import(options) => import::run(options).await,
        Command::Audit(options) => audit::run(options.action).await,
        Command::Backup(options) => backup::run(options).await,
        Command::Restored(options) => restored::run(options).await,
        Command::Generate(options) => generate::run(options).await,
        Command::Gaps(options) => gaps::run(options).await,
        Command::Report(options) => report::run(options).await,
        Command::AuditPlan(options) => audit_plan::run(options).await,
        Command::Healthcheck(endpoint) => healthcheck::run(endpoint).await,
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
