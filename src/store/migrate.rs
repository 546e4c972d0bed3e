//! Brings the schema up to date: one set of migrations for both databases.

use std::time::{Duration, Instant};

use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
    sea_query::{ExprTrait, OnConflict},
};
use sea_orm_migration::{
    MigrationStatus, MigrationTrait, MigratorTraitSelf, SchemaManager,
    prelude::{DbErr, Query, Table, async_trait},
    sea_orm::{self, ConnectionTrait},
};

use super::{
    Store, StoreError, change, compatibility,
    dialect::{self, Connector, Purpose},
    pool::driver_error,
    restored, schema,
};

/// How often a wait for another instance is told.
const TELLING: Duration = Duration::from_secs(10);

/// How long to wait before the next try.
const PAUSE: Duration = Duration::from_millis(200);

/// A migration and whether it has been applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationState {
    /// Its name.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
    /// Whether it is of a newer program.
    pub newer: bool,
}

/// The store's own migrations, and after them those of the records.
struct Migrator<F> {
    records: F,
    /// The names of those that the database has and this program does not know: a newer program applied
    /// them.
    newer: Vec<String>,
}

/// A migration of a newer program.
struct Newer(String);

impl sea_orm_migration::MigrationName for Newer {
    fn name(&self) -> &str {
        &self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Newer {
    async fn up(&self, _: &SchemaManager) -> Result<(), DbErr> {
        // It has been applied: that is how its name is known.
        Ok(())
    }
}

#[async_trait::async_trait]
impl<F> MigratorTraitSelf for Migrator<F>
where
    F: Fn() -> Vec<Box<dyn MigrationTrait>> + Send + Sync,
{
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = known(&self.records);
        for name in &self.newer {
            migrations.push(Box::new(Newer(name.clone())));
        }
        migrations
    }
}

/// The migrations that this program knows, in order.
fn known(records: impl Fn() -> Vec<Box<dyn MigrationTrait>>) -> Vec<Box<dyn MigrationTrait>> {
    let mut migrations: Vec<Box<dyn MigrationTrait>> = vec![
        Box::new(Changes),
        Box::new(Requests),
        Box::new(Chain),
        Box::new(Pieces),
        Box::new(Operation),
        Box::new(restored::Histories),
    ];
    migrations.extend(records());
    migrations
}

impl Store {
    /// Applies every migration that is pending, all in one transaction. Two instances that start
    /// together do not get in each other's way. Fails where the database is for newer programs only.
    pub async fn migrate(
        &self,
        records: fn() -> Vec<Box<dyn MigrationTrait>>,
    ) -> Result<(), StoreError> {
        let connection = self.migrator().await?;
        let transaction = Self::begin_migration(&connection).await?;
        let newer = newer(&transaction, records).await?;
        if !newer.is_empty() {
            tracing::warn!(migrations = newer.join(","), "database migrated by a newer program");
        }
        Migrator { records, newer }.up(&transaction, None).await?;
        // Only now is the number there in every database; where it is too high, nothing is committed.
        compatibility::check(compatibility::oldest_program(&transaction).await?)?;
        restored::adopt(&transaction).await?;
        transaction.commit().await?;
        connection.close().await?;
        self.inner.remember_file();
        Ok(())
    }

