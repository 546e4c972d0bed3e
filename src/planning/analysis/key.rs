//! What rows are found and summed by: dimensions, and the keys that they make.

use serde::{Deserialize, Serialize};

/// What rows can be summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Dimension {
    /// The organisation.
    Organisation,
    /// The region of the organisation.
    Region,
    /// The role.
    Role,
    /// The family of the role.
    Family,
    /// The skill.
    Skill,
    /// The category of the skill.
    Category,
    /// The period.
    Period,
}

impl Dimension {
    /// All of them, in the order in which keys are compared.
    pub const ALL: [Self; 7] = [
        Self::Organisation,
        Self::Region,
        Self::Role,
        Self::Family,
        Self::Skill,
        Self::Category,
        Self::Period,
    ];
}

/// The key of a row: for each dimension a place in the catalogue, or none. Places are in the order of
/// what they stand for, so that keys compare as their names do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub(super) [u32; 7]);

/// The place of nothing.
pub(super) const NONE: u32 = u32::MAX;

impl Key {
    /// The key with these dimensions only.
    pub fn only(self, dimensions: &[Dimension]) -> Self {
        let mut key = [NONE; 7];
        for dimension in dimensions {
            key[*dimension as usize] = self.0[*dimension as usize];
        }
        Self(key)
    }

    /// The place in one dimension.
    pub fn place(self, dimension: Dimension) -> Option<usize> {
        let place = self.0[dimension as usize];
        (place != NONE).then_some(place as usize)
    }
}
