//! Context of an analysis: everything that describes it except its rows.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{Plan, Revision};

use super::{Analysis, AnalysisQuery, Warning, WarningKind};

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
    /// Names by which the query selects no target of the plan; an empty one stands for all of it.
    #[serde(default)]
    pub nothing_selected: Vec<String>,
}

impl AnalysisContext {
    /// Builds the context of an analysis of `plan`, read at `revision`.
    pub fn of(query: &AnalysisQuery, analysis: &Analysis, plan: &Plan, revision: Revision) -> Self {
        let nothing = |warning: &&Warning| warning.kind == WarningKind::NothingSelected;
        let nothing = analysis.warnings.iter().filter(nothing);
        Self {
            nothing_selected: nothing.map(|warning| warning.name.clone()).collect(),
            plan: plan.clone(),
            revision,
            query: AnalysisQuery {
                group_by: query.grouping(analysis.periods.len()),
                ..query.clone()
            },
            periods: analysis.periods.clone(),
            rows: analysis.rows.len(),
            warnings: analysis.warnings.len(),
        }
    }
}
