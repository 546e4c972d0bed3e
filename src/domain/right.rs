//! What callers may do.

use std::fmt;

/// Something that a caller may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Read resources and analyses.
    Read,
    /// Create, change and delete resources.
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
