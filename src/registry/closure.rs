//! Recommendations: reads all inputs in one snapshot, then runs the pure search.

use crate::{
    domain::{
        AsOf, Caller, ClosureOption, Error, Plan, Reason, Result, Revision, Right, Violations,
    },
    planning::{
        analysis::Query,
        closure::{self, Failed, MOST_USES, Recommendation},
    },
};

use super::{
    Registry,
    read::{self, View},
};

/// A recommendation with its sources.
#[derive(Clone, Debug)]
pub struct Recommended {
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
    pub async fn recommend(
        &self,
        caller: &Caller,
        query: &Query,
        budget: i64,
    ) -> Result<Recommended> {
        caller.require(Right::Read)?;
        let sources = async {
            let view = View::open(&self.store, AsOf::Latest).await?;
            let inputs = self.inputs.assemble(&view, query).await?;
            Ok((inputs, read::closure_options(&view).await?, view.revision()))
        };
        let query = query.clone();
        let searched = self.search(sources, move |(inputs, options, revision), stopped| {
            let found = closure::recommend(&inputs, &query, &options, budget, stopped);
            let plan = Plan::clone(&inputs.plan);
            found.map(|recommendation| Recommended { recommendation, options, plan, revision })
        });
        searched.await?.map_err(|failed| match failed {
            Failed::TooMany => too_many(),
            Failed::Stopped => Error::Cancelled,
        })
    }
}

fn too_many() -> Error {
    let description = format!("must match at most {MOST_USES} pairs of options and gaps");
    Error::Invalid(Violations::one("query", Reason::TooLong, description))
}
