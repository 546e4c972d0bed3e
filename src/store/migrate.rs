//! Brings the schema up to date: one set of migrations for both databases.

use sea_orm::{
    ColumnTrait, DatabaseConnection, DbBackend, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{ExprTrait, OnConflict},
};
use sea_orm_migration::{
    MigrationStatus, MigrationTrait, MigratorTraitSelf, SchemaManager,
    prelude::{DbErr, Query, Table, async_trait},
    sea_orm::{self, ConnectionTrait},
};

use super::{Store, StoreError, change, dialect, schema};

/// A migration and whether it has been applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationState {
    /// Its name.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// The store's own migrations, and after them those of the records.
struct Migrator<F>(F);

#[async_trait::async_trait]
impl<F> MigratorTraitSelf for Migrator<F>
where
    F: Fn() -> Vec<Box<dyn MigrationTrait>> + Send + Sync,
{
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations: Vec<Box<dyn MigrationTrait>> =
            vec![Box::new(Changes), Box::new(Requests), Box::new(Chain), Box::new(Pieces)];
        migrations.extend(self.0());
        migrations
    }
}

impl Store {
    /// Applies every migration that is pending, all in one transaction. Two instances that start
    /// together do not get in each other's way.
    pub async fn migrate(
        &self,
        records: fn() -> Vec<Box<dyn MigrationTrait>>,
    ) -> Result<(), StoreError> {
        let transaction = dialect::begin_write(&self.inner.connections.writer).await?;
        dialect::lock_migrations(&transaction).await?;
        Migrator(records).up(&transaction, None).await?;
        Ok(transaction.commit().await?)
    }

    /// Every migration there is, in order, and whether the database has it. Changes nothing.
    pub async fn migrations(
        &self,
        records: fn() -> Vec<Box<dyn MigrationTrait>>,
    ) -> Result<Vec<MigrationState>, StoreError> {
        let migrator = Migrator(records);
        let reader: &DatabaseConnection = &self.inner.connections.reader;
        let migrations = migrator.get_migration_with_status_read_only(reader).await?;
        let state = |migration: &sea_orm_migration::Migration| MigrationState {
            name: migration.name().to_owned(),
            applied: migration.status() == MigrationStatus::Applied,
        };
        Ok(migrations.iter().map(state).collect())
    }
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
