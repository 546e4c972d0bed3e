//! Variation of levels within and between organisations.

use std::iter::Sum;

use crate::domain::Fte;

/// Levels weighted by FTE, as exact sums from which mean and variance follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelSpread {
    /// Σ FTE, in hundred-thousandths.
    weight: i128,
    /// Σ FTE × level.
    sum: i128,
    /// Σ FTE × level².
    squares: i128,
}

impl LevelSpread {
    /// Adds this much FTE at a level.
    pub fn add(&mut self, level: i32, fte: Fte) {
        let (level, fte) = (i128::from(level), i128::from(fte.count()));
        self.weight += fte;
        self.sum += fte * level;
        self.squares += fte * level * level;
    }

    /// Total FTE.
    pub fn fte(&self) -> Fte {
        Fte::parts(i64::try_from(self.weight).unwrap_or(i64::MAX))
    }

    /// Mean level; `None` if the FTE is 0.
    pub fn mean(&self) -> Option<f64> {
        (self.weight > 0).then(|| self.sum as f64 / self.weight as f64)
    }
}

/// Sums of squares of levels about their mean, in hundred-thousandths of an FTE, split into the parts between
/// and within organisations. The two parts add up to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// FTE assessed.
    pub assessed: Fte,
    /// Σ over organisations of FTE × (mean of the organisation − overall mean)².
    pub between: f64,
    /// Σ over everyone of FTE × (level − mean of the organisation)².
    pub within: f64,
}

impl Spread {
    /// Variation of the levels of organisations. Whether a sum is 0 is exact: differences are taken between
    /// integers and divided only then.
    pub fn between<'a>(organisations: impl Iterator<Item = &'a LevelSpread> + Clone) -> Self {
        let assessed = organisations.clone().filter(|levels| levels.weight > 0);
        let all = assessed.clone().fold(LevelSpread::default(), |all, levels| LevelSpread {
            weight: all.weight + levels.weight,
            sum: all.sum + levels.sum,
            squares: all.squares + levels.squares,
        });
        let whole = all.weight as f64;
        let (mut between, mut within) = (0.0, 0.0);
        for LevelSpread { weight, sum, squares } in assessed {
            let difference = (sum * all.weight - all.sum * weight) as f64 / whole;
            between += difference * difference / *weight as f64;
            within += (squares * weight - sum * sum) as f64 / *weight as f64;
        }
        Self { assessed: all.fte(), between, within }
    }

    /// η²: share of the variation that lies between organisations, from 0 to 1; `None` if all levels are
    /// equal.
    pub fn eta_squared(&self) -> Option<f64> {
        let whole = self.between + self.within;
        (whole > 0.0).then(|| self.between / whole)
    }
}

/// Adds up several skills, each about its own mean, so that an easy skill and a hard one do not count as a
/// difference between organisations.
impl Sum for Spread {
    fn sum<I: Iterator<Item = Self>>(spreads: I) -> Self {
        spreads.fold(Self::default(), |sum, one| Self {
            assessed: sum.assessed + one.assessed,
            between: sum.between + one.between,
            within: sum.within + one.within,
        })
    }
}
