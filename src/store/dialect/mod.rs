//! The only module that says SQLite or PostgreSQL. This file holds the SQL in which they differ;
//! `connect` opens them, `listen` hears of changes.

mod connect;
mod connection;
mod copy;
mod error;
mod listen;
mod lists;
mod opening;
mod purpose;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnDef as ColumnDefinition, Condition, ConnectionTrait, DbBackend, DbErr, Statement,
    sea_query::{
        Alias, ArrayType, ColumnDef, ColumnType, Expr, ExprTrait, SelectStatement, Value,
        extension::postgres::PgFunc,
    },
};

use super::StoreError;

pub(super) use connect::{Connector, begin_migration};
pub(super) use connection::{Connection, Mode};
pub(super) use copy::copy;
pub(super) use error::{
    ends_connection, is_damage, is_out_of_connections, is_refusal_of_commit, needs_preparing,
};
pub(super) use listen::listen;
pub use listen::notify_of_revisions;
pub(super) use lists::index_list;
pub use opening::{OpenError, OpenMode};
pub(super) use purpose::{PoolLimits, Purpose};

/// Maximum number of values bound in one statement: SQLite allows 32,766, PostgreSQL 65,535.
pub(super) const BINDS: usize = 32_000;

/// The kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    fn of(connection: &impl ConnectionTrait) -> Self {
        match connection.get_database_backend() {
            sea_orm::DbBackend::Postgres => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    fn of_url(url: &str) -> Self {
        if url.starts_with("sqlite:") { Self::Sqlite } else { Self::Postgres }
    }

    pub(super) fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }
}

/// Builds the condition that `expression` is one of `values`. All values are bound as one, so that
/// the statement's text is the same for any number of them.
pub(super) fn any(dialect: Dialect, expression: Expr, values: &[String]) -> Condition {
    let condition = match dialect {
        Dialect::Sqlite => Expr::cust_with_exprs(
            "? IN (SELECT value FROM json_each(?))",
            [expression, Expr::value(json(values))],
        ),
        Dialect::Postgres => expression.eq(PgFunc::any(Expr::value(array(values)))),
    };
    Condition::all().add(condition)
}

/// Builds the condition that the column holds a JSON list of objects, one of which has one of
/// `values` under `key`.
pub(super) fn json_list_holds(
    dialect: Dialect,
    column: &str,
    key: &str,
    values: &[String],
) -> Condition {
    let column = Expr::col(Alias::new(column));
    let condition = match dialect {
        Dialect::Sqlite => Expr::cust_with_exprs(
            "EXISTS (SELECT 1 FROM json_each(?) AS item \
             WHERE item.value ->> ? IN (SELECT value FROM json_each(?)))",
            [column, Expr::value(key), Expr::value(json(values))],
        ),
        Dialect::Postgres => Expr::cust_with_exprs(
            "EXISTS (SELECT 1 FROM json_array_elements($1) AS item WHERE item ->> $2 = ANY($3))",
            [column, Expr::value(key), Expr::value(array(values))],
        ),
    };
    Condition::all().add(condition)
}

/// Builds the condition that the text matches `pattern`: `None` matches any characters, any other
/// part itself.
pub(super) fn like(dialect: Dialect, text: Expr, pattern: &[Option<String>]) -> Condition {
    let special: (&[char], &str) = match dialect {
        Dialect::Sqlite => (&['*', '?', '['], "*"),
        Dialect::Postgres => (&['\\', '%', '_'], "%"),
    };
    let escape = |part: &String| {
        let escaped = part.chars().map(|c| match (special.0.contains(&c), dialect) {
            (false, _) => c.to_string(),
            (true, Dialect::Sqlite) => format!("[{c}]"),
            (true, Dialect::Postgres) => format!("\\{c}"),
        });
        escaped.collect::<String>()
    };
    let parts = pattern.iter().map(|part| part.as_ref().map_or(special.1.to_owned(), escape));
    let pattern = parts.collect::<String>();
    let matches = match dialect {
        // SQLite's LIKE ignores case.
        Dialect::Sqlite => Expr::cust_with_exprs("? GLOB ?", [text, Expr::value(pattern)]),
        Dialect::Postgres => Expr::cust_with_exprs("$1 LIKE $2", [text, Expr::value(pattern)]),
    };
    Condition::all().add(matches)
}

