//! Projections: all that one looks at is read in one snapshot, and then it is pure.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    domain::{Caller, Kind, Movement, Plan, Result, Right, movement},
    planning::{
        analysis::{Columns, Query},
        projection::{Ask, Assumption, Projection, project},
    },
};

use super::{Registry, analysis::blocking, view::View};

impl Registry {
    /// Projects. Gives the plan and the revision that everything was read at with the outcome.
    pub async fn project(&self, caller: &Caller, ask: Ask) -> Result<(Projection, Plan, i64)> {
        caller.require(Right::Read)?;
        let view = View::open(&self.store, 0).await?;
        let (columns, movements) = self.read_ahead(&view, &ask.query).await?;
        require(&view, ask.scenarios.iter().flat_map(|scenario| &scenario.assumptions)).await?;
        let revision = view.revision();
        drop(view);
        blocking(move || {
            let projection = project(&columns, &movements, &ask);
            (projection, Plan::clone(&columns.plan), revision)
        })
        .await
    }

    /// Reads all that a projection looks at.
    pub(super) async fn read_ahead(
        &self,
        view: &View,
        query: &Query,
    ) -> Result<(Columns, Vec<Movement>)> {
        let columns = self.columns(view, query).await?;
        let movements = movements(view, &columns, query).await?;
        Ok((columns, movements))
    }
}

/// Fails for the first resource that an assumption names and that does not exist.
pub(super) async fn require<'a>(
    view: &View,
    assumptions: impl Iterator<Item = &'a Assumption>,
) -> Result<()> {
    let mut seen = HashSet::new();
    for assumption in assumptions {
        for (kind, name) in [
            (Kind::Organisation, &assumption.organisation),
            (Kind::Role, &assumption.role),
            (Kind::Skill, &assumption.skill),
        ] {
            if !name.is_empty() && seen.insert(name) {
                view.require(&[kind], name).await?;
            }
        }
    }
    Ok(())
}

/// Those that are over on the day, in the organisations in scope.
async fn movements(view: &View, columns: &Columns, query: &Query) -> Result<Vec<Movement>> {
    let scope: Vec<String> = columns.parts.iter().map(|part| part.organisation.clone()).collect();
    let movements = movement::Entity::find()
        .filter(view.any("parent", &scope))
        .filter(movement::Column::LastDate.lte(query.as_of));
    let scope: HashSet<&String> = scope.iter().collect();
    view.select(movements, |row: &Movement| {
        scope.contains(&row.parent) && row.last_date <= query.as_of
    })
    .await
}
