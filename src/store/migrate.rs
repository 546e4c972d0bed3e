//! Migrates the schema: one set of migrations for both databases.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction};
use sea_orm_migration::{
    MigrationStatus, MigrationTrait, MigratorTraitSelf, SchemaManager,
    prelude::{DbErr, Query, async_trait},
    sea_orm,
};

use super::{
    Store, StoreError, compatibility,
    dialect::{self, Connector, Purpose},
    error::driver_error,
    restored,
};

/// Interval between two log lines while waiting for another instance.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// Pause before the next attempt.
const PAUSE: Duration = Duration::from_millis(200);

/// Returns the migrations that a program knows, in order.
pub type Migrations = fn() -> Vec<Box<dyn MigrationTrait>>;

/// A migration and whether it has been applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationState {
    /// Name of the migration.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
    /// Whether this program does not know it: a newer program applied it.
    pub newer: bool,
}

/// The migrations of this program, and those that a newer program applied.
struct Migrator {
    known: Migrations,
    newer: Vec<String>,
}

/// A migration that a newer program applied.
struct NewerMigration(String);

impl sea_orm_migration::MigrationName for NewerMigration {
    fn name(&self) -> &str {
        &self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for NewerMigration {
    async fn up(&self, _: &SchemaManager) -> Result<(), DbErr> {
        // Its name is known only because it has been applied already.
        Ok(())
    }
}

#[async_trait::async_trait]
impl MigratorTraitSelf for Migrator {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = (self.known)();
        for name in &self.newer {
            migrations.push(Box::new(NewerMigration(name.clone())));
        }
        migrations
    }
}

impl Store {
    /// Applies all pending migrations in one transaction. Instances that start at the same time
    /// wait for each other. Fails if the database requires a newer program.
    pub async fn migrate(&self, known: Migrations) -> Result<(), StoreError> {
        let connection = self.migrator().await?;
        let transaction = Self::begin_migration(&connection).await?;
        let newer = newer(&transaction, known).await?;
        if !newer.is_empty() {
            tracing::warn!(migrations = newer.join(","), "database migrated by a newer program");
        }
        Migrator { known, newer }.up(&transaction, None).await?;
        // Only now does every database have the number. If it is too high, nothing is committed.
        compatibility::check(compatibility::oldest_program(&transaction).await?)?;
        restored::adopt(&transaction).await?;
        transaction.commit().await?;
        connection.close().await?;
        self.inner.remember_file();
        Ok(())
    }

    /// Waits for the turn to migrate, as long as another instance is migrating. There is no limit:
    /// a migration of much data takes time, and an instance that gave up would only be restarted.
    pub(super) async fn begin_migration(
        connection: &DatabaseConnection,
    ) -> Result<DatabaseTransaction, StoreError> {
        let began = Instant::now();
        let mut next_telling = Duration::ZERO;
        loop {
            let begun = dialect::begin_migration(connection).await?;
            if let Some(transaction) = begun {
                return Ok(transaction);
            }
            let waited = began.elapsed();
            if waited >= next_telling {
                next_telling = waited + REPORT_INTERVAL;
                tracing::warn!(
                    seconds = waited.as_secs(),
                    "waiting for another instance to migrate"
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Lists every migration in order with its state; those that only a newer program knows come
    /// last. Changes nothing.
    pub async fn migrations(&self, known: Migrations) -> Result<Vec<MigrationState>, StoreError> {
        let connection = self.migrator().await?;
        let newer = newer(&connection, known).await?;
        let migrator = Migrator { known, newer: newer.clone() };
        let migrations = migrator.get_migration_with_status_read_only(&connection).await?;
        let state = |migration: &sea_orm_migration::Migration| MigrationState {
            name: migration.name().to_owned(),
            applied: migration.status() == MigrationStatus::Applied,
            newer: newer.iter().any(|name| name == migration.name()),
        };
        let states = migrations.iter().map(state).collect();
        connection.close().await?;
        Ok(states)
    }

    /// Opens a connection for migrations and for other work that no other instance may do at the
    /// same time.
    pub(super) async fn migrator(&self) -> Result<DatabaseConnection, StoreError> {
        let connector = Connector::new(&self.inner.url, Purpose::Write);
        let connection = async { connector?.migrator().await };
        Ok(connection.await.map_err(driver_error)?)
    }
}

/// Reads the names of applied migrations that this program does not know.
async fn newer(connection: &impl ConnectionTrait, known: Migrations) -> Result<Vec<String>, DbErr> {
    /// The migrator's own table of applied migrations.
    const TABLE: &str = "seaql_migrations";
    if !dialect::has_table(connection, TABLE).await? {
        return Ok(Vec::new());
    }
    let query = Query::select()
        .column("version")
        .from(TABLE)
        .order_by("version", sea_orm::Order::Asc)
        .to_owned();
    let rows = connection.query_all(&query).await?;
    let applied: Result<Vec<String>, DbErr> =
        rows.iter().map(|row| row.try_get("", "version")).collect();
    let known = known();
    let mut newer = applied?;
    newer.retain(|name| known.iter().all(|migration| migration.name() != name));
    Ok(newer)
}
