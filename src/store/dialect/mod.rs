//! The only place that says SQLite or PostgreSQL: here how each says what the other says otherwise, in
//! `connect` how they are opened, in `listen` how a change is heard of.

mod connect;
mod listen;

use sea_orm::{
    ColumnDef as ColumnDefinition, Condition, ConnectionTrait, DbErr, RuntimeErr, SqlErr,
    sea_query::{
        Alias, ArrayType, ColumnDef, ColumnType, Expr, ExprTrait, SelectStatement, Value,
        extension::postgres::PgFunc,
    },
};

use super::StoreError;

pub(super) use connect::{Connections, begin_snapshot, begin_write, connect, lock_migrations};
pub(super) use listen::{listen, tell_of_revisions};

/// Values that one statement may bind: SQLite allows 32,766, PostgreSQL 65,535.
pub(super) const BINDS: usize = 32_000;

/// Which database it is.
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
}

/// `expression` is one of `values`: one bound value, so that the statement's text stays the same
/// however many there are.
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

/// The column holds a JSON list of objects, one of which has one of `values` under `key`.
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

/// The text has the form of `pattern`: `None` stands for any characters, the rest for itself.
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
        // LIKE takes capitals and small letters for the same here.
        Dialect::Sqlite => Expr::cust_with_exprs("? GLOB ?", [text, Expr::value(pattern)]),
        Dialect::Postgres => Expr::cust_with_exprs("$1 LIKE $2", [text, Expr::value(pattern)]),
    };
    Condition::all().add(matches)
}

/// What stands in the place of a column of text or of a JSON list that is not read.
pub(super) fn nothing(dialect: Dialect, column: &ColumnDefinition) -> Expr {
    match (column.get_column_type(), dialect) {
        (ColumnType::Json | ColumnType::JsonBinary, Dialect::Postgres) => {
            Expr::cust("CAST('[]' AS json)")
        }
        (ColumnType::Json | ColumnType::JsonBinary, Dialect::Sqlite) => Expr::cust("'[]'"),
        _ => Expr::cust("''"),
    }
}

/// How the database would run a query, in its own words.
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

/// A text column that is compared byte by byte, as names and keys are: the order of pages must be
/// the same on both databases, whatever the locale.
pub(super) fn exact_text(dialect: sea_orm::DbBackend, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().not_null();
    if dialect == sea_orm::DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

/// Sorts a driver's error by what can be done about it.
pub(super) fn classify(error: DbErr) -> StoreError {
    if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
        return StoreError::Taken(error);
    }
    let driver = match &error {
        DbErr::Exec(RuntimeErr::SqlxError(driver))
        | DbErr::Query(RuntimeErr::SqlxError(driver))
        | DbErr::Conn(RuntimeErr::SqlxError(driver)) => driver,
        DbErr::ConnectionAcquire(_) => return StoreError::Busy(error),
        _ => return StoreError::Broken(error),
    };
    match driver.as_ref() {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => StoreError::Busy(error),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            StoreError::Busy(error)
        }
        sqlx::Error::Database(database) => match database.code().as_deref() {
            // PostgreSQL: deadlock, serialisation failure.
            Some("40P01" | "40001") => StoreError::Contended(error),
            // SQLite: busy and locked, with their extended codes. PostgreSQL: lock timeout, too
            // many connections, and all of class 57P (it is shutting down or starting up).
            Some("5" | "6" | "261" | "517" | "773" | "262" | "55P03" | "53300") => {
                StoreError::Busy(error)
            }
            Some(code) if code.starts_with("57P") || code.starts_with("08") => {
                StoreError::Busy(error)
            }
            _ => StoreError::Broken(error),
        },
        _ => StoreError::Broken(error),
    }
}
