//! Mutations: what a caller asks of a resource, and the outcome.

use serde::{Deserialize, Serialize};

use super::{Revision, Violations};

/// A row as given by a caller: the values that could be read, and violations for the others.
#[derive(Clone, Debug)]
pub struct Input<N> {
    /// Name of the resource in canonical form; `None` if it could not be read.
    pub name: Option<String>,
    /// The row, with default values for fields that could not be read.
    pub row: N,
    /// Violations found so far.
    pub violations: Violations,
}

/// Fields that an update changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateFields {
    /// All fields that can change.
    All,
    /// These fields.
    Only(Vec<String>),
}

/// What a caller asks of a resource.
#[derive(Clone, Debug)]
pub enum Mutation<N> {
    /// Create it.
    Create(Input<N>),
    /// Set its fields to those given.
    Update {
        /// The new values.
        input: Input<N>,
        /// Fields to set.
        fields: UpdateFields,
        /// Etag that the resource must have; empty for any.
        etag: String,
        /// Whether to create the resource if it does not exist.
        allow_missing: bool,
    },
    /// Delete it.
    Delete {
        /// Name of the resource in canonical form.
        name: String,
        /// Etag that the resource must have; empty for any.
        etag: String,
        /// Whether a missing resource is accepted instead of an error.
        allow_missing: bool,
    },
}

impl<N> Mutation<N> {
    /// Name of the resource, if it could be read.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Create(input) | Self::Update { input, .. } => input.name.as_deref(),
            Self::Delete { name, .. } => Some(name),
        }
    }
}

/// Outcome of a mutation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome<N> {
    /// The resource was created.
    Created(N),
    /// The resource was updated.
    Updated(N),
    /// The resource was already as asked for; nothing was written.
    Unchanged(N),
    /// The resource was deleted; this is its last state.
    Deleted(N),
    /// The resource to be deleted did not exist, and the caller accepts that.
    Absent,
}

/// Options of a write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Validates and computes the answer without writing anything.
    pub validate_only: bool,
    /// Identifies the request, so that a repetition returns the first answer.
    pub request: Option<RequestId>,
}

/// Identifies a request, so that a repetition can be recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId {
    /// The caller's `request_id`.
    pub id: String,
    /// Hash of the request's content: another request must not use the same id.
    pub fingerprint: String,
}

/// Result of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedAnswer<T> {
    /// Answer to the caller.
    pub answer: T,
    /// Revision from which on the write is visible.
    pub revision: Revision,
}

impl<T> CommittedAnswer<T> {
    /// Converts the answer.
    pub fn map<U>(self, answer: impl FnOnce(T) -> U) -> CommittedAnswer<U> {
        CommittedAnswer { answer: answer(self.answer), revision: self.revision }
    }

    /// Converts the answer, or fails.
    pub fn try_map<U, E>(
        self,
        answer: impl FnOnce(T) -> Result<U, E>,
    ) -> Result<CommittedAnswer<U>, E> {
        Ok(CommittedAnswer { answer: answer(self.answer)?, revision: self.revision })
    }
}
