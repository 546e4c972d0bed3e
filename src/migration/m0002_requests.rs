//! Creates the table of requests whose answers are stored.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    prelude::{DbErr, Index, Table, async_trait},
    sea_orm::DbBackend,
};

use crate::store::schema;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000000_requests"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
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
            .primary_key(Index::create().col("caller").col("id"));
        manager.create_table(request).await?;
        manager.create_index(schema::index("request", &["time"])).await
    }
}
