//! Dimensions that rows are looked up and summed by, and the keys of rows.

use serde::{Deserialize, Serialize};

/// Dimension that rows can be summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Dimension {
    /// Organisation.
    Organisation,
    /// Region of the organisation.
    Region,
    /// Role.
    Role,
    /// Family of the role.
    Family,
    /// Skill.
    Skill,
    /// Category of the skill.
    Category,
    /// Period, by its last day.
    Period,
}

impl Dimension {
    /// Every dimension, in the order in which keys compare.
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

/// Key of a row: for each dimension an index into the catalogue, or none. Indices follow the order of names,
/// so keys compare as the names do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey(pub(super) [u32; 7]);

/// Index of a dimension that a key leaves unset.
pub(super) const NONE: u32 = u32::MAX;

impl RowKey {
    /// The key that leaves every dimension unset.
    pub(super) const UNSET: Self = Self([NONE; 7]);

    /// Copies the key with these dimensions only; the others are unset.
    pub fn only(self, dimensions: &[Dimension]) -> Self {
        let mut key = [NONE; 7];
        for dimension in dimensions {
            key[*dimension as usize] = self.0[*dimension as usize];
        }
        Self(key)
    }

    /// Index in the catalogue's list of one dimension; `None` if the key leaves that dimension unset.
    pub fn place(self, dimension: Dimension) -> Option<usize> {
        let place = self.0[dimension as usize];
        (place != NONE).then_some(place as usize)
    }
}
