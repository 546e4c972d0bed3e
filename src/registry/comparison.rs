//! Comparisons of organisations: what an analysis looks at is read, and then it is pure.

use crate::{
    domain::{Caller, Plan, Result},
    planning::{
        analysis::{Analysis, Query, analyse},
        comparison::{self, Comparison},
        mutual_aid::{self, Aid},
    },
};

use super::Registry;

impl Registry {
    /// Compares the organisations of a plan, as known at a revision, or for 0 now. Gives the plan and the revision that everything was read at
    /// with the outcome.
    pub async fn compare_organisations(
        &self,
        caller: &Caller,
        query: &Query,
        at: i64,
    ) -> Result<(Comparison, Plan, i64)> {
        self.analyse_as(caller, query, at, comparison::compare).await
    }

    /// Finds which organisations of a plan could help which, as known at a revision, or for 0 now. Gives the plan and the revision that
    /// everything was read at with the outcome.
    pub async fn find_surplus(
        &self,
        caller: &Caller,
        query: &Query,
        at: i64,
    ) -> Result<(Analysis, Aid, Plan, i64)> {
        let (found, plan, revision) = self
            .analyse_as(caller, query, at, |columns, query| {
                let analysis = analyse(columns, query);
                let aid = mutual_aid::find(&analysis);
                (analysis, aid)
            })
            .await?;
        Ok((found.0, found.1, plan, revision))
    }
}
