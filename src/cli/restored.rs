//! `restored`: declares that the database was restored from a plain copy.

use std::{process::ExitCode, time::Duration};

use clap::Args;

use crate::{
    migration,
    store::{OpenMode, PassedOver, RAISE, Store},
};

use super::{
    Failure, client,
    database::{self, Database},
    show,
};

/// Options of `restored`.
#[derive(Debug, Args)]
pub struct RestoredArguments {
    /// Amount by which to raise the revision: more than the lost history can have written since the
    /// copy was made. If the same copy is restored a second time, give more than the first time.
    #[arg(
        long,
        value_name = "N",
        default_value_t = RAISE,
        value_parser = clap::value_parser!(i64).range(1..=1_000_000_000_000)
    )]
    pub by: i64,
    /// The restored database.
    #[command(flatten)]
    pub database: Database,
}

pub async fn run(options: RestoredArguments) -> Result<ExitCode, Failure> {
    let store = open(&options.database).await?;
    let end = store.restored(options.by).await;
    store.close().await;
    let PassedOver { old_head, new_head } = end.map_err(client::causes)?;
    let done = format!(
        "revision raised from {old_head} to {new_head}; the numbers in between are refused: they \
         belong to another history\n"
    );
    show(done.as_bytes())
}

/// Opens an existing database whose schema is up to date.
pub async fn open(database: &Database) -> Result<Store, Failure> {
    let store = database::open(database, OpenMode::Existing, Duration::ZERO).await?;
    let migrations = store.migrations(migration::all).await.map_err(client::causes)?;
    if migrations.iter().any(|migration| !migration.applied) {
        let advice =
            "the schema of the database is not up to date: run `skills-registry migrate up` first";
        return Err(advice.into());
    }
    Ok(store)
}
