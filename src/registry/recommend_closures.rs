//! Recommendations: reads all inputs in one snapshot, then runs the pure search.

use crate::{
    domain::{
        AsOf, Caller, ClosureOption, Error, Plan, Reason, Result, Revision, Right, Violations,
    },
    planning::{
        analysis::AnalysisQuery,
        closure::{self, ClosureError, MAX_USES, Recommendation},
    },
};

use super::{
    Registry,
    analyse_gaps::require_periods,
    read::{self, View},
};

/// A recommendation with its sources.
#[derive(Clone, Debug)]
pub struct ClosureRecommendation {
    /// What to do with the budget.
    pub recommendation: Recommendation,
    /// Options to choose among, ordered by name.
    pub options: Vec<ClosureOption>,
    /// The plan analysed.
    pub plan: Plan,
    /// Revision that everything was read at.
    pub revision: Revision,
}

impl Registry {
    /// Recommends what to do with a budget in pence. The search ends soon after the caller has gone away.
    pub async fn recommend_closures(
        &self,
        caller: &Caller,
        query: &AnalysisQuery,
        budget: i64,
    ) -> Result<ClosureRecommendation> {
        caller.require(Right::Read)?;
        let sources = async {
            let view = View::open(&self.store, AsOf::Latest).await?;
            let inputs = self.inputs.assemble(&view, query).await?;
            require_periods(&inputs, query, |i| format!("query.period_end_dates[{i}]"))?;
            Ok((inputs, read::closure_options(&view).await?, view.revision()))
        };
        let query = query.clone();
        let searched = self.compute(sources, move |(inputs, options, revision), stopped| {
            let found = closure::recommend(&inputs, &query, &options, budget, stopped);
            let plan = Plan::clone(&inputs.plan);
            found.map(|recommendation| ClosureRecommendation {
                recommendation,
                options,
                plan,
                revision,
            })
        });
        searched.await?.map_err(|failed| match failed {
            ClosureError::TooMany => too_many(),
            ClosureError::Stopped => Error::Cancelled,
        })
    }
}

fn too_many() -> Error {
    let description = format!("must match at most {MAX_USES} pairs of options and gaps");
    Error::Invalid(Violations::one("query", Reason::TooLong, description))
}
