//! Renames stored names to those of the API: `recordings` become `gapSnapshots`, `options` become
//! `closureOptions`, and the noun of a change becomes its resource type. The change rows contain
//! the new names, so their hashes are computed again, and earlier programs can no longer use the
//! database.

use std::collections::HashSet;

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    prelude::{DbErr, Expr, ExprTrait, Func, Index, Query, Table, async_trait},
    sea_orm::{ConnectionTrait, QueryResult, prelude::DateTimeUtc},
};
use serde_json::Value;

use super::m0003_chain::{ChangeRows, hash_of, set_hash};
use crate::store::schema;

/// Number of the first program that knows the new names.
const PROGRAM: i32 = 2;

/// Columns of each index on the table of gap snapshots; the last index is unique.
const INDEXES: [&[&str]; 9] = [
    &["organisation", "name"],
    &["skill", "name"],
    &["period_end_date", "name"],
    &["kind", "name"],
    &["as_of_date", "name"],
    &["update_time", "name"],
    &["parent", "as_of_date", "name"],
    &["parent", "update_time", "name"],
    &["parent", "organisation", "skill", "period_end_date", "as_of_date"],
];

/// Columns of a change row: those that are hashed, in that order, and the hash.
const COLUMNS: [&str; 12] = [
    "revision",
    "name",
    "resource_type",
    "verb",
    "actor",
    "time",
    "request_id",
    "method",
    "peer",
    "changed_fields",
    "resource",
    "hash",
];

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0021_names"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rename_tables(manager).await?;
        let connection = manager.get_connection();
        rename_gap_snapshots(connection).await?;
        rename_closure_options(connection).await?;
        let broken = broken_links(connection).await?;
        rename_in_changes(connection).await?;
        chain_changes(connection, &broken).await?;
        let oldest =
            Query::update().table("compatibility").value("oldest_program", PROGRAM).to_owned();
        connection.execute(&oldest).await?;
        Ok(())
    }
}

async fn rename_tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for columns in INDEXES {
        let mut index = Index::drop();
        index.name(format!("recording_{}", columns.join("_"))).table("recording");
        manager.drop_index(index).await?;
    }
    manager.rename_table(Table::rename().table("recording", "gap_snapshot").take()).await?;
    for (place, columns) in INDEXES.iter().enumerate() {
        let mut index = schema::index("gap_snapshot", columns);
        if place + 1 == INDEXES.len() {
            index.unique();
        }
        manager.create_index(index).await?;
    }
    let renamed = Table::alter().table("change").rename_column("noun", "resource_type").take();
    manager.alter_table(renamed).await?;
    // The cache starts empty and is filled again.
    manager.drop_table(Table::drop().table("piece").take()).await?;
    let mut cache = Table::create();
    cache
        .table("analysis_cache")
        .col(schema::exact(manager.get_database_backend(), "key").primary_key())
        .col(schema::integer("format"))
        .col(schema::number("revision"))
        .col(schema::bytes("content"));
    manager.create_table(cache).await
}

async fn rename_gap_snapshots(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    let renamed = Func::cust("replace").args([
        Expr::col("name"),
        Expr::val("/recordings/"),
        Expr::val("/gapSnapshots/"),
    ]);
    let update = Query::update().table("gap_snapshot").value("name", renamed).to_owned();
    connection.execute(&update).await?;
    Ok(())
}

/// Renames closure options, including the references between them.
async fn rename_closure_options(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    let all = Query::select().columns(["name", "relations"]).from("closure_option").to_owned();
    for row in connection.query_all(&all).await? {
        let name: String = row.try_get("", "name")?;
        let mut relations: Value = row.try_get("", "relations")?;
        rename_within(&mut relations);
        let update = Query::update()
            .table("closure_option")
            .value("name", new_name(&name).unwrap_or_else(|| name.clone()))
            .value("relations", relations)
            .and_where(Expr::col("name").eq(name.as_str()))
            .to_owned();
        connection.execute(&update).await?;
    }
    Ok(())
}

