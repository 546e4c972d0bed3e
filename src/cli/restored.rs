//! `restored`: says that the database was put back from a copy.

use std::{process::ExitCode, time::Duration};

use crate::{
    config::{Database, Restored},
    migration,
    store::{Opening, PassedOver, Store},
};

use super::{Failure, client, database};

pub async fn run(options: Restored) -> Result<ExitCode, Failure> {
    let store = open(&options.database).await?;
    let end = store.restored(options.by).await;
    store.close().await;
    let PassedOver { old_head, new_head } = end.map_err(client::causes)?;
    println!(
        "the revision is raised from {old_head} to {new_head}: what lies between is refused as of \
         another history"
    );
    Ok(ExitCode::SUCCESS)
}

/// Opens a database that is there, and whose schema is up to date.
pub async fn open(database: &Database) -> Result<Store, Failure> {
    let store = database::open(database, Opening::Existing, Duration::ZERO).await?;
    let migrations = store.migrations(migration::all).await.map_err(client::causes)?;
    if migrations.iter().any(|migration| !migration.applied) {
        let advice =
            "the schema of the database is not up to date: run `skills-registry migrate up` first";
        return Err(advice.into());
    }
    Ok(store)
}
