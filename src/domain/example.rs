//! Values for unit tests of pure code.

use chrono::NaiveDate;

use super::{Fte, Ratio};

/// A day, written `YYYY-MM-DD`.
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

/// An amount of FTE.
pub fn fte(number: f64) -> Fte {
    Fte::read(number).unwrap_or_default()
}

/// A ratio.
pub fn ratio(number: f64) -> Ratio {
    Ratio::read(number).unwrap_or_default()
}
