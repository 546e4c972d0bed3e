//! How the databases are opened: which connections there are, and how each is set up.

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

use super::{Connection, Dialect, error::is_locked};
use crate::store::{StoreError, pool::PoolLimits};

/// How long a write waits for another before it gives up.
const LOCK_WAIT: Duration = Duration::from_secs(4);

/// How long a call waits for a connection of a pool: with what it may wait for on the connection, every
/// call is answered within fifteen seconds. Of SQLite's one writer many wait.
const POOL_WAIT_POSTGRES: Duration = Duration::from_secs(6);
const POOL_WAIT_SQLITE: Duration = Duration::from_secs(10);

/// How long a statement may take that a caller waits for.
const STATEMENT: Duration = Duration::from_secs(8);

/// How long one of a read may take that lasts.
const LONG_STATEMENT: Duration = Duration::from_secs(60);

/// How long one may take that looks whether the database is well.
const PROBE: Duration = Duration::from_secs(2);

/// The page cache of SQLite's one writer, in KiB. A batch of an import writes to pages all over the
/// indexes: a small cache reads them again and again, and writes them before the commit.
const WRITER_CACHE: u32 = 32 * 1024;

/// That of each of its readers: what SQLite itself takes.
const READER_CACHE: u32 = 2_000;

/// How many pages SQLite's log may have before they go to the database, 64 MiB of them. A page that
/// many batches write to goes there once; at SQLite's own 1,000, nearly every batch moved all it wrote.
const CHECKPOINT: &str = "16000";

/// How many bytes SQLite's log keeps once its pages have gone to the database. Without this a log that
/// readers kept from that once stays as large as it was.
const LOG_KEPT: &str = "134217728";

/// What a pool of connections is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Purpose {
    /// Writes.
    Write,
    /// Reads that a caller waits for.
    Read,
    /// Reads that last: they have connections of their own, so that they cannot keep others waiting.
    LongRead,
    /// Looking whether the database is well, which must not wait for anybody.
    Probe,
}

impl Purpose {
    /// How many connections there are for it, and how long they are waited for.
    pub fn limits(self, dialect: Dialect) -> PoolLimits {
        let connections = match (self, dialect) {
            // SQLite has one writer.
            (Self::Write, Dialect::Sqlite) => 1,
            (Self::Write, Dialect::Postgres) => 10,
            (Self::Read, Dialect::Sqlite) => 4,
            (Self::Read, Dialect::Postgres) => 12,
            (Self::LongRead, _) => 4,
            (Self::Probe, _) => 2,
        };
        let wait = match dialect {
            Dialect::Sqlite => POOL_WAIT_SQLITE,
            Dialect::Postgres => POOL_WAIT_POSTGRES,
        };
        let (wait, statement) = match self {
            Self::Write | Self::Read => (wait, STATEMENT),
            Self::LongRead => (wait, LONG_STATEMENT),
            Self::Probe => (PROBE, PROBE),
        };
        PoolLimits { connections, wait, statement }
    }
}

/// Opens connections of one purpose to one database.
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
    /// Reads the URL of a database. Its parts are told in no error: they may have a password.
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

    /// Whether the database exists within its one connection.
    pub fn in_memory(&self) -> bool {
        self.file().is_none() && self.dialect() == Dialect::Sqlite
    }

    /// The file of the database, where it is one.
    pub fn file(&self) -> Option<PathBuf> {
        let Target::Sqlite(options) = &self.target else { return None };
        let path = options.get_filename();
        let in_memory = path.as_os_str() == ":memory:" || path.starts_with("file:sqlx-in-memory");
        (!in_memory).then(|| path.to_owned())
    }

    /// Opens a connection, without any log: at the finest level the driver writes the URL with its
    /// password.
    pub async fn connect(&self) -> Result<Connection, sqlx::Error> {
        let connecting = async {
            match &self.target {
                Target::Sqlite(options) => Connection::sqlite(options.connect().await?).await,
                Target::Postgres(options) => {
                    let mut driver = options.connect().await?;
                    driver.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(self.settings()))).await?;
                    // Servers before version 14, and those of some systems, do not have this.
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

    /// What a session of PostgreSQL is set to. The server's own limit on a statement only ends what this
    /// process can no longer end. An instance that hangs within a write must not stop all others.
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

/// Reads a URL of PostgreSQL without any log: the driver writes what it does not know in it, which may be a
/// password whose name was mistyped.
pub(super) fn read_postgres(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let read = || PgConnectOptions::from_str(url);
    tracing::subscriber::with_default(NoSubscriber::default(), read)
}

/// Makes PostgreSQL end a statement whose connection was closed, within a second.
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
        // With NORMAL a power failure could take back what was acknowledged.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(wait)
        .foreign_keys(true)
        .pragma("cache_size", format!("-{cache}"))
        .pragma("wal_autocheckpoint", CHECKPOINT)
        .pragma("journal_size_limit", LOG_KEPT)
        .disable_statement_logging())
}

/// Begins a transaction that keeps other instances from migrating until it ends; none where another
/// migrates now. On SQLite any write transaction does.
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
        // The number is this registry's own: any that nothing else in the database takes.
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
