//! `backup`: copies the database while it is in use.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use crate::store::BackupError;

use super::{Failure, client, database::Database, restored, show};

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// File to write: a SQLite database, or an archive for pg_restore if the database is
    /// PostgreSQL. It must not exist. `serve` and `migrate up` recognise the file as a backup, so
    /// it needs no `restored`.
    pub file: PathBuf,
    /// The database to copy.
    #[command(flatten)]
    pub database: Database,
}

pub async fn run(options: Backup) -> Result<ExitCode, Failure> {
    let store = restored::open(&options.database).await?;
    let end = store.backup(&options.file).await;
    store.close().await;
    end.map_err(|error| match error {
        BackupError::Database(error) => client::causes(error),
        other => client::causes(other),
    })?;
    show(format!("backed up to {}\n", options.file.display()).as_bytes())
}
