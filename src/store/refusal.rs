//! Why a pool lends no connection, and how that passes through the query builder.

use std::io;

use sea_orm::DbErr;

use super::{StoreError, compatibility::PROGRAM, error::driver_error};

/// Why the database must not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BlockReason {
    /// The file was deleted, replaced or cut; writes to it would be lost.
    #[error("{0}")]
    FileGone(String),
    /// The database requires a newer program.
    #[error("the database needs a newer program: {needed}")]
    Superseded {
        /// Number of the oldest program that may use it.
        needed: i32,
    },
}

/// Why a pool lends no connection. Statements run as a [`sea_orm::ConnectionTrait`], whose errors
/// have no variant of our own: a refusal travels in the driver's error of input and output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// The database must not be used.
    #[error("{0}")]
    Blocked(BlockReason),
    /// Too many borrowers waited already, and no connection came free in a short time.
    #[error("too many calls wait for a connection")]
    Crowded,
}

impl Refusal {
    /// Finds the refusal that a driver's error carries.
    pub fn within(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// Converts the refusal, of which `shown` is the error that the query builder showed.
    pub fn into_store_error(self, shown: DbErr) -> StoreError {
        match self {
            Self::Blocked(BlockReason::FileGone(_)) => StoreError::Damaged(shown),
            Self::Blocked(BlockReason::Superseded { needed }) => {
                StoreError::Superseded { needed, own: PROGRAM }
            }
            Self::Crowded => StoreError::Crowded,
        }
    }
}

impl From<Refusal> for DbErr {
    fn from(refusal: Refusal) -> Self {
        driver_error(sqlx::Error::Io(io::Error::other(refusal)))
    }
}
