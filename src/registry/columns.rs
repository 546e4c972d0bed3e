//! Reads what an analysis looks at, as columns. What is held in memory of the newest state is not read
//! again.

mod kept;
mod parts;
mod read;

use std::{any::Any, collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use crate::{
    domain::{
        Kind, Noun, Organisation, Plan, Requirement, Result, Role, Skill, organisation, plan,
        requirement, role, skill, target,
    },
    planning::analysis::{Columns, Query, scope},
    registry::step,
    store::Snapshot,
};

pub(super) use kept::FORMAT;

use super::{Registry, analysis, held::Place, view::View};

/// About how many bytes records take that are held as they are.
fn bytes<'a, N: Noun>(rows: impl IntoIterator<Item = &'a N>) -> usize {
    // What cannot be told as JSON was never written.
    let texts = |row: &N| serde_json::to_vec(row).map_or(0, |json| json.len());
    rows.into_iter().map(|row| size_of::<N>() + texts(row)).sum()
}

/// Fails for the first name that is not among the records, which are in the order of their names.
fn exist<N: Noun>(rows: &[Arc<N>], names: &[String]) -> Result<()> {
    let is_there = |name: &str| rows.binary_search_by(|row| row.name().cmp(name)).is_ok();
    match names.iter().find(|name| !is_there(name)) {
        Some(name) => Err(step::not_found::<N>(Some(name.clone()))),
        None => Ok(()),
    }
}

/// A plan as it is held.
struct PlanPiece {
    plan: Arc<Plan>,
    requirements: Arc<Vec<Requirement>>,
    periods: Vec<NaiveDate>,
}

impl Registry {
    /// All that an analysis looks at.
    pub(super) async fn columns(&self, view: &View, query: &Query) -> Result<Columns> {
        if view.is_newest() {
            return self.newest_columns(view, query).await;
        }
        let inputs = analysis::read(view, query).await?;
        let query = query.clone();
        analysis::blocking(move || Columns::of(&inputs, &query)).await
    }

    async fn newest_columns(&self, view: &View, query: &Query) -> Result<Columns> {
        let snapshot = view.snapshot();
        self.held.follow(snapshot).await?;
        let plan = self.plan_piece(snapshot, &query.plan).await?;
        let organisations: Arc<Vec<Arc<Organisation>>> =
            self.all(snapshot, Place::Organisations, organisation::Entity::find()).await?;
        let roles: Arc<Vec<Arc<Role>>> =
            self.all(snapshot, Place::Roles, role::Entity::find()).await?;
        let skills: Arc<Vec<Arc<Skill>>> =
            self.all(snapshot, Place::Skills, skill::Entity::find()).await?;
        exist(&organisations, &query.organisations)?;
        exist(&roles, &query.roles)?;
        exist(&skills, &query.skills)?;
        for framework in &query.frameworks {
            view.require(&[Kind::Framework], framework).await?;
        }
        let role_requirements = self.role_requirements(snapshot).await?;
        let planned = match query.organisations.is_empty() {
            true => self.planned(snapshot, &query.plan).await?,
            false => Arc::default(),
        };
        let scope = scope(&plan.plan, planned.iter(), &organisations, query);
        let parts = self.parts(snapshot, &query.plan, scope).await?;
        Ok(Columns {
            plan: plan.plan.clone(),
            periods: plan.periods.clone(),
            role_requirements,
            plan_requirements: plan.requirements.clone(),
            organisations: organisations.to_vec(),
            roles: roles.to_vec(),
            skills: skills.to_vec(),
            parts,
        })
    }

    fn keep<T: Any + Send + Sync>(&self, place: Place, at: i64, value: T, bytes: usize) -> Arc<T> {
        let value = Arc::new(value);
        self.held.keep(place, at, value.clone(), bytes);
        value
    }

    /// All records of a resource type.
    async fn all<N: Noun>(
        &self,
        snapshot: &Snapshot,
        place: Place,
        select: sea_orm::Select<N::Entity>,
    ) -> Result<Arc<Vec<Arc<N>>>> {
        let at = snapshot.revision();
        if let Some(held) = self.held.get(&place, at) {
            return Ok(held);
        }
        let rows: Vec<N> = snapshot.select(select.order_by_asc(Expr::col("name"))).await?;
        let rows: Vec<Arc<N>> = rows.into_iter().map(Arc::new).collect();
        let bytes = bytes(rows.iter().map(Arc::as_ref));
        Ok(self.keep(place, at, rows, bytes))
    }

    async fn role_requirements(&self, snapshot: &Snapshot) -> Result<Arc<Vec<Requirement>>> {
        let (place, at) = (Place::RoleRequirements, snapshot.revision());
        if let Some(held) = self.held.get(&place, at) {
            return Ok(held);
        }
        let of_roles = format!("{}/", Kind::Role.collection());
        let select = requirement::Entity::find()
            .filter(requirement::Column::Parent.gte(of_roles.as_str()))
            .filter(requirement::Column::Parent.lt(format!("{of_roles}\u{7f}")));
        let rows = snapshot.select(select).await?;
        let bytes = bytes(&rows);
        Ok(self.keep(place, at, rows, bytes))
    }

    async fn plan_piece(&self, snapshot: &Snapshot, name: &str) -> Result<Arc<PlanPiece>> {
        let (place, at) = (Place::Plan(name.to_owned()), snapshot.revision());
        if let Some(held) = self.held.get(&place, at) {
            return Ok(held);
        }
        let plan = plan::Entity::find().filter(plan::Column::Name.eq(name));
        let plan = snapshot.select(plan).await?.pop();
        let plan = plan.ok_or_else(|| step::not_found::<Plan>(Some(name.to_owned())))?;
        let own = requirement::Entity::find().filter(requirement::Column::Parent.eq(name));
        let requirements = snapshot.select(own).await?;
        let periods = read::periods(snapshot, name).await?;
        let bytes = bytes(&requirements) + bytes([&plan]);
        let plan = Arc::new(plan);
        let piece = PlanPiece { plan, requirements: Arc::new(requirements), periods };
        Ok(self.keep(place, at, piece, bytes))
    }

    /// The organisations that a plan has targets for.
    async fn planned(&self, snapshot: &Snapshot, plan: &str) -> Result<Arc<BTreeSet<String>>> {
        let (place, at) = (Place::Planned(plan.to_owned()), snapshot.revision());
        if let Some(held) = self.held.get(&place, at) {
            return Ok(held);
        }
        let select = target::Entity::find()
            .select_only()
            .distinct()
            .column(target::Column::Organisation)
            .filter(target::Column::Parent.eq(plan));
        let names: BTreeSet<String> = snapshot.select_tuple(select).await?.into_iter().collect();
        let bytes = names.iter().map(|name| name.len() + 48).sum();
        Ok(self.keep(place, at, names, bytes))
    }
}
