//! The only file that says SQLite or PostgreSQL.

use std::time::Duration;

use sea_orm::{
    AccessMode, ColumnDef as ColumnDefinition, Condition, ConnectOptions, ConnectionTrait,
    Database, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel, RuntimeErr, SqlErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
    sea_query::{
        Alias, ArrayType, ColumnDef, ColumnType, Expr, ExprTrait, SelectStatement, Value,
        extension::postgres::PgFunc,
    },
};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use super::StoreError;

/// Values that one statement may bind: SQLite allows 32,766, PostgreSQL 65,535.
pub(super) const BINDS: usize = 32_000;

/// How long a write waits for another before it gives up.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// How long a call waits for a connection of the pool.
const POOL_WAIT: Duration = Duration::from_secs(10);

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

/// Reads that last as long as a caller takes to read, such as exports, at a time: they have
/// connections of their own, so that they cannot keep others waiting.
const LONG_READS: u32 = 4;

/// The page cache of SQLite's one writer, in KiB. A batch of an import writes to pages all over the
/// indexes: a small cache reads them again and again, and writes them before the commit.
const WRITER_CACHE: u32 = 64 * 1024;

/// That of each of its readers: what SQLite itself takes.
const READER_CACHE: u32 = 2_000;

/// How many pages SQLite's log may have before they go to the database, 64 MiB of them. A page that
/// many batches write to goes there once; at SQLite's own 1,000, nearly every batch moved all it wrote.
const CHECKPOINT: &str = "16000";

/// The connections to a database.
pub(super) struct Connections {
    /// For writing.
    pub writer: DatabaseConnection,
    /// For reading.
    pub reader: DatabaseConnection,
    /// For reads that last.
    pub long_reader: DatabaseConnection,
}

/// Opens the connections. SQLite has one writer and a few readers beside it; PostgreSQL has one pool
/// for both.
pub(super) async fn connect(url: &str) -> Result<(Connections, Dialect), StoreError> {
    if !url.starts_with("sqlite:") {
        let reader = open(postgres(url, 20)).await?;
        let long_reader = open(postgres(url, LONG_READS)).await?;
        let connections = Connections { writer: reader.clone(), reader, long_reader };
        return Ok((connections, Dialect::Postgres));
    }
    let writer = open(sqlite(url, 1, WRITER_CACHE)).await?;
    // A database in memory exists within its one connection.
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    let (reader, long_reader) = match in_memory {
        true => (writer.clone(), writer.clone()),
        false => (
            open(sqlite(url, 4, READER_CACHE)).await?,
            open(sqlite(url, LONG_READS, READER_CACHE)).await?,
        ),
    };
    Ok((Connections { writer, reader, long_reader }, Dialect::Sqlite))
}

/// Connects without any log: at the finest level the driver writes the URL with its password.
async fn open(options: ConnectOptions) -> Result<DatabaseConnection, StoreError> {
    Ok(Database::connect(options).with_subscriber(NoSubscriber::default()).await?)
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(POOL_WAIT)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        // A ping before every use costs a round trip; one after a pause finds a lost connection.
        .test_before_acquire_if_idle_for(Duration::from_secs(30));
    options
}

fn sqlite(url: &str, connections: u32, cache: u32) -> ConnectOptions {
    let mut options = options(url, connections);
    options
        .min_connections(connections)
        .max_lifetime(None)
        .idle_timeout(None)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                // With NORMAL a power failure could take back what was acknowledged.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(LOCK_WAIT)
                .foreign_keys(true)
                .pragma("cache_size", format!("-{cache}"))
                .pragma("wal_autocheckpoint", CHECKPOINT)
        });
    options
}

fn postgres(url: &str, connections: u32) -> ConnectOptions {
    let mut options = options(url, connections);
    options.set_application_name("skills-registry").map_sqlx_postgres_pool_opts(|pool| {
        pool.after_connect(|connection, _| {
            Box::pin(async move {
                // An instance that hangs in a transaction must not stop all others for ever.
                let settings = "SET lock_timeout = '10s'; \
                                    SET idle_in_transaction_session_timeout = '60s'";
                sqlx::Executor::execute(connection, sqlx::raw_sql(settings)).await?;
                Ok(())
            })
        })
    });
    options
}

/// Begins a write. SQLite takes its write lock at once: a transaction that becomes a writer later
/// fails without waiting.
pub(super) async fn begin_write(
    connection: &DatabaseConnection,
) -> Result<DatabaseTransaction, StoreError> {
    let options = match Dialect::of(connection) {
        Dialect::Sqlite => TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        },
        Dialect::Postgres => TransactionOptions {
            isolation_level: Some(IsolationLevel::ReadCommitted),
            ..TransactionOptions::default()
        },
    };
    Ok(connection.begin_with_options(options).await?)
}

/// Begins reads that all see the same state. SQLite gives this to every transaction.
pub(super) async fn begin_snapshot(
    connection: &DatabaseConnection,
) -> Result<DatabaseTransaction, StoreError> {
    let options = match Dialect::of(connection) {
        Dialect::Sqlite => TransactionOptions::default(),
        Dialect::Postgres => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        },
    };
    Ok(connection.begin_with_options(options).await?)
}

/// Keeps other instances from migrating until the transaction ends. On SQLite the write
/// transaction itself does.
pub(super) async fn lock_migrations(transaction: &DatabaseTransaction) -> Result<(), StoreError> {
    if Dialect::of(transaction) == Dialect::Postgres {
        // The number is this registry's own: any that nothing else in the database takes.
        let lock = "SELECT pg_advisory_xact_lock(7310427315504824690)";
        transaction.execute_unprepared(lock).await?;
    }
    Ok(())
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
