//! Gap analyses: all that one looks at is read in one snapshot, and then it is pure.

use crate::{
    domain::{AsOf, Caller, Plan, Result, Revision, Right},
    planning::analysis::{self, Analysis, AnalysisInputs, Query},
};

use super::{Registry, blocking::blocking, read::View};

impl Registry {
    /// Analyses what is known in a state of the registry. Gives the plan and the revision
    /// that everything was read at with the outcome.
    pub async fn analyse(
        &self,
        caller: &Caller,
        query: &Query,
        as_of: AsOf,
    ) -> Result<(Analysis, Plan, Revision)> {
        self.analyse_as(caller, query, as_of, analysis::analyse).await
    }

    /// Does pure work on all that an analysis looks at. Gives the plan and the revision that everything
    /// was read at with the outcome.
    pub(super) async fn analyse_as<T: Send + 'static>(
        &self,
        caller: &Caller,
        query: &Query,
        as_of: AsOf,
        work: fn(&AnalysisInputs, &Query) -> T,
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
