//! Revisions.

use std::fmt;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// The number of one committed write call or import batch. What came later has a greater one.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    DeriveValueType,
)]
#[serde(transparent)]
pub struct Revision(i64);

impl Revision {
    /// No revision: the state before the first write.
    pub const NONE: Self = Self(0);

    /// Later than every possible revision.
    pub const MAX: Self = Self(i64::MAX);

    /// Revision with this number.
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Number of the revision.
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
