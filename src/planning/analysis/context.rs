//! Context of an analysis: everything that describes it except its rows.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{Plan, Revision};

use super::{Analysis, AnalysisQuery};

/// Context of an analysis, with every default filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisContext {
    /// The plan analysed.
    pub plan: Plan,
    /// Revision that everything was read at.
    pub revision: Revision,
    /// Query of the analysis.
    pub query: AnalysisQuery,
    /// Last days of the periods analysed.
    pub periods: Vec<NaiveDate>,
    /// Number of rows.
    pub rows: usize,
    /// Number of warnings.
    pub warnings: usize,
}

impl AnalysisContext {
    /// Builds the context of an analysis of `plan`, read at `revision`.
    pub fn of(query: &AnalysisQuery, analysis: &Analysis, plan: &Plan, revision: Revision) -> Self {
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
