//! How the databases are opened, and how transactions begin.

use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction,
    IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use super::Dialect;
use crate::store::StoreError;

/// How long a write waits for another before it gives up.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// How long a call waits for a connection of the pool.
const POOL_WAIT: Duration = Duration::from_secs(10);

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
pub(in crate::store) struct Connections {
    /// For writing.
    pub writer: DatabaseConnection,
    /// For reading.
    pub reader: DatabaseConnection,
    /// For reads that last.
    pub long_reader: DatabaseConnection,
}

/// Opens the connections. SQLite has one writer and a few readers beside it; PostgreSQL has one pool
/// for both.
pub(in crate::store) async fn connect(url: &str) -> Result<(Connections, Dialect), StoreError> {
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
pub(in crate::store) async fn begin_write(
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
pub(in crate::store) async fn begin_snapshot(
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
pub(in crate::store) async fn lock_migrations(
    transaction: &DatabaseTransaction,
) -> Result<(), StoreError> {
    if Dialect::of(transaction) == Dialect::Postgres {
        // The number is this registry's own: any that nothing else in the database takes.
        let lock = "SELECT pg_advisory_xact_lock(7310427315504824690)";
        transaction.execute_unprepared(lock).await?;
    }
    Ok(())
}
