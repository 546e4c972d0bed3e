//! Gap analyses: all that one looks at is read in one snapshot, and then it is pure. Of a state of the past
//! it is read here, row by row.

use std::collections::HashSet;

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    domain::{
        AsOf, Assessment, Caller, Error, Kind, Plan, Requirement, Result, Right, Role, Skill,
        Staffing, Target, assessment, organisation, plan, requirement, role, skill, target,
    },
    planning::analysis::{self, Analysis, Columns, Inputs, Query},
    registry::step,
};

use super::{Registry, read::in_post_on, view::View};

impl Registry {
    /// Analyses what is known in a state of the registry. Gives the plan and the revision
    /// that everything was read at with the outcome.
    pub async fn analyse(
        &self,
        caller: &Caller,
        query: &Query,
        as_of: AsOf,
    ) -> Result<(Analysis, Plan, i64)> {
        self.analyse_as(caller, query, as_of, analysis::analyse).await
    }

    /// Does pure work on all that an analysis looks at. Gives the plan and the revision that everything
    /// was read at with the outcome.
    pub(super) async fn analyse_as<T: Send + 'static>(
        &self,
        caller: &Caller,
        query: &Query,
        as_of: AsOf,
        work: fn(&Columns, &Query) -> T,
    ) -> Result<(T, Plan, i64)> {
        caller.require(Right::Read)?;
        let view = View::open(&self.store, as_of).await?;
        let columns = self.columns(&view, query).await?;
        let revision = view.revision();
        drop(view);
        let query = query.clone();
        blocking(move || (work(&columns, &query), Plan::clone(&columns.plan), revision)).await
    }
}

/// Reads all that the analysis looks at.
pub(super) async fn read(view: &View, query: &Query) -> Result<Inputs> {
    let plan = plan::Entity::find().filter(plan::Column::Name.eq(query.plan.as_str()));
    let plan = view.select(plan, |row: &Plan| row.name == query.plan).await?.pop();
    let plan = plan.ok_or_else(|| step::not_found::<Plan>(Some(query.plan.clone())))?;
    require(view, query).await?;

    let targets = target::Entity::find().filter(target::Column::Parent.eq(query.plan.as_str()));
    let targets = view.select(targets, |row: &Target| row.parent == query.plan).await?;
    let organisations = view.select(organisation::Entity::find(), |_| true).await?;
    let scope =
        analysis::scope(&plan, targets.iter().map(|t| &t.organisation), &organisations, query);
    let staffing = in_post(view, &scope, query.as_of).await?;

    let roles = targets.iter().map(|t| &t.role).chain(staffing.iter().map(|s| &s.role));
    let roles = distinct(roles);
    let select = role::Entity::find().filter(view.any("name", &roles));
    let roles = view.select(select, |row: &Role| is_among(&roles, &row.name)).await?;
    let requirements = requirements(view, &plan, &targets).await?;
    let skills = distinct(requirements.iter().map(|requirement| &requirement.skill));
    let assessments = assessments(view, &scope, &skills, query.as_of).await?;
    let select = skill::Entity::find().filter(view.any("name", &skills));
    let skills = view.select(select, |row: &Skill| is_among(&skills, &row.name)).await?;
    Ok(Inputs { plan, targets, requirements, organisations, roles, skills, staffing, assessments })
}

/// Who is in post on a day in these organisations.
async fn in_post(view: &View, scope: &[String], day: NaiveDate) -> Result<Vec<Staffing>> {
    let select = in_post_on(view.any("parent", scope), day);
    let scope: HashSet<&String> = scope.iter().collect();
    view.select(select, |row: &Staffing| {
        scope.contains(&row.parent)
            && row.start_date <= day
            && row.end_date.is_none_or(|end| end > day)
    })
    .await
}

/// The assessments of these skills up to a day in these organisations.
async fn assessments(
    view: &View,
    scope: &[String],
    skills: &[String],
    day: NaiveDate,
) -> Result<Vec<Assessment>> {
    let select = assessment::Entity::find()
        .filter(view.any("parent", scope))
        .filter(view.any("skill", skills))
        .filter(assessment::Column::AssessedDate.lte(day));
    let scope: HashSet<&String> = scope.iter().collect();
    view.select(select, |row: &Assessment| {
        scope.contains(&row.parent) && is_among(skills, &row.skill) && row.assessed_date <= day
    })
    .await
}

/// Those of the plan, and of the roles that it has targets for.
async fn requirements(view: &View, plan: &Plan, targets: &[Target]) -> Result<Vec<Requirement>> {
    let mut parents = distinct(targets.iter().map(|target| &target.role));
    parents.push(plan.name.clone());
    let select = requirement::Entity::find().filter(view.any("parent", &parents));
    view.select(select, |row: &Requirement| parents.contains(&row.parent)).await
}

/// Fails for the first resource that the query names and that does not exist.
async fn require(view: &View, query: &Query) -> Result<(), Error> {
    for (kind, names) in [
        (Kind::Organisation, &query.organisations),
        (Kind::Role, &query.roles),
        (Kind::Skill, &query.skills),
        (Kind::Framework, &query.frameworks),
    ] {
        for name in names {
            view.require(&[kind], name).await?;
        }
    }
    Ok(())
}

/// Whether a name is among names in order.
fn is_among(names: &[String], name: &String) -> bool {
    names.binary_search(name).is_ok()
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
