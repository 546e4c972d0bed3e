//! Creates the table of cached analysis inputs.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    prelude::{DbErr, Table, async_trait},
    sea_orm::DbBackend,
};

use crate::store::schema;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261124_000015_pieces"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
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