/// Renames the names in the change rows.
async fn rename_in_changes(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    let mut changes = ChangeRows::of(&COLUMNS);
    // A new name sorts before the old one, so no row is visited twice.
    while let Some(rows) = changes.next(connection).await? {
        for row in rows {
            let (revision, name): (i64, String) =
                (row.try_get("", "revision")?, row.try_get("", "name")?);
            let resource_type: String = row.try_get("", "resource_type")?;
            let resource: String = row.try_get("", "resource")?;
            if !["recording", "closure_option"].contains(&resource_type.as_str()) {
                continue;
            }
            let unreadable = |error: serde_json::Error| DbErr::Json(error.to_string());
            let mut resource: Value = serde_json::from_str(&resource).map_err(unreadable)?;
            rename_within(&mut resource);
            let resource_type = resource_type.replace("recording", "gap_snapshot");
            let update = Query::update()
                .table("change")
                .value("name", new_name(&name).unwrap_or_else(|| name.clone()))
                .value("resource_type", resource_type)
                .value("resource", resource.to_string())
                .and_where(Expr::col("revision").eq(revision))
                .and_where(Expr::col("name").eq(name.as_str()))
                .to_owned();
            connection.execute(&update).await?;
        }
    }
    Ok(())
}

/// Returns the rows whose link to the row before is broken, by revision and new name.
async fn broken_links(connection: &impl ConnectionTrait) -> Result<HashSet<(i64, String)>, DbErr> {
    let mut broken = HashSet::new();
    let mut hash = compacted_hash(connection).await?;
    let mut changes = ChangeRows::of(&COLUMNS);
    while let Some(rows) = changes.next(connection).await? {
        for row in rows {
            let stored: String = row.try_get("", "hash")?;
            if stored != link(&hash, &row)? {
                let name: String = row.try_get("", "name")?;
                broken.insert((row.try_get("", "revision")?, new_name(&name).unwrap_or(name)));
            }
            hash = stored;
        }
    }
    Ok(broken)
}

/// Computes the chain again. A broken link stays broken, so that an audit still finds it.
async fn chain_changes(
    connection: &impl ConnectionTrait,
    broken: &HashSet<(i64, String)>,
) -> Result<(), DbErr> {
    let mut hash = compacted_hash(connection).await?;
    let mut changes = ChangeRows::of(&COLUMNS);
    while let Some(rows) = changes.next(connection).await? {
        for row in rows {
            if broken.contains(&(row.try_get("", "revision")?, row.try_get("", "name")?)) {
                hash = row.try_get("", "hash")?;
            } else {
                hash = link(&hash, &row)?;
                set_hash(connection, &row, &hash).await?;
            }
        }
    }
    let head = Query::update().table("revision").value("hash", hash).to_owned();
    connection.execute(&head).await?;
    Ok(())
}

/// Returns the hash of the last compacted change row.
async fn compacted_hash(connection: &impl ConnectionTrait) -> Result<String, DbErr> {
    let compacted = Query::select().column("hash").from("retention").to_owned();
    let row = connection.query_one(&compacted).await?;
    Ok(row.map(|row| row.try_get("", "hash")).transpose()?.unwrap_or_default())
}

/// Returns the hash of a row, given the hash of the row before.
fn link(previous: &str, row: &QueryResult) -> Result<String, DbErr> {
    let mut parts = vec![previous.to_owned()];
    for column in &COLUMNS[..COLUMNS.len() - 1] {
        parts.push(match *column {
            "revision" => row.try_get::<i64>("", column)?.to_string(),
            "time" => row.try_get::<DateTimeUtc>("", column)?.timestamp_micros().to_string(),
            _ => row.try_get("", column)?,
        });
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Ok(hash_of(&parts))
}

/// Renames the resource names within a JSON value.
fn rename_within(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(renamed) = new_name(text) {
                *text = renamed;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(rename_within),
        Value::Object(fields) => fields.values_mut().for_each(rename_within),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Returns the new form of a resource name; `None` if it does not change.
fn new_name(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        ["options", id] => Some(format!("closureOptions/{id}")),
        ["plans", plan, "recordings", id] => Some(format!("plans/{plan}/gapSnapshots/{id}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_renamed_and_texts_that_look_like_them_are_not() {
        let mut value = serde_json::json!({
            "name": "options/a", "text": "see options/a", "relations": [{"option": "options/b"}],
            "of": "plans/p/recordings/r", "parent": "plans/p",
        });
        rename_within(&mut value);
        let renamed = serde_json::json!({
            "name": "closureOptions/a", "text": "see options/a",
            "relations": [{"option": "closureOptions/b"}],
            "of": "plans/p/gapSnapshots/r", "parent": "plans/p",
        });
        assert_eq!(value, renamed);
    }
}
