//! What can go wrong in the store, by what a caller can do about it.

use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr};

/// A failure of the store. The driver's own words are in the source and go to the log only.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique key is taken, by a transaction that came first.
    #[error("a unique key is taken")]
    Taken(#[source] DbErr),
    /// A deadlock or a serialisation failure: the transaction may be tried again.
    #[error("another transaction stood in the way")]
    Contended(#[source] DbErr),
    /// The database is away, locked or out of connections.
    #[error("the database is busy or away")]
    Busy(#[source] DbErr),
    /// There is no room on the disk.
    #[error("the disk of the database is full")]
    Full(#[source] DbErr),
    /// The database takes no writes.
    #[error("the database is read only")]
    ReadOnly(#[source] DbErr),
    /// The database is damaged, or its file is gone.
    #[error("the database is damaged")]
    Damaged(#[source] DbErr),
    /// The answer to a COMMIT was lost: it may have been done.
    #[error("the outcome of a write is not known")]
    OutcomeUnknown(#[source] DbErr),
    /// The database is for newer programs only.
    #[error("the database needs a program of schema {needed} or later; this one has {own}")]
    Superseded {
        /// The oldest schema number of a program that may use the database.
        needed: i32,
        /// That of this program.
        own: i32,
    },
    /// Writes that were acknowledged are not there.
    #[error(
        "revision {acknowledged} was acknowledged, and the newest that can be seen is {visible}"
    )]
    Lost {
        /// The newest revision that was acknowledged.
        acknowledged: i64,
        /// The newest that a reader sees.
        visible: i64,
    },
    /// Anything else.
    #[error("the database failed")]
    Broken(#[source] DbErr),
    /// The task of a write ended before its work did.
    #[error("a write was stopped")]
    Stopped(#[source] Arc<tokio::task::JoinError>),
}

impl StoreError {
    /// A failure for want of something else than the database, which may pass.
    pub fn busy(why: &str) -> Self {
        Self::Busy(DbErr::Custom(why.to_owned()))
    }
}

impl WriteError for StoreError {
    fn is_contended(&self) -> bool {
        matches!(self, Self::Taken(_) | Self::Contended(_))
    }

    fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }
}

/// An error of a write's work that may come from the store.
pub trait WriteError {
    /// Whether the same work may succeed when it is tried again at once.
    fn is_contended(&self) -> bool;

    /// Whether the disk of the database has no room.
    fn is_full(&self) -> bool;
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        super::dialect::classify(error)
    }
}

/// A driver's error as the query builder's.
pub(super) fn driver_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

/// What is kept as JSON cannot be read, or not be written.
impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        DbErr::Json(error.to_string()).into()
    }
}
