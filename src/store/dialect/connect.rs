//! Opens database connections and sets them up.

use std::{path::PathBuf, str::FromStr, time::Duration};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    SqlxPostgresConnector, SqlxSqliteConnector, Statement, TransactionOptions, TransactionTrait,
};
use sqlx::{
    ConnectOptions as _, Executor,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use super::{
    Connection, Dialect, Purpose,
    error::is_locked,
    purpose::{POOL_WAIT_POSTGRES, PROBE},
};
use crate::store::StoreError;

/// How long a write waits for the lock of another before it gives up.
const LOCK_WAIT: Duration = Duration::from_secs(4);

/// Page cache of SQLite's one writer, in KiB. An import batch writes to pages all over the indexes:
/// a smaller cache reads them again and again, and writes them before the commit.
const WRITER_CACHE: u32 = 32 * 1024;

/// Page cache of each SQLite reader, in KiB: SQLite's own default.
const READER_CACHE: u32 = 2_000;

/// Pages in SQLite's log at which they are moved to the database (64 MiB). A page that many batches
/// write is then moved once; at SQLite's default of 1,000 pages, nearly every batch moved all that
/// it wrote.
const CHECKPOINT: &str = "16000";

/// Bytes that SQLite's log keeps after its pages have been moved to the database. Without this
/// limit, a log that readers once made grow stays that large.
const LOG_RETAINED: &str = "134217728";

/// Opens connections for one purpose to one database.
pub(in crate::store) struct Connector {
    target: Target,
    purpose: Purpose,
}

#[derive(Clone)]
enum Target {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

impl Connector {
    /// Parses the URL of a database. No error repeats any part of it, since it may hold a password.
    pub fn new(url: &str, purpose: Purpose) -> Result<Self, sqlx::Error> {
        let target = match Dialect::of_url(url) {
            Dialect::Sqlite => Target::Sqlite(sqlite(url, purpose)?),
            Dialect::Postgres => {
                let options = read_postgres(url)?;
                let options = options.application_name("skills-registry");
                Target::Postgres(options.disable_statement_logging())
            }
        };
        Ok(Self { target, purpose })
    }

    pub fn dialect(&self) -> Dialect {
        match self.target {
            Target::Sqlite(_) => Dialect::Sqlite,
            Target::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Whether the database exists only in its one connection.
    pub fn in_memory(&self) -> bool {
        self.file().is_none() && self.dialect() == Dialect::Sqlite
    }

    /// The file of the database; `None` if it has none.
    pub fn file(&self) -> Option<PathBuf> {
        let Target::Sqlite(options) = &self.target else { return None };
        let path = options.get_filename();
        let in_memory = path.as_os_str() == ":memory:" || path.starts_with("file:sqlx-in-memory");
        (!in_memory).then(|| path.to_owned())
    }

    /// Opens a connection with logging off: at the finest level the driver logs the URL with its
    /// password.
    pub async fn connect(&self) -> Result<Connection, sqlx::Error> {
        let connecting = async {
            match &self.target {
                Target::Sqlite(options) => Connection::sqlite(options.connect().await?).await,
                Target::Postgres(options) => {
                    let mut driver = options.connect().await?;
                    driver.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(self.settings()))).await?;
                    // Servers before version 14, and those on some operating systems, lack this
                    // setting.
                    let _ = driver.execute(sqlx::raw_sql(NOTICE_GONE)).await;
                    Ok(Connection::postgres(driver))
                }
            }
        };
        connecting.with_subscriber(NoSubscriber::default()).await
    }

    /// Opens the one connection that migrations run on.
    pub async fn migrator(&self) -> Result<DatabaseConnection, sqlx::Error> {
        let connecting = async {
            Ok(match self.target.clone() {
                Target::Sqlite(options) => {
                    let pool = PoolOptions::new().max_connections(1);
                    SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.connect_with(options).await?)
                }
                Target::Postgres(options) => {
                    let pool = PoolOptions::new().max_connections(1);
                    let pool =
                        pool.acquire_timeout(POOL_WAIT_POSTGRES).connect_with(options).await?;
                    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
                }
            })
        };
        connecting.with_subscriber(NoSubscriber::default()).await
    }

    /// Builds the settings of a PostgreSQL session. The server's own statement limit is longer than
    /// this process's: it only ends statements that this process can no longer end. The idle limit
    /// ends the transaction of an instance that hangs during a write, which would otherwise stop
    /// all others.
    fn settings(&self) -> String {
        let limits = self.purpose.limits(Dialect::Postgres);
        let statement = limits.statement.as_millis() + 2_000;
        let (lock, idle) = match self.purpose {
            Purpose::Write => (LOCK_WAIT.as_millis(), 5_000),
            Purpose::Probe => (PROBE.as_millis(), 5_000),
            Purpose::Read | Purpose::LongRead => (LOCK_WAIT.as_millis(), 60_000),
        };
        format!(
            "SET lock_timeout = {lock}; SET statement_timeout = {statement}; \
             SET idle_in_transaction_session_timeout = {idle}"
        )
    }
}

/// Parses a PostgreSQL URL with logging off: the driver logs parameters that it does not know, such
/// as a password under a mistyped name.
pub(super) fn read_postgres(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let read = || PgConnectOptions::from_str(url);
    tracing::subscriber::with_default(NoSubscriber::default(), read)
}

/// Makes PostgreSQL end a statement within a second of its connection being closed.
const NOTICE_GONE: &str = "SET client_connection_check_interval = '1s'";

fn sqlite(url: &str, purpose: Purpose) -> Result<SqliteConnectOptions, sqlx::Error> {
    let cache = match purpose {
        Purpose::Write => WRITER_CACHE,
        _ => READER_CACHE,
    };
    let wait = match purpose {
        Purpose::Probe => PROBE,
        _ => LOCK_WAIT,
    };
    Ok(SqliteConnectOptions::from_str(url)?
        .journal_mode(SqliteJournalMode::Wal)
        // With NORMAL, a power failure could lose acknowledged writes.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(wait)
        .foreign_keys(true)
        .pragma("cache_size", format!("-{cache}"))
        .pragma("wal_autocheckpoint", CHECKPOINT)
        .pragma("journal_size_limit", LOG_RETAINED)
        .disable_statement_logging())
}

/// Begins a transaction that keeps other instances from migrating until it ends; `None` if another
/// instance is migrating. On SQLite, any write transaction does so.
pub(in crate::store) async fn begin_migration(
    connection: &DatabaseConnection,
) -> Result<Option<DatabaseTransaction>, StoreError> {
    let dialect = Dialect::of(connection);
    let mode = Some(SqliteTransactionMode::Immediate).filter(|_| dialect == Dialect::Sqlite);
    let options =
        TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
    let transaction = match connection.begin_with_options(options).await {
        Err(error) if is_locked(dialect, &error) => return Ok(None),
        begun => begun?,
    };
    if dialect == Dialect::Postgres {
        // An arbitrary number that nothing else in the database may use.
        let lock = "SELECT pg_try_advisory_xact_lock(7310427315504824690) AS locked";
        let lock = Statement::from_string(DbBackend::Postgres, lock);
        let row = transaction.query_one_raw(lock).await?;
        let locked = row.map(|row| row.try_get::<bool>("", "locked")).transpose()?;
        if locked != Some(true) {
            transaction.rollback().await?;
            return Ok(None);
        }
    }
    Ok(Some(transaction))
}
