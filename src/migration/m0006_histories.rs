//! Creates the tables that tell histories apart: the revisions that restores skipped, and the
//! marker of a live database.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    prelude::{DbErr, Query, Table, async_trait},
    sea_orm::ConnectionTrait,
};

use crate::store::schema;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261127_000017_histories"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut passed_over = Table::create();
        passed_over
            .table("passed_over")
            .col(schema::number("old_head").primary_key())
            .col(schema::number("new_head"));
        manager.create_table(passed_over).await?;
        let mut original = Table::create();
        original.table("original").col(schema::integer("id").primary_key());
        manager.create_table(original).await?;
        let live = Query::insert()
            .into_table("original")
            .columns(["id"])
            .values_panic([1.into()])
            .to_owned();
        manager.get_connection().execute(&live).await?;
        Ok(())
    }
}
