//! The rules of what organisations can be compared in.

use crate::{
    domain::{Reason, Violations},
    planning::analysis::{Query, QueryPart},
};

/// Checks that organisations can be compared: in skills, or, where they are enough, in families of roles.
pub fn check_query(query: &Query, violations: &mut Violations) {
    if query.skills.is_empty() && query.families.is_empty() {
        let description = "either this or query.families is required";
        violations.add("query.skills", Reason::Required, description);
    }
    check_shape(query, violations);
}

/// Checks that surplus can be sought: in skills.
pub fn check_surplus_query(query: &Query, violations: &mut Violations) {
    if query.skills.is_empty() {
        violations.add("query.skills", Reason::Required, "must not be empty");
    }
    check_shape(query, violations);
}

fn check_shape(query: &Query, violations: &mut Violations) {
    let parts = [QueryPart::GroupBy, QueryPart::OrderBy, QueryPart::MinimumSeverity];
    query.refuse(&parts, "where organisations are compared", violations);
    query.require_one_period("must be one period: a post must not count twice", violations);
}
