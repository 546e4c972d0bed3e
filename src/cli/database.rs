//! How the commands come to the database.

use std::{
    fs,
    time::{Duration, Instant},
};

use crate::{
    config::Database,
    store::{Opening, Store},
};

use super::Failure;

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
