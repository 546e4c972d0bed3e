//! What a report is asked, and the data it is made from.

use crate::{
    domain::{ClosureOption, Framework, GapSnapshot, Movement, Plan, Revision, Skill, Violations},
    planning::{
        analysis::{AnalysisInputs, AnalysisQuery},
        audit, closure,
        projection::{self, Assumption},
    },
};

/// What a report is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportQuery {
    /// Plan, organisations, day and period.
    pub query: AnalysisQuery,
    /// Budget for closing gaps, in pence.
    pub budget: i64,
    /// Assumptions that every scenario of the projection shares.
    pub assumptions: Vec<Assumption>,
}

impl ReportQuery {
    /// Default budget in pence: £100,000.
    pub const USUAL_BUDGET: i64 = 10_000_000;

    /// Validates the values alone.
    pub fn check(&self, violations: &mut Violations) {
        closure::check_budget(self.budget, violations);
        projection::check_assumptions(&self.assumptions, "assumptions", violations);
    }
}

/// Data of a report, read at one revision.
#[derive(Debug)]
pub struct Sources {
    /// Inputs of the gap analysis.
    pub columns: AnalysisInputs,
    /// Movements that ended on or before the day.
    pub movements: Vec<Movement>,
    /// Every closure option, ordered by name.
    pub options: Vec<ClosureOption>,
    /// Inputs of the plan audit.
    pub audit: audit::AuditInputs,
    /// Gap snapshots of the plan in the organisations asked for.
    pub gap_snapshots: Vec<GapSnapshot>,
    /// Skills of those gap snapshots.
    pub recorded_skills: Vec<Skill>,
    /// Frameworks of the skills in `columns`.
    pub frameworks: Vec<Framework>,
    /// Baseline plan of the audit, if there is one.
    pub baseline: Option<Plan>,
    pub revision: Revision,
}
