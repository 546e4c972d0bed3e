//! Gap analyses: all that one looks at is read in one snapshot, and then it is pure.

use std::collections::HashSet;

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select};

use crate::store::Snapshot;

use crate::domain::{
    Caller, Error, Kind, Plan, Requirement, Result, Right, Target,
    analysis::{self, Analysis, Inputs, Query},
    assessment, organisation, plan, requirement, role, skill, staffing, step, target,
};

use super::{Registry, exists};

impl Registry {
    /// Analyses. Gives the plan and the revision that everything was read at with the outcome.
    pub async fn analyse(&self, caller: &Caller, query: &Query) -> Result<(Analysis, Plan, i64)> {
        self.analyse_as(caller, query, analysis::analyse).await
    }

    /// Does pure work on all that an analysis looks at. Gives the plan and the revision that everything
    /// was read at with the outcome.
    pub(super) async fn analyse_as<T: Send + 'static>(
        &self,
        caller: &Caller,
        query: &Query,
        work: fn(&Inputs, &Query) -> T,
    ) -> Result<(T, Plan, i64)> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        let inputs = read(&snapshot, query).await?;
        let revision = snapshot.revision();
        drop(snapshot);
        let query = query.clone();
        blocking(move || (work(&inputs, &query), inputs.plan, revision)).await
    }
}

/// Reads all that the analysis looks at.
async fn read(snapshot: &Snapshot, query: &Query) -> Result<Inputs> {
    let plan = plan::Entity::find().filter(plan::Column::Name.eq(query.plan.as_str()));
    let plan = snapshot.select(plan).await?.pop();
    let plan = plan.ok_or_else(|| step::not_found::<Plan>(Some(query.plan.clone())))?;
    require(snapshot, query).await?;

    let targets = target::Entity::find().filter(target::Column::Parent.eq(query.plan.as_str()));
    let targets = snapshot.select(targets).await?;
    let organisations = snapshot.select(organisation::Entity::find()).await?;
    let scope = analysis::scope(&plan, &targets, &organisations, query);
    let staffing = snapshot.select(staffing(snapshot, &scope, query.as_of)).await?;

    let roles = targets.iter().map(|t| &t.role).chain(staffing.iter().map(|s| &s.role));
    let roles = distinct(roles);
    let roles = snapshot.select(role::Entity::find().filter(snapshot.any("name", &roles))).await?;
    let requirements = requirements(snapshot, &plan, &targets).await?;
    let skills = distinct(requirements.iter().map(|requirement| &requirement.skill));
    let assessments = assessment::Entity::find()
        .filter(snapshot.any("parent", &scope))
        .filter(snapshot.any("skill", &skills))
        .filter(assessment::Column::AssessedDate.lte(query.as_of));
    let assessments = snapshot.select(assessments).await?;
    let skills = skill::Entity::find().filter(snapshot.any("name", &skills));
    let skills = snapshot.select(skills).await?;
    Ok(Inputs { plan, targets, requirements, organisations, roles, skills, staffing, assessments })
}

/// Who is in post on the day in the organisations.
pub(super) fn staffing(
    snapshot: &Snapshot,
    organisations: &[String],
    as_of: NaiveDate,
) -> Select<staffing::Entity> {
    staffing::Entity::find()
        .filter(snapshot.any("parent", organisations))
        .filter(staffing::Column::StartDate.lte(as_of))
        .filter(
            Condition::any()
                .add(staffing::Column::EndDate.is_null())
                .add(staffing::Column::EndDate.gt(as_of)),
        )
}

/// Those of the plan, and of the roles that it has targets for.
async fn requirements(
    snapshot: &Snapshot,
    plan: &Plan,
    targets: &[Target],
) -> Result<Vec<Requirement>> {
    let mut parents = distinct(targets.iter().map(|target| &target.role));
    parents.push(plan.name.clone());
    let requirements = requirement::Entity::find().filter(snapshot.any("parent", &parents));
    Ok(snapshot.select(requirements).await?)
}

/// Fails for the first resource that the query names and that does not exist.
async fn require(snapshot: &Snapshot, query: &Query) -> Result<(), Error> {
    for (kind, names) in [
        (Kind::Organisation, &query.organisations),
        (Kind::Role, &query.roles),
        (Kind::Skill, &query.skills),
        (Kind::Framework, &query.frameworks),
    ] {
        for name in names {
            exists(snapshot, &[kind], name).await?;
        }
    }
    Ok(())
}

pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let names: HashSet<&String> = names.collect();
    let mut names: Vec<String> = names.into_iter().cloned().collect();
    names.sort_unstable();
    names
}

/// Does pure work of up to seconds, which must not hold up the calls that share this thread.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|stopped| crate::store::StoreError::Stopped(stopped).into())
}
