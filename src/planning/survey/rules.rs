//! The rules of what gaps are recorded of.

use crate::{
    domain::{Reason, Violations},
    planning::{
        analysis::{self, QueryPart},
        audit,
    },
};

/// Checks that gaps can be recorded of an analysis.
pub fn check_analysis(query: &analysis::Query, violations: &mut Violations) {
    let parts = [QueryPart::GroupBy, QueryPart::OrderBy];
    query.refuse(&parts, "where gaps are recorded", violations);
}

/// Checks that gaps can be recorded of an audit.
pub fn check_audit(query: &audit::Query, violations: &mut Violations) {
    if !query.baseline.is_empty() {
        // What one baseline plan shows and another does not would seem to come and go.
        let description = "must be empty where gaps are recorded: the plan's own is used";
        violations.add("audit.baseline_plan", Reason::NotAllowed, description);
    }
}
