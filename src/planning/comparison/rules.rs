//! Rules of queries that compare organisations.

use crate::{
    domain::{Reason, Violations},
    planning::analysis::{AnalysisQuery, QueryPart},
};

/// Validates a query that compares organisations: it must name skills or families of roles.
pub fn check_query(query: &AnalysisQuery, violations: &mut Violations) {
    if query.skills.is_empty() && query.families.is_empty() {
        let description = "must not be empty if query.families is empty";
        violations.add("query.skills", Reason::Required, description);
    }
    check_shape(query, violations);
}

/// Validates a query for surplus: it must name skills.
pub fn check_surplus_query(query: &AnalysisQuery, violations: &mut Violations) {
    if query.skills.is_empty() {
        violations.add("query.skills", Reason::Required, "must not be empty");
    }
    check_shape(query, violations);
}

fn check_shape(query: &AnalysisQuery, violations: &mut Violations) {
    let parts = [QueryPart::GroupBy, QueryPart::OrderBy, QueryPart::MinimumSeverity];
    query.refuse(&parts, "to compare organisations", violations);
    query.require_one_period("must be one period: a post must not count twice", violations);
}
