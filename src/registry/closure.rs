//! Recommendations: all that one looks at is read in one snapshot, and then it is pure.

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

/// A recommendation, and what it was made of.
#[derive(Clone, Debug)]
pub struct Recommended {
    /// The recommendation.
    pub recommendation: Recommendation,
    /// The options that it chose among, ordered by name.
    pub options: Vec<ClosureOption>,
    /// The plan.
    pub plan: Plan,
    /// The revision that everything was read at.
    pub revision: Revision,
}

impl Registry {
    /// Recommends what to do with a budget in pence. The search ends soon after nobody waits for this
    /// any more.
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
    let description = format!("would make more than {MOST_USES} choices: narrow it");
    Error::Invalid(Violations::one("query", Reason::TooLong, description))
}
