//! How commands open the database.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;

use crate::store::{OpenMode, Store};

use super::Failure;

/// Which database to use.
#[derive(Clone, Debug, Args)]
pub struct Database {
    /// Database URL: sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME. Every user of the machine
    /// can read the command line of a process: pass a URL with a password in the environment or in
    /// a file.
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite://skills-registry.db?mode=rwc"
    )]
    pub database_url: String,
    /// Read the database URL from this file; takes precedence over --database-url.
    #[arg(long, env = "REGISTRY_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,
}

/// How long to wait for the database at the start.
#[derive(Clone, Debug, Args)]
pub struct DatabaseWait {
    /// How long to retry if the database is unreachable at the start, such as `60s` or `5min`.
    #[arg(
        long,
        env = "REGISTRY_WAIT_FOR_DATABASE",
        value_name = "DURATION",
        default_value = "0s",
        value_parser = humantime::parse_duration
    )]
    pub wait_for_database: Duration,
}

/// Interval between two log lines while waiting for the database.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// Pause before the next attempt.
const PAUSE: Duration = Duration::from_millis(500);

/// Opens the database. While it is unreachable, retries for as long as `wait`. An error says why,
/// without the password.
pub async fn open(
    database: &Database,
    opening: OpenMode,
    wait: Duration,
) -> Result<Store, Failure> {
    let url = url(database)?;
    let began = Instant::now();
    let mut next_telling = Duration::ZERO;
    loop {
        let error = match Store::open_as(&url, opening).await {
            Ok(store) => return Ok(store),
            Err(error) => error,
        };
        let waited = began.elapsed();
        if !error.is_passing || waited >= wait {
            return Err(error.into());
        }
        if waited >= next_telling {
            next_telling = waited + REPORT_INTERVAL;
            let (database, seconds) = (&error.database, waited.as_secs());
            tracing::warn!(database, seconds, error = error.reason, "waiting for database");
        }
        tokio::time::sleep(PAUSE.min(wait - waited)).await;
    }
}

fn url(database: &Database) -> Result<String, Failure> {
    let Some(file) = &database.database_url_file else {
        return Ok(database.database_url.clone());
    };
    let url = fs::read_to_string(file).map_err(|error| {
        format!("cannot read the database URL from {}: {error}", file.display())
    })?;
    Ok(url.trim().to_owned())
}
