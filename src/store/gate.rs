//! Whether the database may be used at all. It is closed by whoever finds that it must not, and opened
//! again where that has passed; nobody borrows a connection while it is closed.

use std::{
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use sea_orm::DbErr;

use super::{StoreError, error::driver_error};

/// Why the database must not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Closed {
    /// Its file is gone, or is another than the one that was opened: what is written would be lost.
    #[error("{0}")]
    FileGone(String),
    /// It is for newer programs only.
    #[error("the database needs a newer program: {needed}")]
    Superseded {
        /// The number of the oldest program that may use it.
        needed: i32,
    },
}

/// The gate before a database, and what was seen behind it.
#[derive(Debug, Default)]
pub(super) struct Gate {
    closed: RwLock<Option<Closed>>,
    /// When a statement last found the database damaged.
    damaged: RwLock<Option<Instant>>,
    /// When a write of a caller last found no room, where none has succeeded since.
    full: RwLock<Option<Instant>>,
}

/// How long a database that was found damaged is told to be so: other statements may not touch the
/// damage.
const DAMAGED: Duration = Duration::from_secs(60);

/// How long the disk is told to be full after a write found no room: the next may need less.
const FULL: Duration = Duration::from_secs(6);

impl Gate {
    /// Fails while it is closed.
    pub fn check(&self) -> Result<(), DbErr> {
        match self.closed() {
            None => Ok(()),
            Some(closed) => {
                let closed = std::io::Error::other(closed);
                Err(driver_error(sqlx::Error::Io(closed)))
            }
        }
    }

    /// Why it is closed, where it is.
    pub fn closed(&self) -> Option<Closed> {
        self.closed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes or opens it.
    pub fn set(&self, closed: Option<Closed>) {
        set(&self.closed, closed);
    }

    /// Notes that a statement found the database damaged.
    pub fn note_damage(&self) {
        set(&self.damaged, Some(Instant::now()));
    }

    /// Whether a statement found the database damaged not long ago.
    pub fn is_damaged(&self) -> bool {
        is_recent(&self.damaged, DAMAGED)
    }

    /// Notes that a write of a caller found no room.
    pub fn note_full(&self) {
        set(&self.full, Some(Instant::now()));
    }

    /// Notes that a write of a caller has succeeded.
    pub fn note_written(&self) {
        if self.is_full() {
            set(&self.full, None);
        }
    }

    /// Whether the last write of a caller found no room, not long ago.
    pub fn is_full(&self) -> bool {
        is_recent(&self.full, FULL)
    }
}

fn set<T>(place: &RwLock<T>, value: T) {
    *place.write().unwrap_or_else(PoisonError::into_inner) = value;
}

fn is_recent(seen: &RwLock<Option<Instant>>, limit: Duration) -> bool {
    let seen = *seen.read().unwrap_or_else(PoisonError::into_inner);
    seen.is_some_and(|seen| seen.elapsed() < limit)
}

/// What an error of the driver says of a closed gate, where it is of one.
pub(super) fn closed(error: &std::io::Error, shown: &DbErr) -> Option<StoreError> {
    match error.get_ref()?.downcast_ref::<Closed>()? {
        Closed::FileGone(_) => Some(StoreError::Damaged(shown.clone())),
        Closed::Superseded { needed } => {
            Some(StoreError::Superseded { needed: *needed, own: super::compatibility::PROGRAM })
        }
    }
}
