//! Length of a time span in years.

use chrono::{Months, NaiveDate};

/// Length of a time span: whole years, and days of a further year. It runs from the end of one day to the end
/// of another: 31 March to the next 31 March is exactly one year, leap day or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    years: u32,
    days: i128,
    /// Number of days in the year that the rest belongs to.
    of: i128,
}

impl Span {
    /// Span from the end of day `from` to the end of day `to`; empty if `to` is not later.
    pub fn after(from: NaiveDate, to: NaiveDate) -> Self {
        let years_on = |years: u32| from.checked_add_months(Months::new(12 * years));
        let reached = |years: &u32| years_on(*years).is_some_and(|day| day <= to);
        let years = (1..=1_000).take_while(reached).last().unwrap_or(0);
        let start = years_on(years).unwrap_or(from);
        let next = years_on(years + 1).unwrap_or(start);
        Self {
            years,
            days: (to - start).num_days().max(0).into(),
            of: (next - start).num_days().max(1).into(),
        }
    }

    /// Number of whole years.
    pub fn whole_years(self) -> u32 {
        self.years
    }

    /// Rest as a part of a year: numerator and denominator.
    pub fn rest(self) -> (i128, i128) {
        (self.days, self.of)
    }

    /// Whole span in years: numerator and denominator.
    pub fn in_years(self) -> (i128, i128) {
        (i128::from(self.years) * self.of + self.days, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> (u32, i128, i128) {
        let span = Span::after(from.parse().unwrap(), to.parse().unwrap());
        (span.years, span.days, span.of)
    }

    #[test]
    fn a_year_is_a_year_in_leap_years_too() {
        assert_eq!(span("2026-03-31", "2027-03-31"), (1, 0, 366));
        assert_eq!(span("2027-03-31", "2028-03-31"), (1, 0, 365));
        assert_eq!(span("2026-03-31", "2029-03-31"), (3, 0, 365));
        assert_eq!(span("2026-07-01", "2027-03-31"), (0, 273, 365));
        assert_eq!(span("2025-09-30", "2025-10-31"), (0, 31, 365));
        assert_eq!(span("2025-09-30", "2027-10-31"), (2, 31, 366));
        assert_eq!(span("2027-03-31", "2027-03-31").1, 0);
        assert_eq!(span("2027-03-31", "2026-03-31"), (0, 0, 366));
    }
}
