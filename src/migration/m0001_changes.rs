//! Creates the revision counter and the change rows.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    prelude::{DbErr, Index, Query, Table, async_trait},
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::store::schema;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000000_changes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
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
            .primary_key(Index::create().col("revision").col("name"));
        manager.create_table(change).await?;
        manager.create_index(schema::index("change", &["name", "revision"])).await
    }
}
