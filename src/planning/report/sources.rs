//! What a report is asked for and made of.

use crate::{
    domain::{ClosureOption, Framework, GapSnapshot, Movement, Plan, Revision, Skill, Violations},
    planning::{
        analysis::{AnalysisInputs, Query},
        audit, closure,
        projection::{self, Assumption},
    },
};

/// The question that a report answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportQuery {
    /// The plan, the organisations, the day and the period.
    pub query: Query,
    /// Amount that may be spent on closing gaps, in pence.
    pub budget: i64,
    /// Assumptions that every scenario of the projection shares.
    pub assumptions: Vec<Assumption>,
}

impl ReportQuery {
    /// Budget where none is asked for: £100,000.
    pub const USUAL_BUDGET: i64 = 10_000_000;

    /// Checks the values alone.
    pub fn check(&self, violations: &mut Violations) {
        closure::check_budget(self.budget, violations);
        projection::check_assumptions(&self.assumptions, "assumptions", violations);
    }
}

/// Everything that a report is made of, read at one revision.
#[derive(Debug)]
pub struct Sources {
    /// The inputs of the gap analysis.
    pub columns: AnalysisInputs,
    /// Movements that ended on or before the day.
    pub movements: Vec<Movement>,
    /// Every closure option, ordered by name.
    pub options: Vec<ClosureOption>,
    /// The inputs of the plan audit.
    pub audit: audit::Inputs,
    /// Gap snapshots of the plan in the organisations asked for.
    pub gap_snapshots: Vec<GapSnapshot>,
    /// The skills of those gap snapshots.
    pub recorded_skills: Vec<Skill>,
    /// The frameworks of the skills in `columns`.
    pub frameworks: Vec<Framework>,
    /// The plan that the audit measures against.
    pub baseline: Option<Plan>,
    pub revision: Revision,
}
