//! What a caller wants of a resource, and what became of it.

use serde::{Deserialize, Serialize};

use super::{Revision, Violations};

/// A row as a caller gives it: what could be read of it, and what could not.
#[derive(Clone, Debug)]
pub struct Draft<N> {
    /// The name it shall have, in its canonical form; none where that could not be read.
    pub name: Option<String>,
    /// The row, with defaults where values could not be read.
    pub row: N,
    /// What is wrong with it so far.
    pub violations: Violations,
}

/// Which fields an update changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fields {
    /// All that can change.
    All,
    /// These.
    Only(Vec<String>),
}

/// What a caller wants of a resource.
#[derive(Clone, Debug)]
pub enum Mutation<N> {
    /// That there be a new one.
    Create(Draft<N>),
    /// That its fields be those of the draft.
    Update {
        /// The new values.
        draft: Draft<N>,
        /// Which of them count.
        fields: Fields,
        /// Only while this is the etag; empty for whatever it is.
        etag: String,
        /// Create it where there is none.
        allow_missing: bool,
    },
    /// That there be none.
    Delete {
        /// The name, in its canonical form.
        name: String,
        /// Only while this is the etag; empty for whatever it is.
        etag: String,
        /// Be content where there is none.
        allow_missing: bool,
    },
}

impl<N> Mutation<N> {
    /// The name it is about, where it could be read.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Create(draft) | Self::Update { draft, .. } => draft.name.as_deref(),
            Self::Delete { name, .. } => Some(name),
        }
    }
}

/// What became of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome<N> {
    /// It is new.
    Created(N),
    /// It changed.
    Updated(N),
    /// It was as it shall be; nothing was written.
    Unchanged(N),
    /// It is gone; its last state.
    Deleted(N),
    /// There was none, and none was wanted.
    Absent,
}

/// How a write is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writing {
    /// Do everything but keep nothing of it.
    pub validate_only: bool,
    /// Do it once, however often it is asked for.
    pub request: Option<RequestId>,
}

/// What tells a request from others, so that one that comes again can be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId {
    /// The caller's own id of it.
    pub id: String,
    /// What it asks, in short: another request must not come under the same id.
    pub fingerprint: String,
}

/// What a write came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written<T> {
    /// The answer.
    pub answer: T,
    /// The revision from which on it can be seen.
    pub revision: Revision,
}

impl<T> Written<T> {
    /// The same with another answer.
    pub fn map<U>(self, answer: impl FnOnce(T) -> U) -> Written<U> {
        Written { answer: answer(self.answer), revision: self.revision }
    }

    /// The same with another answer, if there is one.
    pub fn try_map<U, E>(self, answer: impl FnOnce(T) -> Result<U, E>) -> Result<Written<U>, E> {
        Ok(Written { answer: answer(self.answer)?, revision: self.revision })
    }
}
