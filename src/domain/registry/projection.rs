//! Projections: all that one looks at is read in one snapshot, and then it is pure.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::store::{Snapshot, StoreError};

use crate::domain::{
    Caller, Kind, Movement, Plan, Result, Right,
    analysis::{self, Inputs, Query},
    movement,
    projection::{Ask, Projection, Scenario, project},
    role,
};

use super::{
    Registry,
    analysis::{distinct, read},
    exists,
};

impl Registry {
    /// Projects. Gives the plan and the revision that everything was read at with the outcome.
    pub async fn project(&self, caller: &Caller, ask: Ask) -> Result<(Projection, Plan, i64)> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        let mut inputs = read(&snapshot, &ask.query).await?;
        require(&snapshot, &ask.scenarios).await?;
        let movements = movements(&snapshot, &inputs, &ask.query).await?;
        add_roles(&snapshot, &mut inputs, &movements).await?;
        let revision = snapshot.revision();
        drop(snapshot);
        let projected =
            tokio::task::spawn_blocking(move || (project(&inputs, &movements, &ask), inputs.plan));
        let (projection, plan) = projected.await.map_err(StoreError::Stopped)?;
        Ok((projection, plan, revision))
    }
}

/// Fails for the first resource that an assumption names and that does not exist.
async fn require(snapshot: &Snapshot, scenarios: &[Scenario]) -> Result<()> {
    let mut seen = HashSet::new();
    for assumption in scenarios.iter().flat_map(|scenario| &scenario.assumptions) {
        for (kind, name) in [
            (Kind::Organisation, &assumption.organisation),
            (Kind::Role, &assumption.role),
            (Kind::Skill, &assumption.skill),
        ] {
            if !name.is_empty() && seen.insert(name) {
                exists(snapshot, &[kind], name).await?;
            }
        }
    }
    Ok(())
}

/// Those that are over on the day, in the organisations in scope.
async fn movements(snapshot: &Snapshot, inputs: &Inputs, query: &Query) -> Result<Vec<Movement>> {
    let Inputs { plan, targets, organisations, .. } = inputs;
    let scope = analysis::scope(plan, targets, organisations, query);
    let movements = movement::Entity::find()
        .filter(snapshot.any("parent", &scope))
        .filter(movement::Column::LastDate.lte(query.as_of));
    Ok(snapshot.select(movements).await?)
}

/// The roles of movements count with their families, also where nobody is in post in them.
async fn add_roles(snapshot: &Snapshot, inputs: &mut Inputs, movements: &[Movement]) -> Result<()> {
    let known: HashSet<&String> = inputs.roles.iter().map(|role| &role.name).collect();
    let roles = movements.iter().map(|movement| &movement.role);
    let more = distinct(roles.filter(|role| !role.is_empty() && !known.contains(role)));
    if !more.is_empty() {
        let more = role::Entity::find().filter(snapshot.any("name", &more));
        inputs.roles.extend(snapshot.select(more).await?);
    }
    Ok(())
}
