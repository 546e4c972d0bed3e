//! Targets, staffing records and assessments as the builders of an organisation's data take them, whether
//! they come as rows or as texts.

use chrono::{Datelike, NaiveDate};

use crate::domain::{Assessment, Fte, Revision, Staffing, Target};

/// The day as a number that compares as the day does.
pub(super) fn number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

/// What counts of a target.
#[derive(Clone, Copy, Debug)]
pub struct TargetRecord<'a> {
    /// The role's name.
    pub role: &'a str,
    /// The end of its period.
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

/// What counts of a staffing record.
#[derive(Clone, Copy, Debug)]
pub struct StaffingRecord<'a> {
    /// The person or the group.
    pub subject: &'a str,
    /// The role's name.
    pub role: &'a str,
    /// Number of people; a person is one.
    pub headcount: i32,
    /// Of all of them together.
    pub fte: Fte,
    /// The first day in post.
    pub start_date: NaiveDate,
    /// The first day no longer in post.
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

/// What counts of an assessment.
#[derive(Clone, Copy, Debug)]
pub struct AssessmentRecord<'a> {
    /// The person or the group.
    pub subject: &'a str,
    /// The skill's name.
    pub skill: &'a str,
    /// The rank.
    pub level: i32,
    /// Number of people; a person is one.
    pub headcount: i32,
    /// Of a part of a group; none where the group's is shared by headcount.
    pub fte: Option<Fte>,
    /// The first day on which it counts.
    pub assessed_date: NaiveDate,
    /// The last day on which it is valid; none where it is for ever.
    pub valid_until_date: Option<NaiveDate>,
    /// Of several on one day, the one with the highest revision counts for a person.
    pub revision: Revision,
    /// Its name, or as much of it as tells it from others of its organisation.
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
            revision: Revision::new(row.revision),
            name: &row.name,
        }
    }
}
