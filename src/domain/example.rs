//! Values for the tests of pure code.

use chrono::NaiveDate;

use super::Exact;

/// A day as `YYYY-MM-DD`.
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

/// So many FTE.
pub fn fte(number: f64) -> Exact {
    Exact::read(number).unwrap_or_default()
}
