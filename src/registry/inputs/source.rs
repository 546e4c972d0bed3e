//! The rows that analyses look at, as they are or as they were at a revision, by the same queries.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Func},
};
use tokio::sync::OnceCell;

use crate::{
    domain::{
        AsOf, Assessment, Kind, Noun, Plan, Requirement, Result, Staffing, Target, requirement,
        target,
    },
    registry::read,
    store::{Revision, Snapshot, StoreError, name_range},
};

use super::entry::PlanData;

/// The rows of a snapshot, or what they were at a revision.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub snapshot: &'a Snapshot,
    /// None for the rows as they are.
    past: Option<(Revision, &'a ReplacedRows)>,
}

/// The rows that were there at a revision and have changed since, as they were then. The first reader who
/// needs them reads them.
#[derive(Default)]
pub(super) struct ReplacedRows {
    pub targets: OnceCell<Arc<ByOrganisation<Target>>>,
    pub staffing: OnceCell<Arc<ByOrganisation<Staffing>>>,
    pub assessments: OnceCell<Arc<ByOrganisation<Assessment>>>,
}

pub(super) type ByOrganisation<N> = HashMap<String, Vec<N>>;

impl<'a> Source<'a> {
    /// The rows as a snapshot sees them.
    pub fn newest(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, past: None }
    }

    /// The rows as they were at a revision.
    pub fn past(snapshot: &'a Snapshot, revision: Revision, replaced: &'a ReplacedRows) -> Self {
        Self { snapshot, past: Some((revision, replaced)) }
    }

    /// All resources of a type, in the order of their names.
    pub async fn all<N: Noun>(self) -> Result<Vec<Arc<N>>> {
        let mut rows: Vec<N> = self.select(N::Entity::find(), |_| true).await?;
        rows.sort_unstable_by(|a, b| a.name().cmp(b.name()));
        Ok(rows.into_iter().map(Arc::new).collect())
    }

    /// The requirements of all roles.
    pub async fn role_requirements(self) -> Result<Vec<Requirement>> {
        let roles = format!("{}/", Kind::Role.collection());
        let range = name_range(&roles);
        let select = requirement::Entity::find()
            .filter(requirement::Column::Parent.gte(range.start))
            .filter(requirement::Column::Parent.lt(range.end));
        self.select(select, |row: &Requirement| row.parent.starts_with(&roles)).await
    }

    /// A plan with its own requirements.
    pub async fn plan(self, name: Arc<str>) -> Result<PlanData> {
        let as_of = self.past.map_or(AsOf::Latest, |(revision, _)| AsOf::At(revision));
        let plan: Plan = read::get(self.snapshot, &name, as_of).await?;
        let name = plan.name.as_str();
        let own = requirement::Entity::find().filter(requirement::Column::Parent.eq(name));
        let requirements = self.select(own, |row: &Requirement| row.parent == plan.name).await?;
        Ok(PlanData { plan: Arc::new(plan), requirements: Arc::new(requirements) })
    }

    /// The period ends that a plan has targets for, in order: each by one step through an index.
    pub async fn periods(self, plan: Arc<str>) -> Result<Vec<NaiveDate>> {
        let mut periods: Vec<NaiveDate> = Vec::new();
        loop {
            let mut condition = Condition::all().add(target::Column::Parent.eq(&*plan));
            if let Some(last) = periods.last() {
                condition = condition.add(target::Column::PeriodEndDate.gt(*last));
            }
            let select = target::Entity::find()
                .select_only()
                .expr(Func::min(Expr::col(target::Column::PeriodEndDate)))
                .filter(self.unchanged(condition));
            let next: Vec<Option<NaiveDate>> = self.snapshot.select_tuple(select).await?;
            match next.into_iter().flatten().next() {
                Some(next) => periods.push(next),
                None => break,
            }
        }
        let replaced = self.replaced_targets().await?;
        let replaced = replaced.values().flatten().filter(|target| *target.parent == *plan);
        periods.extend(replaced.map(|target| target.period_end_date));
        periods.sort_unstable();
        periods.dedup();
        Ok(periods)
    }

    /// The organisations that a plan has targets for.
    pub async fn planned_organisations(self, plan: Arc<str>) -> Result<BTreeSet<String>> {
        let select = target::Entity::find()
            .select_only()
            .distinct()
            .column(target::Column::Organisation)
            .filter(self.unchanged(Condition::all().add(target::Column::Parent.eq(&*plan))));
        let names: Vec<String> = self.snapshot.select_tuple(select).await?;
        let replaced = self.replaced_targets().await?;
        let of_plan = |targets: &[Target]| targets.iter().any(|target| *target.parent == *plan);
        let replaced = replaced.iter().filter(|(_, targets)| of_plan(targets));
        Ok(names.into_iter().chain(replaced.map(|(name, _)| name.clone())).collect())
    }

    /// The rows that `select` gives. `holds` must say of a row what `select` asks of it.
    async fn select<N: Noun>(
        self,
        select: Select<N::Entity>,
        holds: impl Fn(&N) -> bool,
    ) -> Result<Vec<N>> {
        Ok(match self.past {
            None => self.snapshot.select(select).await?,
            Some((revision, _)) => self.snapshot.as_of(select, revision, holds).await?,
        })
    }

    /// Of the rows that meet a condition, those that are now what they are to be read as.
    pub fn unchanged(self, condition: Condition) -> Condition {
        match self.past {
            None => condition,
            Some((revision, _)) => condition.add(Expr::col("revision").lte(revision)),
        }
    }

    pub async fn replaced_targets(self) -> Result<Arc<ByOrganisation<Target>>> {
        self.replaced(|rows| &rows.targets, |target| &target.organisation).await
    }

    /// What the rows that have changed since were, by organisation; none where rows are read as they are.
    pub async fn replaced<N: Noun>(
        self,
        cell: fn(&ReplacedRows) -> &OnceCell<Arc<ByOrganisation<N>>>,
        organisation: fn(&N) -> &String,
    ) -> Result<Arc<ByOrganisation<N>>> {
        let Some((revision, rows)) = self.past else { return Ok(Arc::default()) };
        let read = || async {
            let mut replaced = ByOrganisation::<N>::new();
            for row in self.snapshot.replaced_since::<N>(revision).await? {
                replaced.entry(organisation(&row).clone()).or_default().push(row);
            }
            Ok::<_, StoreError>(Arc::new(replaced))
        };
        Ok(cell(rows).get_or_try_init(read).await?.clone())
    }
}
