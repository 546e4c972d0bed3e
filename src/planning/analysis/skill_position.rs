//! Position of the people in post in one skill: skilled, below the level, or expired.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{Fte, assessment::AssessmentSource};

use super::records::{AssessmentRecord, number};

/// FTE in post in a role by their assessment in a skill, compared with what is required.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SkillPosition {
    pub in_post: Fte,
    pub skilled: Fte,
    pub below: Fte,
    pub expired: Fte,
    /// Number of skilled people.
    pub holders: i64,
    /// FTE of groups that was assessed in excess of those in post.
    pub excess: Fte,
    /// FTE of groups that their newest split leaves unassessed, although an older one covered it.
    pub missing: Fte,
}

/// A subject in a role: a person (with one post or more) or a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Post {
    pub subject: u32,
    pub fte: Fte,
    /// Whether each of its records is of one person.
    pub person: bool,
    /// All posts of the subject in the organisation.
    pub whole: SubjectPosts,
}

/// All posts of a subject in an organisation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SubjectPosts {
    pub fte: Fte,
    pub headcount: i64,
    pub several_roles: bool,
}

/// An assessment in as few bytes as possible: a nation has millions.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct CountedAssessment {
    /// The assessment's own FTE; negative means that it has none.
    fte: Fte,
    pub(super) day: i32,
    pub(super) valid_until: i32,
    pub(super) headcount: i32,
    /// Rank, saturated: a larger one would be above every minimum anyway.
    level: i16,
    /// Index of its source, as in [`SourceSet`].
    source: u8,
}

impl CountedAssessment {
    pub(super) fn of(record: &AssessmentRecord<'_>) -> Self {
        Self {
            fte: record.fte.unwrap_or(NO_FTE),
            day: number(record.assessed_date),
            valid_until: record.valid_until_date.map_or(i32::MAX, number),
            headcount: record.headcount,
            level: i16::try_from(record.level).unwrap_or(i16::MAX),
            source: SourceSet::index(record.source),
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

    /// Compares assessments of one person: of those that are valid on a day the greatest counts.
    pub(super) fn precedence(&self) -> impl Ord + use<> {
        (self.day, self.level, self.valid_until)
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
    /// Counts an assessment against the lowest rank that is enough. Returns whether it is skilled.
    pub fn add(
        &mut self,
        assessed: &CountedAssessment,
        fte: Fte,
        lowest_rank: i32,
        day: i32,
    ) -> bool {
        let skilled = assessed.is_valid(day) && assessed.level() >= lowest_rank;
        let term = match skilled {
            true => &mut self.skilled,
            false if assessed.is_valid(day) => &mut self.below,
            false => &mut self.expired,
        };
        *term = *term + fte;
        skilled
    }
}

/// Sources whose assessments count.
#[derive(Clone, Copy, Debug)]
pub(super) struct SourceSet(u8);

impl SourceSet {
    /// The set of these sources; all if there are none.
    pub fn of(sources: &[AssessmentSource]) -> Self {
        match sources {
            [] => Self(u8::MAX),
            some => Self(some.iter().fold(0, |set, source| set | (1 << Self::index(*source)))),
        }
    }

    pub fn has(self, assessed: &CountedAssessment) -> bool {
        self.0 & (1 << assessed.source) != 0
    }

    /// Index of a source; at most 7.
    fn index(source: AssessmentSource) -> u8 {
        source as u8
    }
}
