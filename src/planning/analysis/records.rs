//! Borrowed views of targets, staffing records and assessments, so that builders take database rows and
//! cached texts alike.

use chrono::{Datelike, NaiveDate};

use crate::domain::{Assessment, Fte, Staffing, Target, assessment::AssessmentSource};

/// The day as a number that compares as the day does.
pub(super) fn number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

/// The fields of a target that an analysis reads.
#[derive(Clone, Copy, Debug)]
pub struct TargetRecord<'a> {
    /// Resource name of the role.
    pub role: &'a str,
    /// Last day of the period.
    pub period_end_date: NaiveDate,
    /// FTE needed.
    pub needed: Fte,
    /// FTE funded.
    pub funded: Fte,
}

impl<'a> From<&'a Target> for TargetRecord<'a> {
    fn from(row: &'a Target) -> Self {
        Self {
            role: &row.role,
            period_end_date: row.period_end_date,
            needed: row.needed_fte,
            funded: row.funded_fte,
        }
    }
}

/// The fields of a staffing record that an analysis reads.
#[derive(Clone, Copy, Debug)]
pub struct StaffingRecord<'a> {
    /// Opaque reference of the person or group.
    pub subject: &'a str,
    /// Resource name of the role.
    pub role: &'a str,
    /// Number of people; 1 for a person.
    pub headcount: i32,
    /// FTE of all of them together.
    pub fte: Fte,
    /// First day in post.
    pub start_date: NaiveDate,
    /// First day no longer in post; `None` if still in post.
    pub end_date: Option<NaiveDate>,
}

impl<'a> From<&'a Staffing> for StaffingRecord<'a> {
    fn from(row: &'a Staffing) -> Self {
        Self {
            subject: &row.subject,
            role: &row.role,
            headcount: row.headcount,
            fte: row.fte,
            start_date: row.start_date,
            end_date: row.end_date,
        }
    }
}

/// The fields of an assessment that an analysis reads.
#[derive(Clone, Copy, Debug)]
pub struct AssessmentRecord<'a> {
    /// Opaque reference of the person or group.
    pub subject: &'a str,
    /// Resource name of the skill.
    pub skill: &'a str,
    /// Rank of the level; 0 is below every level.
    pub level: i32,
    /// Number of people; 1 for a person.
    pub headcount: i32,
    /// FTE of a part of a group; `None` if the group's FTE is shared out by headcount.
    pub fte: Option<Fte>,
    /// First day on which the assessment counts.
    pub assessed_date: NaiveDate,
    /// Last day on which the assessment is valid; `None` if it does not expire.
    pub valid_until_date: Option<NaiveDate>,
    /// How the level was determined.
    pub source: AssessmentSource,
    /// Resource name, or as much of it as is unique in the organisation.
    pub name: &'a str,
}

impl<'a> From<&'a Assessment> for AssessmentRecord<'a> {
    fn from(row: &'a Assessment) -> Self {
        Self {
            subject: &row.subject,
            skill: &row.skill,
            level: row.level,
            headcount: row.headcount,
            fte: row.fte,
            assessed_date: row.assessed_date,
            valid_until_date: row.valid_until_date,
            source: row.source,
            name: &row.name,
        }
    }
}
