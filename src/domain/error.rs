//! The one closed error of the registry: what went wrong, by what a caller can do about it. It knows
//! no transport; `api` maps it to a status once.

use crate::store::{Broken, StoreError, WriteError};

use super::{Kind, Revision, Right, Violations};

/// The answer of everything in the registry that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// There is no resource of that name.
    #[error("{name} does not exist")]
    NotFound {
        /// What it would be.
        kind: Kind,
        /// The name asked for.
        name: String,
    },
    /// The name, or the natural key, is taken.
    #[error("{name} exists already")]
    AlreadyExists {
        /// What it is.
        kind: Kind,
        /// The resource that has it.
        name: String,
        /// The fields of the natural key; empty where the name itself is taken.
        key: Vec<&'static str>,
    },
    /// The request breaks rules that do not depend on the state of anything.
    #[error("the request has {} invalid fields", .0.len())]
    Invalid(Violations),
    /// The etag is not the current one.
    #[error("{name} has changed: its etag is not the one given")]
    Stale {
        /// The resource.
        name: String,
        /// Its etag now; empty where it does not exist.
        current: String,
    },
    /// Something refers to what shall be deleted.
    #[error("{name} is still referred to by {}", .by.join(", "))]
    InUse {
        /// The resource.
        name: String,
        /// Some of those that refer to it.
        by: Vec<String>,
    },
    /// A rule of state forbids it now.
    #[error("{message}")]
    Refused {
        /// Which rule, in capitals.
        reason: Refusal,
        /// The resource whose state forbids it.
        subject: String,
        /// The rule in words.
        message: String,
    },
    /// The id came with another request before.
    #[error("the request id was used for another request")]
    RequestReused {
        /// The id.
        id: String,
    },
    /// One of a batch failed, and so all of it does.
    #[error("{error}")]
    InBatch {
        /// Which, from 0.
        index: usize,
        /// Why.
        #[source]
        error: Box<Error>,
    },
    /// The caller lacks a right.
    #[error("the caller may not {0}")]
    Forbidden(Right),
    /// What happened up to a revision can no longer be told.
    #[error("what came after revision {revision} is no longer kept: the oldest is {oldest}")]
    RevisionCompacted {
        /// The revision asked for.
        revision: Revision,
        /// The oldest revision that can be asked for.
        oldest: Revision,
    },
    /// The revision has not been reached.
    #[error("revision {revision} is in the future: the newest is {newest}")]
    RevisionAhead {
        /// The revision asked for.
        revision: Revision,
        /// The newest there is.
        newest: Revision,
    },
    /// The revision is of a history that a restore took back.
    #[error(
        "revision {revision} is of a history that was taken back: begin again with what exists"
    )]
    RevisionOfOtherHistory {
        /// The revision asked for.
        revision: Revision,
        /// The newest there is.
        newest: Revision,
    },
    /// The revision that a read waits for did not come.
    #[error("revision {revision} cannot be seen here yet: the newest is {newest}")]
    RevisionAwaited {
        /// The revision waited for.
        revision: Revision,
        /// The newest that can be seen here.
        newest: Revision,
    },
    /// One who watches cannot keep up.
    #[error("the watch cannot keep up: go on after revision {revision}")]
    WatcherBehind {
        /// All up to this was told.
        revision: Revision,
    },
    /// The instance has as much in hand as it may.
    #[error("the instance has as much in hand as it may; try again")]
    Overloaded {
        /// Of what: `calls`, `bytes` or `waiting`.
        limit: &'static str,
    },
    /// The instance has as many watches as it may.
    #[error("the instance has {most} watches, as many as it may; try again")]
    TooManyWatches {
        /// How many it may have.
        most: usize,
    },
    /// The disk of the database is full.
    #[error("the disk of the database is full")]
    DatabaseFull(#[source] StoreError),
    /// The database takes no writes.
    #[error("the database takes no writes now")]
    DatabaseReadOnly(#[source] StoreError),
    /// The database is damaged, or its file is gone.
    #[error("the database is damaged")]
    DatabaseBroken(#[source] StoreError),
    /// The connection was lost within a commit, and whether it was done cannot be told.
    #[error("whether the write was done is not known")]
    OutcomeUnknown(#[source] StoreError),
    /// The database is for newer programs only.
    #[error("the database is for newer versions of the service")]
    Superseded(#[source] StoreError),
    /// The database is busy or away, or others stood in the way too often.
    #[error("the database is busy")]
    Busy(#[source] StoreError),
    /// The caller went away, and the work ended before it was done. Nobody is told.
    #[error("nobody waits for the work any more")]
    Cancelled,
    /// The hash chain of the changes is broken.
    #[error("the hash chain of the changes is {0}")]
    ChainBroken(#[source] Broken),
    /// The registry itself failed.
    #[error("the registry failed")]
    Broken(#[source] StoreError),
}

/// The rules of state that can forbid something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The code belonged to an organisation that was deleted.
    CodeReused,
    /// The framework is published or retired.
    FrameworkFrozen,
    /// The framework is in another state than the method needs.
    FrameworkState,
    /// A level is used by a requirement or an assessment.
    LevelInUse,
    /// The plan is no longer a draft.
    PlanFrozen,
    /// The plan is in another state than the method needs.
    PlanState,
    /// The plan has no target.
    PlanEmpty,
    /// A target of the plan would lie outside its periods.
    TargetOutsidePlan,
    /// The approver would be the author.
    ApproverIsAuthor,
    /// Another approved plan of the owner covers one of its periods.
    PlanOverlaps,
    /// The gap cannot go from its state to the one asked for.
    GapState,
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(_)
            | StoreError::Contended(_)
            | StoreError::Busy(_)
            | StoreError::KnownOnRepeat(_)
            | StoreError::ProbesLate => Self::Busy(error),
            StoreError::Full(_) | StoreError::FullSeen => Self::DatabaseFull(error),
            StoreError::ReadOnly(_) => Self::DatabaseReadOnly(error),
            StoreError::Damaged(_) | StoreError::DamageSeen | StoreError::Lost { .. } => {
                Self::DatabaseBroken(error)
            }
            StoreError::OutcomeUnknown(_) | StoreError::FileGone(_) => Self::OutcomeUnknown(error),
            StoreError::Superseded { .. } => Self::Superseded(error),
            StoreError::RowMissing(_)
            | StoreError::Unreadable(_)
            | StoreError::WrongValue(_)
            | StoreError::Broken(_)
            | StoreError::Stopped(_) => Self::Broken(error),
        }
    }
}

impl WriteError for Error {
    fn is_contended(&self) -> bool {
        matches!(self, Self::Busy(error) if error.is_contended())
    }

    fn is_full(&self) -> bool {
        matches!(self, Self::DatabaseFull(_))
    }
}
