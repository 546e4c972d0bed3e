//! Chains the change rows by hashes, adds columns about the call to them, and creates the row that
//! says how far back they go.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    prelude::{DbErr, Expr, ExprTrait, Order, Query, Table, async_trait},
    sea_orm::{ConnectionTrait, DbBackend, QueryResult, prelude::DateTimeUtc},
};
use sha2::{Digest, Sha256};

use crate::store::schema;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000012_chain"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
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
        schema::notify_of_revisions(manager.get_connection()).await?;
        chain(manager.get_connection()).await
    }
}

/// Columns of a change row before the chain.
const COLUMNS: [&str; 7] = ["revision", "name", "noun", "verb", "actor", "time", "resource"];

/// Computes the hashes of the change rows written before the chain.
async fn chain(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    let mut hash = String::new();
    let mut changes = ChangeRows::of(&COLUMNS);
    while let Some(rows) = changes.next(connection).await? {
        for row in rows {
            hash = link(&hash, &row)?;
            set_hash(connection, &row, &hash).await?;
        }
    }
    let head = Query::update().table("revision").value("hash", hash).to_owned();
    connection.execute(&head).await?;
    Ok(())
}

/// Returns the hash of a row, given the hash of the row before: over twelve texts, each preceded by
/// its length. The texts about the call and the changed fields are empty, since those are unknown.
fn link(previous: &str, row: &QueryResult) -> Result<String, DbErr> {
    let text = |column: &str| row.try_get::<String>("", column);
    let revision = row.try_get::<i64>("", "revision")?.to_string();
    let time = row.try_get::<DateTimeUtc>("", "time")?.timestamp_micros().to_string();
    let (name, noun, verb) = (text("name")?, text("noun")?, text("verb")?);
    let (actor, resource) = (text("actor")?, text("resource")?);
    let parts =
        [previous, &revision, &name, &noun, &verb, &actor, &time, "", "", "", "", &resource];
    Ok(hash_of(&parts))
}

/// Returns the SHA-256 of the texts, each preceded by its length, in hexadecimal.
pub(super) fn hash_of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Walks the change rows in order, a thousand at a time.
pub(super) struct ChangeRows {
    columns: &'static [&'static str],
    /// Revision and name of the last row that was read.
    after: (i64, String),
}

impl ChangeRows {
    /// Reads these columns, `revision` and `name` among them.
    pub fn of(columns: &'static [&'static str]) -> Self {
        Self { columns, after: (0, String::new()) }
    }

    /// Reads the next rows; `None` after the last.
    pub async fn next(
        &mut self,
        connection: &impl ConnectionTrait,
    ) -> Result<Option<Vec<QueryResult>>, DbErr> {
        let (revision, name) = (self.after.0, self.after.1.as_str());
        let same = Expr::col("revision").eq(revision).and(Expr::col("name").gt(name));
        let next = Query::select()
            .columns(self.columns.iter().copied())
            .from("change")
            .and_where(Expr::col("revision").gt(revision).or(same))
            .order_by("revision", Order::Asc)
            .order_by("name", Order::Asc)
            .limit(1_000)
            .to_owned();
        let rows = connection.query_all(&next).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.after = (last.try_get("", "revision")?, last.try_get("", "name")?);
        Ok(Some(rows))
    }
}

/// Stores the hash of a change row.
pub(super) async fn set_hash(
    connection: &impl ConnectionTrait,
    row: &QueryResult,
    hash: &str,
) -> Result<(), DbErr> {
    let update = Query::update()
        .table("change")
        .value("hash", hash)
        .and_where(Expr::col("revision").eq(row.try_get::<i64>("", "revision")?))
        .and_where(Expr::col("name").eq(row.try_get::<String>("", "name")?))
        .to_owned();
    connection.execute(&update).await?;
    Ok(())
}
