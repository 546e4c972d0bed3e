//! `backup`: a copy of the database while it is served.

use std::process::ExitCode;

use crate::{config::Backup, store::BackupError};

use super::{Failure, client, restored};

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
