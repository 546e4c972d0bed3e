//! `restored`: says that the database was put back from a copy.

use std::{process::ExitCode, time::Duration};

use clap::Args;

use crate::{
    migration,
    store::{Opening, PassedOver, RAISE, Store},
};

use super::{
    Failure, client,
    database::{self, Database},
};

/// Options of `restored`.
#[derive(Debug, Args)]
pub struct Restored {
    /// By how much to raise the revision: more than the lost history can have written since the copy was
    /// made. Where the same copy is put back a second time, give more than the first time.
    #[arg(
        long,
        value_name = "N",
        default_value_t = RAISE,
        value_parser = clap::value_parser!(i64).range(1..=1_000_000_000_000)
    )]
    pub by: i64,
    /// Where the data is.
    #[command(flatten)]
    pub database: Database,
}

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
