//! Figures of a gap analysis, as they are also stored with a gap.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::{Fte, Ratio, resource::term};

term! {
    /// Severity of a shortfall, by its share of the needed FTE.
    pub enum Severity {
        /// No shortfall.
        Met,
        /// Up to 5 % of the needed FTE.
        Low,
        /// More than 5 %.
        Medium,
        /// More than 15 %.
        High,
        /// More than 25 %.
        Critical,
    }
}

/// Figures of a cell or a sum, in FTE. Only independent terms are stored and the others derived, so that the
/// terms of a shortfall always add up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// FTE needed (N).
    pub needed: Fte,
    /// FTE funded (F).
    pub funded: Fte,
    /// FTE in post (S).
    pub in_post: Fte,
    /// FTE skilled (K): in post, with a valid assessment at the minimum level or above.
    pub skilled: Fte,
    /// FTE in post with a valid assessment below the minimum level.
    pub below: Fte,
    /// FTE in post whose assessment has expired.
    pub expired: Fte,
    /// Shortfall: max(0, N − K).
    pub shortfall: Fte,
    /// Surplus: max(0, K − N).
    pub surplus: Fte,
    /// FTE of the need that is covered: min(N, K).
    pub covered: Fte,
    /// FTE covered if everyone unassessed were skilled: min(N, K + unassessed).
    pub coverable: Fte,
    /// Weight × shortfall.
    pub priority: Priority,
    /// Number of skilled people; `None` in a sum.
    pub holders: Option<i32>,
    /// Whether fewer people hold the skill than the requirement asks for; `None` in a sum.
    pub single_point_of_failure: Option<bool>,
}

/// Weight × FTE, exact: a count of 10⁻¹⁰.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority(i128);

impl Priority {
    pub(crate) fn of(weight: Ratio, fte: Fte) -> Self {
        Self(i128::from(weight.count()) * i128::from(fte.count()))
    }

    /// Nearest double.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e10
    }
}

/// Written as text: the number may exceed what JSON numbers carry exactly.
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
