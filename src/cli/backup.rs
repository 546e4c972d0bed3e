//! `backup`: a copy of the database while it is served.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use crate::store::BackupError;

use super::{Failure, client, database::Database, restored};

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write: of SQLite a database, of PostgreSQL an archive for pg_restore. It must not be there.
    /// When it is opened by `serve` or `migrate up`, it knows that it was put back, and needs no `restored`.
    pub file: PathBuf,
    /// Where the data is.
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
    println!("backed up to {}", options.file.display());
    Ok(ExitCode::SUCCESS)
}
