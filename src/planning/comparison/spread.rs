//! How levels differ within organisations and between them.

use std::iter::Sum;

use crate::domain::Fte;

/// Levels of so many FTE: the sums that means and squares follow from, kept exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Σ FTE, in hundred-thousandths.
    weight: i128,
    /// Σ FTE × level.
    sum: i128,
    /// Σ FTE × level².
    squares: i128,
}

impl Levels {
    /// Adds the level of so many FTE.
    pub fn add(&mut self, level: i32, fte: Fte) {
        let (level, fte) = (i128::from(level), i128::from(fte.count()));
        self.weight += fte;
        self.sum += fte * level;
        self.squares += fte * level * level;
    }

    /// How many FTE.
    pub fn fte(&self) -> Fte {
        Fte::parts(i64::try_from(self.weight).unwrap_or(i64::MAX))
    }

    /// The mean level; none where there is none.
    pub fn mean(&self) -> Option<f64> {
        (self.weight > 0).then(|| self.sum as f64 / self.weight as f64)
    }
}

/// The sums of squares of levels about their mean, in hundred-thousandths of an FTE: what lies between
/// organisations and what lies within them. Together they are all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many FTE were assessed.
    pub assessed: Fte,
    /// Σ over organisations of FTE × (its mean − the mean of all)².
    pub between: f64,
    /// Σ over all of FTE × (level − the mean of its organisation)².
    pub within: f64,
}

impl Spread {
    /// That of the levels of organisations. Whether a sum is 0 is exact: every difference is taken
    /// between whole numbers, and only then divided.
    pub fn between<'a>(organisations: impl Iterator<Item = &'a Levels> + Clone) -> Self {
        let assessed = organisations.clone().filter(|levels| levels.weight > 0);
        let all = assessed.clone().fold(Levels::default(), |all, levels| Levels {
            weight: all.weight + levels.weight,
            sum: all.sum + levels.sum,
            squares: all.squares + levels.squares,
        });
        let whole = all.weight as f64;
        let (mut between, mut within) = (0.0, 0.0);
        for Levels { weight, sum, squares } in assessed {
            let difference = (sum * all.weight - all.sum * weight) as f64 / whole;
            between += difference * difference / *weight as f64;
            within += (squares * weight - sum * sum) as f64 / *weight as f64;
        }
        Self { assessed: all.fte(), between, within }
    }

    /// η²: the share of the whole that lies between organisations, from 0 to 1; none where all levels
    /// are the same.
    pub fn eta_squared(&self) -> Option<f64> {
        let whole = self.between + self.within;
        (whole > 0.0).then(|| self.between / whole)
    }
}

/// Of several skills: each is taken about its own mean, so that a skill in which all are good and one in
/// which none is do not count as a difference.
impl Sum for Spread {
    fn sum<I: Iterator<Item = Self>>(spreads: I) -> Self {
        spreads.fold(Self::default(), |sum, one| Self {
            assessed: sum.assessed + one.assessed,
            between: sum.between + one.between,
            within: sum.within + one.within,
        })
    }
}
