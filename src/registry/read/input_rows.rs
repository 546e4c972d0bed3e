//! Rows that analyses read, in one state of the registry.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, Func},
};
use tokio::sync::OnceCell;

use crate::{
    domain::{
        AsOf, Assessment, Plan, Requirement, Resource, ResourceType, Result, Staffing, Target,
        requirement, target,
    },
    store::{Snapshot, StoreError, name_range},
};

use super::{existence::get, rows_as_of::RowsAsOf};

/// Rows of a snapshot, in the state of the registry that an analysis reads.
#[derive(Clone, Copy)]
pub(in crate::registry) struct InputRows<'a> {
    pub(super) rows: RowsAsOf<'a>,
    replaced: &'a ReplacedRows,
}

/// Rows that existed at a revision and have changed since, in their state at that revision. Each type is read
/// when first needed.
#[derive(Default)]
pub(in crate::registry) struct ReplacedRows {
    pub(super) targets: OnceCell<Arc<ByOrganisation<Target>>>,
    pub(super) staffing: OnceCell<Arc<ByOrganisation<Staffing>>>,
    pub(super) assessments: OnceCell<Arc<ByOrganisation<Assessment>>>,
}

pub(super) type ByOrganisation<N> = HashMap<String, Vec<N>>;

impl<'a> InputRows<'a> {
    /// Rows in a state of the registry, read through a snapshot. `replaced` must belong to the same state.
    pub fn new(snapshot: &'a Snapshot, as_of: AsOf, replaced: &'a ReplacedRows) -> Self {
        Self { rows: RowsAsOf { snapshot, as_of }, replaced }
    }

    /// All resources of a type, ordered by name.
    pub async fn all<N: Resource>(self) -> Result<Vec<Arc<N>>> {
        let mut rows: Vec<N> = self.rows.select(N::Entity::find(), |_| true).await?;
        rows.sort_unstable_by(|a, b| a.name().cmp(b.name()));
        Ok(rows.into_iter().map(Arc::new).collect())
    }

    /// Requirements of all roles.
    pub async fn role_requirements(self) -> Result<Vec<Requirement>> {
        let roles = format!("{}/", ResourceType::Role.collection());
        let range = name_range(&roles);
        let select = requirement::Entity::find()
            .filter(requirement::Column::Parent.gte(range.start))
            .filter(requirement::Column::Parent.lt(range.end));
        self.rows.select(select, |row: &Requirement| row.parent.starts_with(&roles)).await
    }

    /// A plan with its own requirements.
    pub async fn plan(self, name: Arc<str>) -> Result<(Plan, Vec<Requirement>)> {
        let plan: Plan = get(self.rows.snapshot, &name, self.rows.as_of).await?;
        let own = requirement::Entity::find().filter(requirement::Column::Parent.eq(&*plan.name));
        let own = self.rows.select(own, |row: &Requirement| row.parent == plan.name).await?;
        Ok((plan, own))
    }

    /// Last days of the periods that a plan has targets for, in order. Each costs one step in an index.
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
                .filter(self.rows.unchanged(condition));
            let next: Vec<Option<NaiveDate>> = self.rows.snapshot.select_tuple(select).await?;
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

    /// Names of the organisations that a plan has targets for.
    pub async fn planned_organisations(self, plan: Arc<str>) -> Result<BTreeSet<String>> {
        let select = target::Entity::find()
            .select_only()
            .distinct()
            .column(target::Column::Organisation)
            .filter(self.rows.unchanged(Condition::all().add(target::Column::Parent.eq(&*plan))));
        let names: Vec<String> = self.rows.snapshot.select_tuple(select).await?;
        let replaced = self.replaced_targets().await?;
        let of_plan = |targets: &[Target]| targets.iter().any(|target| *target.parent == *plan);
        let replaced = replaced.iter().filter(|(_, targets)| of_plan(targets));
        Ok(names.into_iter().chain(replaced.map(|(name, _)| name.clone())).collect())
    }

    /// Roles that a plan has targets for, each with the last days of the periods of its targets.
    pub async fn planned_roles(self, plan: Arc<str>) -> Result<Vec<(String, NaiveDate)>> {
        let select = target::Entity::find()
            .select_only()
            .distinct()
            .column(target::Column::Role)
            .column(target::Column::PeriodEndDate)
            .filter(self.rows.unchanged(Condition::all().add(target::Column::Parent.eq(&*plan))));
        let mut planned: Vec<(String, NaiveDate)> = self.rows.snapshot.select_tuple(select).await?;
        let replaced = self.replaced_targets().await?;
        let replaced = replaced.values().flatten().filter(|target| *target.parent == *plan);
        planned.extend(replaced.map(|target| (target.role.clone(), target.period_end_date)));
        planned.sort_unstable();
        planned.dedup();
        Ok(planned)
    }

    /// Former states of the targets that have changed since.
    pub(super) async fn replaced_targets(self) -> Result<Arc<ByOrganisation<Target>>> {
        self.replaced(|rows| &rows.targets, |target| &target.organisation).await
    }

    /// Former states of the rows that have changed since, by organisation; `None` if rows are read as they
    /// are.
    pub(super) async fn replaced<N: Resource>(
        self,
        cell: fn(&ReplacedRows) -> &OnceCell<Arc<ByOrganisation<N>>>,
        organisation: fn(&N) -> &String,
    ) -> Result<Arc<ByOrganisation<N>>> {
        let AsOf::At(revision) = self.rows.as_of else { return Ok(Arc::default()) };
        let read = || async {
            let mut replaced = ByOrganisation::<N>::new();
            for row in self.rows.snapshot.replaced_since::<N>(revision).await? {
                replaced.entry(organisation(&row).clone()).or_default().push(row);
            }
            Ok::<_, StoreError>(Arc::new(replaced))
        };
        Ok(cell(self.replaced).get_or_try_init(read).await?.clone())
    }
}
