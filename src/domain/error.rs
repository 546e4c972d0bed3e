//! The one closed error type of the registry, by what a caller can do about it. It knows no transport;
//! `crate::api` maps it to a status.

use crate::store::{BrokenLink, StoreError, WriteError};

use super::{ResourceType, Revision, Right, Violations};

/// Result of every fallible function of the registry.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No resource has this name.
    #[error("{name} does not exist")]
    NotFound {
        /// Type of the resource asked for.
        kind: ResourceType,
        /// Name asked for.
        name: String,
    },
    /// The name or the natural key is in use.
    #[error("{name} already exists")]
    AlreadyExists {
        /// Type of the resource.
        kind: ResourceType,
        /// Name of the resource that uses it.
        name: String,
        /// Fields of the natural key; empty if the name itself is in use.
        key: Vec<&'static str>,
    },
    /// The request breaks rules that do not depend on any state.
    #[error("the request has {} invalid fields", .0.len())]
    Invalid(Violations),
    /// The etag given is not the current one.
    #[error("{name} has changed: the etag given is not its current one")]
    Stale {
        /// Resource name.
        name: String,
        /// Current etag; empty if the resource does not exist.
        current: String,
    },
    /// Other resources refer to the one to be deleted.
    #[error("{name} is still referenced by {}", .by.join(", "))]
    InUse {
        /// Name of the resource to be deleted.
        name: String,
        /// Names of some of the resources that refer to it.
        by: Vec<String>,
    },
    /// A rule of state forbids the change now.
    #[error("{message}")]
    Refused {
        /// The rule.
        reason: Refusal,
        /// Name of the resource whose state forbids the change.
        subject: String,
        /// The rule in words.
        message: String,
    },
    /// The request id was used before, with another request.
    #[error("the request id was used before with another request")]
    RequestReused {
        /// The request id.
        id: String,
    },
    /// A request of a batch failed, and with it the whole batch.
    #[error("{error}")]
    InBatch {
        /// Index of the request, from 0.
        index: usize,
        /// Its error.
        #[source]
        error: Box<Error>,
    },
    /// The caller lacks a right.
    #[error("the caller lacks the right to {0}")]
    Forbidden(Right),
    /// The changes after this revision have been compacted.
    #[error("the changes after revision {revision} have been compacted: the oldest is {oldest}")]
    RevisionCompacted {
        /// Revision asked for.
        revision: Revision,
        /// Oldest revision that can be asked for.
        oldest: Revision,
    },
    /// The revision has not been reached.
    #[error("revision {revision} has not been reached: the newest is {newest}")]
    RevisionAhead {
        /// Revision asked for.
        revision: Revision,
        /// Newest revision.
        newest: Revision,
    },
    /// The revision belongs to a history that a restore has undone.
    #[error(
        "revision {revision} belongs to a history that a restore has undone: read all resources again"
    )]
    RevisionOfOtherHistory {
        /// Revision asked for.
        revision: Revision,
        /// Newest revision.
        newest: Revision,
    },
    /// The revision that a read waits for has not arrived in time.
    #[error("revision {revision} is not visible on this instance yet: the newest is {newest}")]
    RevisionAwaited {
        /// Revision waited for.
        revision: Revision,
        /// Newest revision that this instance sees.
        newest: Revision,
    },
    /// A watch cannot keep up with the changes.
    #[error("the watch cannot keep up with the changes: call again after revision {revision}")]
    WatcherBehind {
        /// Every change up to this revision was sent.
        revision: Revision,
    },
    /// The instance has reached a limit on its load.
    #[error("the instance has reached its load limit ({limit}); retry later")]
    Overloaded {
        /// The limit: `calls`, `bytes`, `waiting` or `connections`.
        limit: &'static str,
    },
    /// The instance has reached its maximum number of watches.
    #[error("the instance has reached its maximum of {most} watches; retry later")]
    TooManyWatches {
        /// Maximum number of watches.
        most: usize,
    },
    /// The disk of the database is full.
    #[error("the disk of the database is full")]
    DatabaseFull(#[source] StoreError),
    /// The database accepts no writes.
    #[error("the database accepts no writes")]
    DatabaseReadOnly(#[source] StoreError),
    /// The database is damaged, or its file is gone.
    #[error("the database is damaged")]
    DatabaseBroken(#[source] StoreError),
    /// The connection was lost during a commit, and whether the commit took place is unknown.
    #[error("it is unknown whether the write was committed")]
    OutcomeUnknown(#[source] StoreError),
    /// The database accepts only newer programs.
    #[error("the database accepts only newer versions of the service")]
    Superseded(#[source] StoreError),
    /// The database is busy or unreachable, or the write conflicted with others too often.
    #[error("the database is busy")]
    Busy(#[source] StoreError),
    /// The caller has gone away, so the work was stopped. No caller sees this error.
    #[error("nobody waits for the work any more")]
    Cancelled,
    /// The hash chain of the changes is broken.
    #[error("the hash chain of the changes is {0}")]
    ChainBroken(#[source] BrokenLink),
    /// The registry itself failed.
    #[error("the registry failed")]
    Broken(#[source] StoreError),
}

/// Rules of state that can forbid a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The ODS code belonged to an organisation that was deleted.
    CodeReused,
    /// The framework is published or retired.
    FrameworkFrozen,
    /// The method needs the framework in another state.
    FrameworkState,
    /// A requirement, an assessment or a closure option refers to the level.
    LevelInUse,
    /// The plan is no longer a draft.
    PlanFrozen,
    /// The method needs the plan in another state.
    PlanState,
    /// The plan has no target.
    PlanEmpty,
    /// A target would be outside the plan's periods.
    TargetOutsidePlan,
    /// The approver is the author.
    ApproverIsAuthor,
    /// Another approved plan of the owner covers one of its periods.
    PlanOverlaps,
    /// The gap cannot change from its state to the one asked for.
    GapState,
}

impl Violations {
    /// Fails if there is any violation.
    pub fn into_result(self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(_)
            | StoreError::Contended(_)
            | StoreError::Busy(_)
            | StoreError::KnownOnRepeat(_)
            | StoreError::ProbesLate => Self::Busy(error),
            StoreError::Crowded => Self::Overloaded { limit: "connections" },
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
