//! Projections: all that one looks at is read in one snapshot, and then it is pure.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::store::StoreError;

use crate::domain::{
    Caller, Kind, Movement, Plan, Result, Right, Role,
    analysis::{self, Inputs, Query},
    movement,
    projection::{Ask, Assumption, Projection, project},
    role,
};

use super::{
    Registry,
    analysis::{distinct, read},
    view::View,
};

impl Registry {
    /// Projects. Gives the plan and the revision that everything was read at with the outcome.
    pub async fn project(&self, caller: &Caller, ask: Ask) -> Result<(Projection, Plan, i64)> {
        caller.require(Right::Read)?;
        let view = View::open(&self.store, 0).await?;
        let (inputs, movements) = read_ahead(&view, &ask.query).await?;
        require(&view, ask.scenarios.iter().flat_map(|scenario| &scenario.assumptions)).await?;
        let revision = view.revision();
        drop(view);
        let projected =
            tokio::task::spawn_blocking(move || (project(&inputs, &movements, &ask), inputs.plan));
        let (projection, plan) = projected.await.map_err(StoreError::Stopped)?;
        Ok((projection, plan, revision))
    }
}

/// Reads all that a projection looks at.
pub(super) async fn read_ahead(view: &View, query: &Query) -> Result<(Inputs, Vec<Movement>)> {
    let mut inputs = read(view, query).await?;
    let movements = movements(view, &inputs, query).await?;
    add_roles(view, &mut inputs, &movements).await?;
    Ok((inputs, movements))
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
async fn movements(view: &View, inputs: &Inputs, query: &Query) -> Result<Vec<Movement>> {
    let Inputs { plan, targets, organisations, .. } = inputs;
    let scope = analysis::scope(plan, targets, organisations, query);
    let movements = movement::Entity::find()
        .filter(view.any("parent", &scope))
        .filter(movement::Column::LastDate.lte(query.as_of));
    let scope: HashSet<&String> = scope.iter().collect();
    view.select(movements, |row: &Movement| {
        scope.contains(&row.parent) && row.last_date <= query.as_of
    })
    .await
}

/// The roles of movements count with their families, also where nobody is in post in them.
async fn add_roles(view: &View, inputs: &mut Inputs, movements: &[Movement]) -> Result<()> {
    let known: HashSet<&String> = inputs.roles.iter().map(|role| &role.name).collect();
    let roles = movements.iter().map(|movement| &movement.role);
    let more = distinct(roles.filter(|role| !role.is_empty() && !known.contains(role)));
    if !more.is_empty() {
        let select = role::Entity::find().filter(view.any("name", &more));
        let holds = |row: &Role| more.binary_search(&row.name).is_ok();
        inputs.roles.extend(view.select(select, holds).await?);
    }
    Ok(())
}
