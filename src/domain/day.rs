//! The day of a time, in London.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Europe::London;

/// Returns the day in London at `time`. All rules about days use it, whatever the time zone of the machine.
pub fn day_in_london(time: DateTime<Utc>) -> NaiveDate {
    time.with_timezone(&London).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day_at(time: &str) -> String {
        day_in_london(time.parse().unwrap()).to_string()
    }

    #[test]
    fn a_summer_day_begins_an_hour_before_that_of_utc() {
        assert_eq!(day_at("2026-06-30T22:59:59Z"), "2026-06-30");
        assert_eq!(day_at("2026-06-30T23:00:00Z"), "2026-07-01");
    }

    #[test]
    fn a_winter_day_is_that_of_utc() {
        assert_eq!(day_at("2026-12-31T23:59:59Z"), "2026-12-31");
        assert_eq!(day_at("2027-01-01T00:00:00Z"), "2027-01-01");
    }

    #[test]
    fn the_clock_changes_on_the_last_sundays_of_march_and_october() {
        assert_eq!(day_at("2026-03-28T23:30:00Z"), "2026-03-28");
        assert_eq!(day_at("2026-03-29T23:30:00Z"), "2026-03-30");
        assert_eq!(day_at("2026-10-24T23:30:00Z"), "2026-10-25");
        assert_eq!(day_at("2026-10-25T23:30:00Z"), "2026-10-25");
    }
}
