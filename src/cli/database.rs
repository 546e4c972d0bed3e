//! How the commands come to the database.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;

use crate::store::{Opening, Store};

use super::Failure;

/// Where the data is.
#[derive(Clone, Debug, Args)]
pub struct Database {
    /// The database: sqlite://PATH, or postgres://USER:PASSWORD@HOST/NAME. Everybody on the machine can
    /// read the command line of a process: give a URL with a password in the environment or in a file.
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite://skills-registry.db?mode=rwc"
    )]
    pub database_url: String,
    /// Read the URL of the database from this file; it goes before --database-url.
    #[arg(long, env = "REGISTRY_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,
}

/// How long to wait for the data.
#[derive(Clone, Debug, Args)]
pub struct DatabaseWait {
    /// How long to try again where the database cannot be reached at the start, such as `60s` or `5min`.
    #[arg(
        long,
        env = "REGISTRY_WAIT_FOR_DATABASE",
        value_name = "DURATION",
        default_value = "0s",
        value_parser = humantime::parse_duration
    )]
    pub wait_for_database: Duration,
}

/// How often a wait for the database is told.
const TELLING: Duration = Duration::from_secs(10);

/// How long to wait before the next try.
const PAUSE: Duration = Duration::from_millis(500);

/// Opens the database. Where it cannot be reached now, tries again for as long as `wait`. A failure says
/// why, and never with what password.
pub async fn open(database: &Database, opening: Opening, wait: Duration) -> Result<Store, Failure> {
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
            next_telling = waited + TELLING;
            let (database, seconds) = (&error.place, waited.as_secs());
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
