//! Position of the people in post in one skill: skilled, below the level, or expired.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::Fte;

use super::records::{AssessmentRecord, number};

/// FTE in post in a role by their assessment in a skill, compared with a minimum level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SkillPosition {
    pub in_post: Fte,
    pub skilled: Fte,
    pub below: Fte,
    pub expired: Fte,
    /// Number of skilled people.
    pub holders: i32,
}

/// A subject in a role: a person (with one post or more) or a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Post {
    pub subject: u32,
    pub fte: Fte,
    pub headcount: i64,
    pub person: bool,
}

/// An assessment in as few bytes as possible: a nation has millions.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct CountedAssessment {
    /// The assessment's own FTE; negative means that it has none.
    fte: Fte,
    pub(super) day: i32,
    valid_until: i32,
    pub(super) headcount: i32,
    /// Rank, saturated: a larger one would be above every minimum anyway.
    level: i16,
    /// Whether it was recorded last among those of its subject, skill and day.
    pub(super) last: bool,
}

impl CountedAssessment {
    pub(super) fn of(record: &AssessmentRecord<'_>) -> Self {
        Self {
            fte: record.fte.unwrap_or(NO_FTE),
            day: number(record.assessed_date),
            valid_until: record.valid_until_date.map_or(i32::MAX, number),
            headcount: record.headcount,
            level: i16::try_from(record.level).unwrap_or(i16::MAX),
            last: false,
        }
    }

    /// Rank of the level.
    pub fn level(&self) -> i32 {
        i32::from(self.level)
    }

    /// Last day on which it is valid; `None` if it does not expire.
    pub fn valid_until_date(&self) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(self.valid_until)
            .filter(|_| self.valid_until != i32::MAX)
    }

    pub(super) fn is_valid(&self, day: i32) -> bool {
        day <= self.valid_until
    }

    /// Its own FTE; `None` for a person, and for a group whose FTE is shared out by headcount.
    pub(super) fn fte(&self) -> Option<Fte> {
        (self.fte != NO_FTE).then_some(self.fte)
    }
}

/// Marks an assessment without FTE of its own; no real FTE is negative.
const NO_FTE: Fte = Fte::parts(-1);

impl SkillPosition {
    /// Counts an assessment against the minimum level.
    pub fn add(
        &mut self,
        assessed: &CountedAssessment,
        fte: Fte,
        headcount: i32,
        minimum_level: i32,
        day: i32,
    ) {
        if !assessed.is_valid(day) {
            self.expired = self.expired + fte;
        } else if assessed.level() < minimum_level {
            self.below = self.below + fte;
        } else {
            self.skilled = self.skilled + fte;
            self.holders = self.holders.saturating_add(headcount);
        }
    }
}
