//! Rights of callers.

use std::fmt;

/// A right that a caller may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Read resources and analyses.
    Read,
    /// Create, update and delete resources.
    Write,
    /// Approve plans.
    Approve,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Approve => "approve",
        })
    }
}
