//! Rules of queries and budgets for closing gaps.

use crate::{
    domain::Violations,
    planning::analysis::{AnalysisQuery, QueryPart},
};

/// Maximum budget, in pence.
const MAX_BUDGET: i64 = 1_000_000_000_000_000;

/// Validates a query for closing gaps: each gap must occur once, and the order of rows is fixed.
pub fn check_query(query: &AnalysisQuery, violations: &mut Violations) {
    query.refuse(&[QueryPart::GroupBy, QueryPart::OrderBy], "here", violations);
    query.require_one_period("must be at most one period: a gap is closed once", violations);
}

/// Validates a budget, in pence.
pub fn check_budget(budget: i64, violations: &mut Violations) {
    violations.range("budget_pence", budget, 0..=MAX_BUDGET);
}
