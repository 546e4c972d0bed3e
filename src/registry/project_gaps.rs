//! Projections: reads all inputs in one snapshot, then runs the pure projection.

use std::collections::HashSet;

use crate::{
    domain::{AsOf, Caller, Movement, Plan, ResourceType, Result, Revision, Right},
    planning::{
        analysis::{AnalysisInputs, AnalysisQuery},
        projection::{Assumption, Projection, ProjectionQuery, project},
    },
};

use super::{
    Registry,
    analyse_gaps::require_periods,
    blocking::blocking,
    read::{self, View},
};

impl Registry {
    /// Projects a plan from a state of the registry. Returns the projection, the plan, and the revision that
    /// everything was read at.
    pub async fn project_gaps(
        &self,
        caller: &Caller,
        projection_query: ProjectionQuery,
        as_of: AsOf,
    ) -> Result<(Projection, Plan, Revision)> {
        caller.require(Right::Read)?;
        let view = View::open(&self.store, as_of).await?;
        let query = &projection_query.query;
        let (inputs, movements) = self.projection_inputs(&view, query).await?;
        require_periods(&inputs, query, |i| format!("query.period_end_dates[{i}]"))?;
        require(
            &view,
            projection_query.scenarios.iter().flat_map(|scenario| &scenario.assumptions),
        )
        .await?;
        let revision = view.revision();
        drop(view);
        blocking(move || {
            let projection = project(&inputs, &movements, &projection_query);
            (projection, Plan::clone(&inputs.plan), revision)
        })
        .await
    }

    /// Reads the inputs of a projection.
    pub(super) async fn projection_inputs(
        &self,
        view: &View,
        query: &AnalysisQuery,
    ) -> Result<(AnalysisInputs, Vec<Movement>)> {
        let inputs = self.inputs.assemble(view, query).await?;
        let scope: Vec<String> =
            inputs.in_scope.iter().map(|data| data.organisation.clone()).collect();
        let movements = read::movements(view, &scope, query.as_of).await?;
        Ok((inputs, movements))
    }
}

/// Fails for the first resource that an assumption names and that does not exist.
pub(super) async fn require<'a>(
    view: &View,
    assumptions: impl Iterator<Item = &'a Assumption>,
) -> Result<()> {
    let named = assumptions.flat_map(|assumption| {
        [
            (ResourceType::Organisation, &assumption.organisation),
            (ResourceType::Role, &assumption.role),
            (ResourceType::Skill, &assumption.skill),
        ]
    });
    let mut seen = HashSet::new();
    let once: Vec<(ResourceType, &String)> =
        named.filter(|(_, name)| !name.is_empty() && seen.insert(*name)).collect();
    view.require_all(&once).await
}
