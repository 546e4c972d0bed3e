//! The rows of one subject and skill that count on a day: those of one day of assessment.

use super::skill_position::{CountedAssessment, SourceSet};

/// Assessments of a subject in a skill, all made on the newest day on which one was made that is still valid;
/// where there is none, on the newest day.
#[derive(Clone, Copy, Debug)]
pub(super) struct DayRows<'a> {
    /// Of one day, and with it those of sources that do not count.
    rows: &'a [CountedAssessment],
    older: &'a [CountedAssessment],
    sources: SourceSet,
    day: i32,
}

impl<'a> DayRows<'a> {
    /// Selects among assessments made up to `day`, ordered by day. `None` if none is of these sources.
    pub fn of(known: &'a [CountedAssessment], sources: SourceSet, day: i32) -> Option<Self> {
        let mut newest = None;
        let mut rest = known;
        while let Some(last) = rest.last() {
            let (older, rows) = rest.split_at(rest.partition_point(|row| row.day < last.day));
            let of_day = Self { rows, older, sources, day };
            if of_day.first_valid().is_some() {
                return Some(of_day);
            }
            if of_day.iter().next().is_some() {
                newest = newest.or(Some(of_day));
            }
            rest = older;
        }
        newest
    }

    pub fn iter(&self) -> impl Iterator<Item = &'a CountedAssessment> + Clone + use<'a> {
        let sources = self.sources;
        self.rows.iter().filter(move |row| sources.has(row))
    }

    /// The valid row of the highest level, of those the one of the longest validity; `None` if none is valid.
    pub fn first_valid(&self) -> Option<&'a CountedAssessment> {
        let day = self.day;
        self.iter().find(move |row| row.is_valid(day))
    }

    /// Whether they split a group over levels, even if the subject's staffing is of one person.
    pub fn is_split(&self) -> bool {
        self.iter().nth(1).is_some() && self.iter().any(|row| row.headcount > 1)
    }

    /// Whether a row of an older day is still valid.
    pub fn is_older_valid(&self) -> bool {
        self.older.iter().any(|row| self.sources.has(row) && row.is_valid(self.day))
    }
}
