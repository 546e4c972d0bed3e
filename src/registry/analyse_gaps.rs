//! Gap analyses: reads all inputs in one snapshot, then runs the pure analysis.

use crate::{
    domain::{AsOf, Caller, Plan, Result, Revision, Right, Violations},
    planning::analysis::{self, Analysis, AnalysisInputs, AnalysisQuery},
};

use super::{Registry, blocking::blocking, read::View};

impl Registry {
    /// Analyses the gaps of a plan in a state of the registry. Returns the analysis, the plan, and the
    /// revision that everything was read at.
    pub async fn analyse_gaps(
        &self,
        caller: &Caller,
        query: &AnalysisQuery,
        as_of: AsOf,
    ) -> Result<(Analysis, Plan, Revision)> {
        self.analyse_as(caller, query, as_of, analysis::analyse).await
    }

    /// Runs pure work on the inputs of an analysis. Returns its result, the plan, and the revision that
    /// everything was read at.
    pub(super) async fn analyse_as<T: Send + 'static>(
        &self,
        caller: &Caller,
        query: &AnalysisQuery,
        as_of: AsOf,
        work: fn(&AnalysisInputs, &AnalysisQuery) -> T,
    ) -> Result<(T, Plan, Revision)> {
        caller.require(Right::Read)?;
        let view = View::open(&self.store, as_of).await?;
        let inputs = self.inputs.assemble(&view, query).await?;
        require_periods(&inputs, query, |i| format!("query.period_end_dates[{i}]"))?;
        let revision = view.revision();
        drop(view);
        let query = query.clone();
        blocking(move || (work(&inputs, &query), Plan::clone(&inputs.plan), revision)).await
    }
}

/// Fails if the query asks for a period that the plan does not have. `path` gives the field of a period by its
/// index.
pub(super) fn require_periods(
    inputs: &AnalysisInputs,
    query: &AnalysisQuery,
    path: impl Fn(usize) -> String,
) -> Result<()> {
    let mut violations = Violations::default();
    query.check_periods(&inputs.periods, path, &mut violations);
    violations.into_result()
}
