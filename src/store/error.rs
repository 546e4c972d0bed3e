//! What can go wrong in the store, by what a caller can do about it.

use sea_orm::DbErr;

/// A failure of the store. The driver's own words are in the source and go to the log only.
#[derive(Debug, thiserror::Error)]
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
    /// Anything else.
    #[error("the database failed")]
    Broken(#[source] DbErr),
    /// The task of a write ended before its work did.
    #[error("a write was stopped")]
    Stopped(#[source] tokio::task::JoinError),
}

impl Contention for StoreError {
    fn is_contended(&self) -> bool {
        matches!(self, Self::Taken(_) | Self::Contended(_))
    }
}

/// An error of a write's work that may come from the store.
pub trait Contention {
    /// Whether the same work may succeed when it is tried again at once.
    fn is_contended(&self) -> bool;
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        super::dialect::classify(error)
    }
}
