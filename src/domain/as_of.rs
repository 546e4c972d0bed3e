//! The state of the registry that a read is of.

pub use crate::store::Revision;

/// A state of the registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AsOf {
    /// The newest.
    #[default]
    Latest,
    /// What it was at a revision.
    At(Revision),
}

impl AsOf {
    /// The state that a request names by the number of a revision: 0 is the newest.
    pub const fn requested(number: i64) -> Self {
        match number {
            0 => Self::Latest,
            number => Self::At(Revision::new(number)),
        }
    }
}
