//! Errors of the store, by what a caller can do about them.

use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr};

use super::revision::Revision;

/// An error of the store. The driver's text is in the source and goes to the log only.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another transaction wrote the same unique key first.
    #[error("a unique key is taken")]
    Taken(#[source] DbErr),
    /// A deadlock or a serialisation failure: the transaction can be tried again.
    #[error("the transaction conflicted with another")]
    Contended(#[source] DbErr),
    /// The database cannot be reached, is locked, or has no connection left.
    #[error("the database is busy or unreachable")]
    Busy(#[source] DbErr),
    /// Too many reads waited for a connection already.
    #[error("too many reads wait for the database")]
    Crowded,
    /// The disk of the database is full.
    #[error("the disk of the database is full")]
    Full(#[source] DbErr),
    /// The database accepts no writes.
    #[error("the database is read only")]
    ReadOnly(#[source] DbErr),
    /// The database is damaged, or its file is gone.
    #[error("the database is damaged")]
    Damaged(#[source] DbErr),
    /// The answer to a COMMIT was lost: the write may have taken place.
    #[error("the outcome of a write is unknown")]
    OutcomeUnknown(#[source] DbErr),
    /// The database file was deleted, replaced or moved back while a write was committed.
    #[error("the outcome of a write is unknown: {0}")]
    FileGone(String),
    /// The outcome of a write stays unknown until its caller repeats the request.
    #[error("the outcome of the write is known only when the request is repeated")]
    KnownOnRepeat(#[source] Box<Self>),
    /// The database requires a newer program.
    #[error("the database needs a program of schema {needed} or later; this one has {own}")]
    Superseded {
        /// Number of the oldest program that may use the database.
        needed: i32,
        /// Number of this program.
        own: i32,
    },
    /// Writes that were acknowledged are missing.
    #[error("revision {acknowledged} was acknowledged, but the newest visible one is {visible}")]
    Lost {
        /// Newest revision that was acknowledged to a caller.
        acknowledged: Revision,
        /// Newest revision that a reader sees.
        visible: Revision,
    },
    /// A statement found the database damaged a moment ago, or its file is too short.
    #[error("a statement found the database damaged, or its file is too short")]
    DamageSeen,
    /// A caller's write found the disk full a moment ago.
    #[error("a caller's write found the disk full")]
    FullSeen,
    /// The probes of the database did not end in time.
    #[error("the probes of the database did not end in time")]
    ProbesLate,
    /// The database lacks a row that every database has.
    #[error("the database has no row of {0}")]
    RowMissing(&'static str),
    /// A value stored as JSON cannot be read or written.
    #[error("JSON in the database cannot be read or written")]
    Unreadable(#[source] Arc<serde_json::Error>),
    /// A value of a column has another type than expected.
    #[error("a column of another type contains {0:?}")]
    WrongValue(String),
    /// Any other error of the database.
    #[error("the database failed")]
    Broken(#[source] DbErr),
    /// The task of a write ended before its work was done.
    #[error("a write was stopped")]
    Stopped(#[source] Arc<tokio::task::JoinError>),
}

impl WriteError for StoreError {
    fn is_contended(&self) -> bool {
        matches!(self, Self::Taken(_) | Self::Contended(_))
    }

    fn is_full(&self) -> bool {
        matches!(self, Self::Full(_) | Self::FullSeen)
    }
}

/// Implemented by the errors that the work of a write returns; any of them may come from the store.
pub trait WriteError {
    /// Whether the same work may succeed if it is tried again at once.
    fn is_contended(&self) -> bool;

    /// Whether the disk of the database is full.
    fn is_full(&self) -> bool;
}

/// Wraps a driver's error as an error of the query builder.
pub(super) fn driver_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(Arc::new(error))
    }
}
