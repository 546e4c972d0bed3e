//! What an analysis was made of, without its rows.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{Plan, Revision};

use super::{Analysis, Query};

/// What an analysis compared, with every option as it was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisContext {
    /// The plan.
    pub plan: Plan,
    /// The revision that everything was read at.
    pub revision: Revision,
    /// What was asked.
    pub query: Query,
    /// The periods analysed.
    pub periods: Vec<NaiveDate>,
    /// Number of rows.
    pub rows: usize,
    /// Number of warnings.
    pub warnings: usize,
}

impl AnalysisContext {
    /// Returns the context of the analysis of a plan that was read at a revision.
    pub fn of(query: &Query, analysis: &Analysis, plan: &Plan, revision: Revision) -> Self {
        Self {
            plan: plan.clone(),
            revision,
            query: query.clone(),
            periods: analysis.periods.clone(),
            rows: analysis.rows.len(),
            warnings: analysis.warnings.len(),
        }
    }
}
