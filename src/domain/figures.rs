//! The figures of a gap: what an analysis found, as it is kept with the gap.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::{Fte, Ratio, noun::term};

term! {
    /// How severe a shortfall is, by its share of what is needed.
    pub enum Severity {
        /// None.
        Met,
        /// Up to 5 %.
        Low,
        /// More than 5 %.
        Medium,
        /// More than 15 %.
        High,
        /// More than 25 %.
        Critical,
    }
}

/// The figures of a row or a sum. What is kept are the independent terms; the others follow from
/// them, so that the waterfall always adds up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// N
    pub needed: Fte,
    /// F
    pub funded: Fte,
    /// S
    pub in_post: Fte,
    /// K
    pub skilled: Fte,
    /// In post and validly assessed below the minimum level.
    pub below: Fte,
    /// In post and assessed, but no longer valid.
    pub expired: Fte,
    /// max(0, N − K)
    pub shortfall: Fte,
    /// max(0, K − N)
    pub surplus: Fte,
    /// min(N, K)
    pub covered: Fte,
    /// min(N, K + unassessed)
    pub coverable: Fte,
    /// Weight × shortfall.
    pub priority: Priority,
    /// How many people are skilled; none in a sum.
    pub holders: Option<i32>,
    /// None in a sum.
    pub single_point_of_failure: Option<bool>,
}

/// Weight × FTE, exactly: a count of ten-thousand-millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority(i128);

impl Priority {
    pub(crate) fn of(weight: Ratio, fte: Fte) -> Self {
        Self(i128::from(weight.count()) * i128::from(fte.count()))
    }

    /// The double nearest to it.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e10
    }
}

/// As text: JSON numbers do not reach so far.
impl Serialize for Priority {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Priority {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl AddAssign for Priority {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}
