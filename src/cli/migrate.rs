//! `migrate`: migrates the schema of the database, or shows its state.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::{
    migration,
    store::{OpenMode, Store},
};

use super::{
    Failure, client,
    database::{self, Database, DatabaseWait},
    show,
};

/// Options of `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// What to do.
    #[arg(value_enum)]
    pub action: MigrateAction,
    /// The database to migrate.
    #[command(flatten)]
    pub database: Database,
    /// How long to wait for the database.
    #[command(flatten)]
    pub wait: DatabaseWait,
}

/// Actions of `migrate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MigrateAction {
    /// Apply all pending migrations.
    Up,
    /// List every migration as applied, pending, or newer than this program.
    Status,
}

/// Runs `migrate`.
pub async fn run(options: Migrate) -> Result<ExitCode, Failure> {
    let opening = match options.action {
        MigrateAction::Up => OpenMode::MayCreate,
        MigrateAction::Status => OpenMode::Existing,
    };
    let wait = options.wait.wait_for_database;
    let store = database::open(&options.database, opening, wait).await?;
    if let MigrateAction::Up = options.action {
        up(&store).await?;
    }
    let migrations = store.migrations(migration::all).await.map_err(client::causes)?;
    let mut list = String::new();
    for migration in migrations {
        let state = match (migration.newer, migration.applied) {
            (true, _) => "newer than this program",
            (false, true) => "applied",
            (false, false) => "pending",
        };
        list.push_str(&format!("{state}  {}\n", migration.name));
    }
    store.close().await;
    show(list.as_bytes())
}

/// Applies all pending migrations.
pub async fn up(store: &Store) -> Result<(), Failure> {
    store.migrate(migration::all).await.map_err(client::causes)
}
