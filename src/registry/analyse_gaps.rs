//! Gap analyses: reads all inputs in one snapshot, then runs the pure analysis.

use crate::{
    domain::{AsOf, Caller, Plan, Result, Revision, Right},
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
        let revision = view.revision();
        drop(view);
        let query = query.clone();
        blocking(move || (work(&inputs, &query), Plan::clone(&inputs.plan), revision)).await
    }
}
