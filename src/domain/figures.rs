//! Figures of a gap analysis, as they are also stored with a gap.

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use super::{Apportionment, Fte, Ratio, resource::term};

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
    /// What the shortfall is due to. Not stored: only cells are, and there it follows from the other figures.
    #[serde(skip)]
    pub causes: ShortfallCauses,
    /// Number of skilled people; `None` in a sum.
    pub holders: Option<i32>,
    /// Whether too few people hold the skill although it is needed; `None` in a sum.
    pub single_point_of_failure: Option<bool>,
}

impl Figures {
    /// FTE needed but not funded: N − F. Negative if more is funded than needed.
    pub fn unfunded(&self) -> Fte {
        self.needed - self.funded
    }

    /// FTE funded but not filled: F − S. Negative if more is in post than funded.
    pub fn vacant(&self) -> Fte {
        self.funded - self.in_post
    }

    /// FTE in post without an assessment in the skill: S less the skilled, those below the level and the
    /// expired.
    pub fn unassessed(&self) -> Fte {
        self.in_post - self.skilled - self.below - self.expired
    }

    /// The signed terms that add up to N − K: unfunded, vacant, below, expired and unassessed.
    pub fn waterfall(&self) -> [Fte; 5] {
        [self.unfunded(), self.vacant(), self.below, self.expired, self.unassessed()]
    }

    /// Fills in what the shortfall of a cell is due to.
    pub(crate) fn attributed(self) -> Self {
        let causes = ShortfallCauses::of(self.shortfall, self.waterfall());
        Self { causes, ..self }
    }
}

/// What a shortfall is due to: its parts, none of them negative, which add up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShortfallCauses {
    /// Posts are needed and not funded.
    pub unfunded: Fte,
    /// Funded posts are vacant.
    pub vacant: Fte,
    /// People in post are below the minimum level.
    pub below: Fte,
    /// Assessments of people in post have expired.
    pub expired: Fte,
    /// People in post were never assessed.
    pub unassessed: Fte,
}

impl ShortfallCauses {
    /// Shares the shortfall of one place among the positive terms of its waterfall, in proportion.
    pub fn of(shortfall: Fte, waterfall: [Fte; 5]) -> Self {
        if shortfall <= Fte::ZERO {
            return Self::default();
        }
        let terms = waterfall.map(|term| i128::from(term.or_zero().count()));
        let mut shares = Apportionment::new(shortfall, terms.iter().sum());
        let [unfunded, vacant, below, expired, unassessed] = terms.map(|term| shares.part(term));
        Self { unfunded, vacant, below, expired, unassessed }
    }

    /// What training or assessing people in post would close: below, expired and unassessed.
    pub fn training(&self) -> Fte {
        self.below + self.expired + self.unassessed
    }

    /// The parts, in the order of the waterfall.
    pub fn parts(&self) -> [Fte; 5] {
        [self.unfunded, self.vacant, self.below, self.expired, self.unassessed]
    }
}

impl Add for ShortfallCauses {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            unfunded: self.unfunded + other.unfunded,
            vacant: self.vacant + other.vacant,
            below: self.below + other.below,
            expired: self.expired + other.expired,
            unassessed: self.unassessed + other.unassessed,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(shortfall: i64, waterfall: [i64; 5]) -> [i64; 5] {
        let causes = ShortfallCauses::of(Fte::parts(shortfall), waterfall.map(Fte::parts));
        causes.parts().map(Fte::count)
    }

    #[test]
    fn a_shortfall_is_shared_among_its_positive_terms() {
        assert_eq!(causes(10, [0, 10, 0, 0, 0]), [0, 10, 0, 0, 0]);
        // Three posts too many are filled: of seven missing people, four below and seven expired.
        assert_eq!(causes(8, [0, -3, 4, 7, 0]), [0, 0, 3, 5, 0]);
        // More was assessed than is in post.
        assert_eq!(causes(2, [3, 3, 0, 0, -4]), [1, 1, 0, 0, 0]);
        assert_eq!(causes(1, [1, 1, 1, 0, 0]), [0, 1, 0, 0, 0]);
    }

    #[test]
    fn without_a_shortfall_nothing_is_due_to_anything() {
        assert_eq!(causes(0, [2, -5, 1, 0, 0]), [0; 5]);
    }
}
