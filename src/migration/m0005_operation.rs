//! Adds the number of the oldest program that may use the database, the rows of health probes, and
//! times that do not depend on a single clock.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    prelude::{DbErr, Query, Table, async_trait},
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::store::schema;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261127_000016_operation"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
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
