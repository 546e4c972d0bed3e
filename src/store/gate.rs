//! The gate before the database. It is closed when a check finds that the database must not be
//! used, and opened when the cause has passed. No connection can be borrowed while it is closed.

use std::{
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use sea_orm::DbErr;

use super::refusal::{BlockReason, Refusal};

/// The state of the gate, and faults that statements found.
#[derive(Debug, Default)]
pub(super) struct Gate {
    closed: RwLock<Option<BlockReason>>,
    /// When a statement last found the database damaged.
    damaged: RwLock<Option<Instant>>,
    /// When a caller's write last found the disk full; cleared by a write that succeeds.
    full: RwLock<Option<Instant>>,
}

/// How long a database counts as damaged after a statement found damage. Other statements may not
/// touch the damaged part.
const DAMAGED: Duration = Duration::from_secs(60);

/// How long the disk counts as full after a write found it full. The next write may need less room.
const FULL: Duration = Duration::from_secs(6);

impl Gate {
    /// Fails if the gate is closed.
    pub fn check(&self) -> Result<(), DbErr> {
        match self.closed() {
            None => Ok(()),
            Some(closed) => Err(Refusal::Blocked(closed).into()),
        }
    }

    /// Returns why the gate is closed; `None` if it is open.
    pub fn closed(&self) -> Option<BlockReason> {
        self.closed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes the gate, or opens it with `None`.
    pub fn set(&self, closed: Option<BlockReason>) {
        set(&self.closed, closed);
    }

    /// Records that a statement found the database damaged.
    pub fn note_damage(&self) {
        set(&self.damaged, Some(Instant::now()));
    }

    /// Whether a statement found the database damaged within the last [`DAMAGED`].
    pub fn is_damaged(&self) -> bool {
        is_recent(&self.damaged, DAMAGED)
    }

    /// Records that a caller's write found the disk full.
    pub fn note_full(&self) {
        set(&self.full, Some(Instant::now()));
    }

    /// Records that a caller's write succeeded.
    pub fn note_write(&self) {
        if self.is_full() {
            set(&self.full, None);
        }
    }

    /// Whether the last write of a caller found the disk full, within the last [`FULL`].
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
