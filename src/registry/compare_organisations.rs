//! Comparisons of organisations: reads the inputs of an analysis, then compares with pure functions.

use crate::{
    domain::{AsOf, Caller, Plan, Result, Revision},
    planning::{
        analysis::{Analysis, AnalysisQuery, analyse},
        comparison::{self, Comparison},
        surplus::{self, SurplusReport},
    },
};

use super::Registry;

impl Registry {
    /// Compares the organisations of a plan. Returns the comparison, the plan, and the revision that
    /// everything was read at.
    pub async fn compare_organisations(
        &self,
        caller: &Caller,
        query: &AnalysisQuery,
        as_of: AsOf,
    ) -> Result<(Comparison, Plan, Revision)> {
        self.analyse_as(caller, query, as_of, comparison::compare).await
    }

    /// Finds organisations of a plan whose surplus could help others. Returns the offers, the plan, and the
    /// revision that everything was read at.
    pub async fn find_surplus(
        &self,
        caller: &Caller,
        query: &AnalysisQuery,
        as_of: AsOf,
    ) -> Result<(Analysis, SurplusReport, Plan, Revision)> {
        let (found, plan, revision) = self
            .analyse_as(caller, query, as_of, |inputs, query| {
                let analysis = analyse(inputs, query);
                let aid = surplus::find(&analysis);
                (analysis, aid)
            })
            .await?;
        Ok((found.0, found.1, plan, revision))
    }
}
