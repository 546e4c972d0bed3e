//! The period of a line.

use chrono::{Months, NaiveDate};

/// The time between the last days of two months. The file counts staff on each of these days, and
/// joiners and leavers between them.
#[derive(Clone, Copy)]
pub struct Period {
    before: NaiveDate,
    last: NaiveDate,
}

impl Period {
    /// Reads `yyyymm to yyyymm`.
    pub fn read(text: &str) -> Result<Self, String> {
        let last_day = |month: &str| {
            let first = NaiveDate::parse_from_str(&format!("{month}01"), "%Y%m%d").ok();
            let first = first.filter(|_| month.len() == 6)?;
            (first + Months::new(1)).pred_opt()
        };
        let months =
            text.split_once(" to ").and_then(|(from, to)| Some((last_day(from)?, last_day(to)?)));
        let months = months.filter(|(from, to)| from < to);
        let (before, last) =
            months.ok_or_else(|| format!("PERIOD {text:?} is not of the form yyyymm to yyyymm"))?;
        Ok(Self { before, last })
    }

    /// Day of the figures: the last of the period.
    pub fn day(&self) -> String {
        self.last.to_string()
    }

    /// First day of the period.
    pub fn first_day(&self) -> String {
        self.before.succ_opt().unwrap_or(self.before).to_string()
    }

    /// Month of the figures, for an id: `2025-10`.
    pub fn month(&self) -> String {
        self.last.format("%Y-%m").to_string()
    }

    /// The whole period, for an id: its month, or its first and last month if it is longer.
    pub fn months(&self) -> String {
        let first = self.first_day();
        match first.get(..7) {
            Some(first) if first != self.month() => format!("{first}.{}", self.month()),
            _ => self.month(),
        }
    }

    /// Where the figures come from.
    pub fn source(&self) -> String {
        format!("NHS workforce statistics, {}", self.last.format("%B %Y"))
    }
}
