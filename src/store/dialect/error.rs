//! Classifies the errors of the drivers.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

use super::Dialect;
use crate::store::{StoreError, refusal::Refusal};

/// Classifies a driver's error by what can be done about it.
impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
            return Self::Taken(error);
        }
        let Some(driver) = driver(&error) else {
            return match error {
                DbErr::ConnectionAcquire(_) => Self::Busy(error),
                _ => Self::Broken(error),
            };
        };
        match driver {
            sqlx::Error::Io(io) => match Refusal::within(io).cloned() {
                Some(refusal) => refusal.into_store_error(error),
                None => Self::Busy(error),
            },
            sqlx::Error::Database(database) => {
                let code = database.code();
                let meaning = meaning(code.as_deref().unwrap_or_default());
                meaning(error)
            }
            // The other end does not speak PostgreSQL's protocol: a proxy, or a server that is shutting
            // down.
            sqlx::Error::Protocol(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Busy(error),
            _ => Self::Broken(error),
        }
    }
}

fn driver(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(driver))
        | DbErr::Query(RuntimeErr::SqlxError(driver))
        | DbErr::Conn(RuntimeErr::SqlxError(driver)) => Some(driver),
        _ => None,
    }
}

/// Whether another connection has SQLite's lock.
pub(super) fn is_locked(dialect: Dialect, error: &DbErr) -> bool {
    let Some(sqlx::Error::Database(database)) = driver(error) else { return false };
    let code = database.code().and_then(|code| code.parse::<u32>().ok());
    dialect == Dialect::Sqlite && code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

/// Classifies an error code of either database: SQLite's are numbers, PostgreSQL's have five
/// characters.
fn meaning(code: &str) -> fn(DbErr) -> StoreError {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => meaning_of_sqlite(number),
        _ => meaning_of_postgres(code),
    }
}

fn meaning_of_sqlite(code: u32) -> fn(DbErr) -> StoreError {
    /// Kinds of SQLITE_IOERR: a failed write, sync, truncation, or growth of the shared memory.
    const NOT_WRITTEN: [u32; 5] = [778, 1034, 1290, 1546, 4874];
    /// Kinds of SQLITE_IOERR: a failed or short read.
    const NOT_READ: [u32; 2] = [266, 522];
    /// SQLITE_READONLY_DBMOVED: the file is no longer where it was.
    const MOVED: u32 = 1032;
    match code & 0xff {
        11 | 26 => StoreError::Damaged,
        8 if code == MOVED => StoreError::Damaged,
        8 => StoreError::ReadOnly,
        13 => StoreError::Full,
        10 if NOT_WRITTEN.contains(&code) => StoreError::Full,
        10 if NOT_READ.contains(&code) => StoreError::Damaged,
        // Busy, locked, out of memory, interrupted, a failed lock, a file that cannot be opened
        // (for example because the process has too many open files), a race over the log.
        5 | 6 | 7 | 9 | 10 | 14 | 15 => StoreError::Busy,
        _ => StoreError::Broken,
    }
}

fn meaning_of_postgres(code: &str) -> fn(DbErr) -> StoreError {
    match code {
        // Deadlock; serialisation failure; a transaction that was ended while idle and committed
        // nothing; a prepared statement that no longer fits the schema.
        "40P01" | "40001" | "25P03" | "25P04" | "0A000" => StoreError::Contended,
        "25006" => StoreError::ReadOnly,
        "53100" => StoreError::Full,
        "XX001" | "XX002" => StoreError::Damaged,
        // A lock or a statement took too long.
        "55P03" | "57014" => StoreError::Busy,
        // Connection failures, exhausted resources, a server that starts or stops, login failures,
        // and a transaction that is in an invalid state.
        _ if ["08", "53", "57", "58", "28", "3D", "25"].iter().any(|c| code.starts_with(c)) => {
            StoreError::Busy
        }
        _ => StoreError::Broken,
    }
}

/// Whether the connection must not be used again after this error: it is lost, its server has
/// changed state, or its prepared statements no longer fit the schema.
pub(in crate::store) fn ends_connection(dialect: Dialect, error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(database) = error else {
        return !matches!(
            error,
            sqlx::Error::RowNotFound
                | sqlx::Error::ColumnDecode { .. }
                | sqlx::Error::ColumnNotFound(_)
                | sqlx::Error::Decode(_)
                | sqlx::Error::Encode(_)
        );
    };
    let code = database.code();
    let code = code.as_deref().unwrap_or_default();
    match dialect {
        Dialect::Postgres => {
            ["08", "0A000", "25", "53", "57", "58", "XX"].iter().any(|c| code.starts_with(c))
        }
        // Out of memory, read only, disk error, damaged, full, cannot open, not a database.
        Dialect::Sqlite => {
            code.parse().is_ok_and(|code: u32| [7, 8, 10, 11, 13, 14, 26].contains(&(code & 0xff)))
        }
    }
}

/// Whether the error says that the database has no connection left.
pub(in crate::store) fn is_out_of_connections(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(database) = error else { return false };
    database.code().as_deref() == Some("53300")
}

/// Whether the error says that the database is damaged.
pub(in crate::store) fn is_damage(error: &DbErr) -> bool {
    let Some(sqlx::Error::Database(database)) = driver(error) else { return false };
    let meaning = meaning(database.code().as_deref().unwrap_or_default());
    matches!(meaning(error.clone()), StoreError::Damaged(_))
}

/// Whether a statement must be prepared again because the columns of its result have changed.
pub(in crate::store) fn needs_preparing(error: &DbErr) -> bool {
    let Some(sqlx::Error::Database(database)) = driver(error) else { return false };
    database.code().as_deref() == Some("0A000")
}

/// Whether the database itself reports that the commit failed. After any other error the commit may
/// have taken place: the answer was lost, or the server stopped during the commit.
pub(in crate::store) fn is_refusal_of_commit(error: &DbErr) -> bool {
    /// SQLITE_IOERR_FSYNC: the data was not synced, but may be found on the disk later.
    const NOT_SYNCED: &str = "1034";
    let Some(sqlx::Error::Database(database)) = driver(error) else { return false };
    let code = database.code();
    let code = code.as_deref().unwrap_or_default();
    code != NOT_SYNCED
        && !["08", "57", "58"].iter().any(|class| code.starts_with(class) && code.len() == 5)
}
