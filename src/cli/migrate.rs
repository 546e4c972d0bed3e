//! `migrate`: looks after the schema of the database.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::{
    migration,
    store::{Opening, Store},
};

use super::{
    Failure, client,
    database::{self, Database, DatabaseWait},
};

/// Options of `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// What to do.
    #[arg(value_enum)]
    pub action: MigrateAction,
    /// Where the data is.
    #[command(flatten)]
    pub database: Database,
    /// How long to wait for it.
    #[command(flatten)]
    pub wait: DatabaseWait,
}

/// What to do with the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MigrateAction {
    /// Apply every migration that is pending.
    Up,
    /// Show every migration and whether it has been applied.
    Status,
}

/// Runs `migrate`.
pub async fn run(options: Migrate) -> Result<ExitCode, Failure> {
    let opening = match options.action {
        MigrateAction::Up => Opening::MayCreate,
        MigrateAction::Status => Opening::Existing,
    };
    let wait = options.wait.wait_for_database;
    let store = database::open(&options.database, opening, wait).await?;
    if let MigrateAction::Up = options.action {
        up(&store).await?;
    }
    let migrations = store.migrations(migration::all).await.map_err(client::causes)?;
    for migration in migrations {
        let state = match (migration.newer, migration.applied) {
            (true, _) => "newer than this program",
            (false, true) => "applied",
            (false, false) => "pending",
        };
        println!("{state}  {}", migration.name);
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Brings the schema up to date.
pub async fn up(store: &Store) -> Result<(), Failure> {
    store.migrate(migration::all).await.map_err(client::causes)
}
