//! The command line. `serve` and `migrate` are the service. `audit`, `backup` and `restored` work
//! on its database directly, so that their results do not depend on the service. `descriptor` and
//! `openapi` print the API definition. All other commands are clients of the service.

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
mod json;
mod limits;
mod migrate;
mod published;
mod report;
mod restored;
mod sample;
mod serve;
mod signals;

use std::{
    env, fmt,
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
    /// Serve the registry over gRPC, gRPC-Web and Connect. Applies pending migrations first.
    Serve(serve::Serve),
    /// Apply the pending migrations of the database, or show their state.
    Migrate(migrate::Migrate),
    /// Import public data files into a running registry.
    Import(import::Import),
    /// Generate a made-up nation of any size, and load it into a running registry or write it to
    /// files.
    Generate(generate::Generate),
    /// Verify or export the change log, read directly from the database.
    Audit(audit::Audit),
    /// Copy the database to a file while it is in use.
    Backup(backup::Backup),
    /// Declare that the database was restored from a plain copy. Run it before the registry is
    /// served again: revisions of the lost history are refused from then on.
    Restored(restored::RestoredArguments),
    /// Show the gaps between a plan and the people in post.
    Gaps(gaps::Gaps),
    /// List the digital roles and the skills that a plan omits.
    AuditPlan(audit_plan::AuditPlan),
    /// Write the board report of a plan to a file.
    Report(report::Report),
    /// Ask a running registry for its health. Exits with 0 if it is SERVING, otherwise with 1.
    Healthcheck(client::Endpoint),
    /// Write the API definition as an encoded FileDescriptorSet with comments.
    Descriptor(published::Descriptor),
    /// Print the OpenAPI document of the unary calls.
    Openapi,
}

/// The error of a command: a text for people.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Time limit for closing the database and telemetry, which happens at the same time.
const CLOSING: Duration = Duration::from_secs(3);

/// Runs a command and returns its exit code. The service logs its errors; other commands print
/// them.
pub async fn run(config: Config) -> ExitCode {
    let of_the_service = matches!(config.command, Command::Serve(_) | Command::Migrate(_));
    let telemetry = match telemetry::begin(match config.command {
        Command::Serve(_) => "info,sea_orm_migration=warn,sqlx=warn",
        _ => "warn",
    }) {
        Ok(telemetry) => telemetry,
        Err(error) => {
            telemetry::log_before_start("process not started", &error);
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
            complain(format_args!("error: {error}"));
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

/// Prints what is wrong with the command line, or what it asked for, such as the help. If the
/// service is started without a terminal, logs the error instead.
pub fn rejected(error: &clap::Error) -> ExitCode {
    let service =
        ["serve", "migrate"].iter().any(|name| env::args_os().nth(1).is_some_and(|it| it == *name));
    if error.use_stderr() && service && !io::stderr().is_terminal() {
        telemetry::log_before_start("command line rejected", &error.render());
    } else {
        // If standard error fails, there is nowhere else to report it.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Writes to standard output.
fn show(bytes: &[u8]) -> Result<ExitCode, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // The reader wanted only the beginning.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        result => Ok(result.map(|()| ExitCode::SUCCESS)?),
    }
}

/// Writes a line to standard error. If nobody reads it, there is nowhere else to report it.
fn complain(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