    /// Waits for its turn to migrate, for as long as another instance does: a migration of much data takes
    /// its time, and an instance that gave up would only be started again.
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
                next_telling = waited + TELLING;
                tracing::warn!(
                    seconds = waited.as_secs(),
                    "waiting for another instance to migrate"
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Every migration there is, in order, and whether the database has it; last those that it has of a
    /// newer program. Changes nothing.
    pub async fn migrations(
        &self,
        records: fn() -> Vec<Box<dyn MigrationTrait>>,
    ) -> Result<Vec<MigrationState>, StoreError> {
        let connection = self.migrator().await?;
        let newer = newer(&connection, records).await?;
        let migrator = Migrator { records, newer: newer.clone() };
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

    /// A connection for migrations, and what else needs all other instances to wait.
    pub(super) async fn migrator(&self) -> Result<DatabaseConnection, StoreError> {
        let connector = Connector::new(&self.inner.url, Purpose::Write);
        let connection = async { connector?.migrator().await };
        Ok(connection.await.map_err(driver_error)?)
    }
}

/// The names of the migrations that the database has and this program does not know.
async fn newer(
    connection: &impl ConnectionTrait,
    records: impl Fn() -> Vec<Box<dyn MigrationTrait>>,
) -> Result<Vec<String>, DbErr> {
    /// Where the migrator keeps what it has applied.
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
    let known = known(records);
    let mut newer = applied?;
    newer.retain(|name| known.iter().all(|migration| migration.name() != name));
    Ok(newer)
}

/// The revision counter and the change rows.
struct Changes;

impl sea_orm_migration::MigrationName for Changes {
    fn name(&self) -> &str {
        "m20261123_000000_changes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Changes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend: DbBackend = manager.get_database_backend();
        let mut counter = Table::create();
        counter
            .table("revision")
            .col(schema::integer("id").primary_key())
            .col(schema::number("revision"));
        manager.create_table(counter).await?;
        let first = Query::insert()
            .into_table("revision")
            .columns(["id", "revision"])
            .values_panic([1.into(), 0.into()])
            .to_owned();
        manager.get_connection().execute(&first).await?;

        let mut change = Table::create();
        change
            .table("change")
            .col(schema::number("revision"))
            .col(schema::exact(backend, "name"))
            .col(schema::exact(backend, "noun"))
            .col(schema::exact(backend, "verb"))
            .col(schema::text("actor"))
            .col(schema::time("time"))
            .col(schema::text("resource"))
            .primary_key(sea_orm_migration::prelude::Index::create().col("revision").col("name"));
        manager.create_table(change).await?;
        manager.create_index(schema::index("change", &["name", "revision"])).await
    }
}

/// The requests whose answers are kept.
struct Requests;

impl sea_orm_migration::MigrationName for Requests {
    fn name(&self) -> &str {
        "m20261123_000000_requests"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Requests {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend: DbBackend = manager.get_database_backend();
        let mut request = Table::create();
        request
            .table("request")
            .col(schema::exact(backend, "caller"))
            .col(schema::exact(backend, "id"))
            .col(schema::exact(backend, "fingerprint"))
            .col(schema::text("answer"))
            .col(schema::time("time"))
            .primary_key(sea_orm_migration::prelude::Index::create().col("caller").col("id"));
        manager.create_table(request).await?;
        manager.create_index(schema::index("request", &["time"])).await
    }
}

/// What was made of records.
struct Pieces;

impl sea_orm_migration::MigrationName for Pieces {
    fn name(&self) -> &str {
        "m20261124_000015_pieces"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Pieces {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend: DbBackend = manager.get_database_backend();
        let mut piece = Table::create();
        piece
            .table("piece")
            .col(schema::exact(backend, "place").primary_key())
            .col(schema::integer("format"))
            .col(schema::number("revision"))
            .col(schema::bytes("content"));
        manager.create_table(piece).await
    }
}

/// Which programs may use the database, what probes write, and times that do not rest on one clock.
struct Operation;

impl sea_orm_migration::MigrationName for Operation {
    fn name(&self) -> &str {
        "m20261127_000016_operation"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Operation {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend: DbBackend = manager.get_database_backend();
        for (table, column) in [("revision", "time"), ("retention", "clock")] {
            let column = schema::number(column).default(0).take();
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        let mut probe = Table::create();
        probe
            .table("probe")
            .col(schema::exact(backend, "id").primary_key())
            .col(schema::text("content"));
        manager.create_table(probe).await?;
        let mut compatibility = Table::create();
        compatibility
            .table("compatibility")
            .col(schema::integer("id").primary_key())
            .col(schema::integer("oldest_program"));
        manager.create_table(compatibility).await?;
        let first = Query::insert()
            .into_table("compatibility")
            .columns(["id", "oldest_program"])
            .values_panic([1.into(), 1.into()])
            .to_owned();
        manager.get_connection().execute(&first).await?;
        Ok(())
    }
}

/// What the change rows say of the call, the chain over them, and how far they go back.
struct Chain;

impl sea_orm_migration::MigrationName for Chain {
    fn name(&self) -> &str {
        "m20261123_000012_chain"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Chain {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend: DbBackend = manager.get_database_backend();
        let added = |table: &'static str, column: &'static str| {
            let column = schema::exact(backend, column).default("").take();
            Table::alter().table(table).add_column(column).take()
        };
        for column in ["request_id", "method", "peer", "changed_fields", "hash"] {
            manager.alter_table(added("change", column)).await?;
        }
        manager.alter_table(added("revision", "hash")).await?;
        let mut retention = Table::create();
        retention
            .table("retention")
            .col(schema::integer("id").primary_key())
            .col(schema::number("compacted"))
            .col(schema::exact(backend, "hash"));
        manager.create_table(retention).await?;
        let whole = Query::insert()
            .into_table("retention")
            .columns(["id", "compacted", "hash"])
            .values_panic([1.into(), 0.into(), "".into()])
            .to_owned();
        manager.get_connection().execute(&whole).await?;
        dialect::tell_of_revisions(manager.get_connection()).await?;
        chain_up(manager.get_connection()).await
    }
}

/// Chains the change rows that were written before there was a chain.
async fn chain_up(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    let (mut revision, mut name, mut hash) = (0, String::new(), String::new());
    loop {
        let later = change::Column::Revision.gt(revision);
        let same =
            change::Column::Revision.eq(revision).and(change::Column::Name.gt(name.as_str()));
        let mut rows = change::Entity::find()
            .filter(later.or(same))
            .order_by_asc(change::Column::Revision)
            .order_by_asc(change::Column::Name)
            .limit(1_000)
            .all(connection)
            .await?;
        for row in &mut rows {
            row.hash = row.link(&hash);
            hash.clone_from(&row.hash);
        }
        let Some(last) = rows.last() else { break };
        (revision, name) = (last.revision, last.name.clone());
        let conflict = OnConflict::columns(["revision", "name"]).update_column("hash").to_owned();
        let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
        let rows = change::Entity::insert_many(rows).on_conflict(conflict);
        rows.exec_without_returning(connection).await?;
    }
    let head = Query::update().table("revision").value("hash", hash).to_owned();
    connection.execute(&head).await?;
    Ok(())
}
