//! The state of the registry that a read sees.

pub use crate::store::Revision;

/// State of the registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AsOf {
    /// The newest state.
    #[default]
    Latest,
    /// The state right after a revision.
    At(Revision),
}

impl AsOf {
    /// State at the `revision` of a request, where 0 means the newest.
    pub const fn requested(number: i64) -> Self {
        match number {
            0 => Self::Latest,
            number => Self::At(Revision::new(number)),
        }
    }
}
