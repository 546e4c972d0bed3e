//! Rules of queries whose gaps are recorded.

use crate::{
    domain::{Reason, Violations},
    planning::{
        analysis::{self, QueryPart},
        audit,
    },
};

/// Validates an analysis query whose gaps are recorded.
pub fn check_analysis(query: &analysis::AnalysisQuery, violations: &mut Violations) {
    // Days are compared with each other: a gap that only some assessments leave open would come and go.
    let parts = [QueryPart::GroupBy, QueryPart::OrderBy, QueryPart::AssessmentSources];
    query.refuse(&parts, "to record gaps", violations);
}

/// Validates an audit query whose gaps are recorded.
pub fn check_audit(query: &audit::AuditQuery, violations: &mut Violations) {
    if !query.baseline.is_empty() {
        // A gap against one baseline plan would seem to vanish when measured against another.
        let description = "must be empty to record gaps: the plan's own baseline is used";
        violations.add("audit.baseline_plan", Reason::NotAllowed, description);
    }
}