/// Returns the placeholder for a column of text or of a JSON list that is not read.
pub(super) fn nothing(dialect: Dialect, column: &ColumnDefinition) -> Expr {
    match (column.get_column_type(), dialect) {
        (ColumnType::Json | ColumnType::JsonBinary, Dialect::Postgres) => {
            Expr::cust("CAST('[]' AS json)")
        }
        (ColumnType::Json | ColumnType::JsonBinary, Dialect::Sqlite) => Expr::cust("'[]'"),
        _ => Expr::cust("''"),
    }
}

/// Returns the time of the database server's clock, which all instances share; `None` on SQLite.
pub(super) async fn database_time(
    connection: &impl ConnectionTrait,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    if Dialect::of(connection) == Dialect::Sqlite {
        return Ok(None);
    }
    let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now";
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let micros = row.map(|row| row.try_get("", "now")).transpose()?;
    Ok(micros.and_then(DateTime::from_timestamp_micros))
}

/// Raises the revision counter and sets its time to now, unless its time is later than that.
/// Returns the revision, the hash of the change row before it, and the time.
pub(super) fn raise_counter(dialect: Dialect, now: DateTime<Utc>) -> Statement {
    // Not `RETURNING *`: a newer program may have added columns, which would invalidate every
    // prepared form of this statement.
    match dialect {
        Dialect::Sqlite => Statement::from_sql_and_values(
            DbBackend::Sqlite,
            "UPDATE revision SET revision = revision + 1, time = max(time, ?) \
             RETURNING revision, hash, time",
            [now.timestamp_micros().into()],
        ),
        Dialect::Postgres => Statement::from_string(
            DbBackend::Postgres,
            "UPDATE revision SET revision = revision + 1, time = greatest(time, \
             (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) \
             RETURNING revision, hash, time",
        ),
    }
}

/// Locks the revision counter as a write does, and returns the revision. On SQLite the write
/// transaction itself is the lock.
pub(super) fn lock_counter(dialect: Dialect) -> Statement {
    let lock = match dialect {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE",
    };
    Statement::from_string(dialect.backend(), format!("SELECT revision FROM revision{lock}"))
}

/// Returns the size of a SQLite database in bytes: its file together with the pages that are only
/// in its log.
pub(super) async fn bytes_in_file(connection: &impl ConnectionTrait) -> Result<u64, DbErr> {
    let sql = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size";
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
    let bytes: i64 = row.map_or(Ok(0), |row| row.try_get("", "bytes"))?;
    Ok(bytes.unsigned_abs())
}

/// Moves the content of SQLite's log to the database and truncates the log, which may free space on
/// a full disk. Does nothing on PostgreSQL, which does so by itself.
pub(super) async fn shorten_log(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    if Dialect::of(connection) == Dialect::Sqlite {
        connection
            .query_one_raw(Statement::from_string(
                DbBackend::Sqlite,
                "PRAGMA wal_checkpoint(TRUNCATE)",
            ))
            .await?;
    }
    Ok(())
}

/// Whether the database has a table of this name.
pub(super) async fn has_table(
    connection: &impl ConnectionTrait,
    table: &str,
) -> Result<bool, DbErr> {
    let dialect = Dialect::of(connection);
    let sql = match dialect {
        Dialect::Sqlite => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
        Dialect::Postgres => "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
    };
    let query = Statement::from_sql_and_values(dialect.backend(), sql, [table.into()]);
    Ok(connection.query_one_raw(query).await?.is_some())
}

/// Returns the database's own plan for a query.
pub(super) async fn explain(
    connection: &impl ConnectionTrait,
    query: &SelectStatement,
) -> Result<String, StoreError> {
    let mut statement = connection.get_database_backend().build(query);
    let (prefix, column) = match Dialect::of(connection) {
        Dialect::Sqlite => ("EXPLAIN QUERY PLAN ", "detail"),
        Dialect::Postgres => ("EXPLAIN ", "QUERY PLAN"),
    };
    statement.sql.insert_str(0, prefix);
    let rows = connection.query_all_raw(statement).await?;
    let lines: Result<Vec<String>, DbErr> =
        rows.iter().map(|row| row.try_get("", column)).collect();
    Ok(lines?.join("\n"))
}

fn json(values: &[String]) -> String {
    serde_json::Value::from(values).to_string()
}

fn array(values: &[String]) -> Value {
    let values = values.iter().map(|value| Value::from(value.as_str()));
    Value::Array(ArrayType::String, Some(Box::new(values.collect())))
}

/// Creates a text column that is compared byte by byte, for names and keys: pages must have the
/// same order on both databases, in any locale.
pub(super) fn exact_text(dialect: sea_orm::DbBackend, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().not_null();
    if dialect == sea_orm::DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}
