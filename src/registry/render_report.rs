//! Board reports: reads all inputs in one snapshot, then collects the facts with pure functions.

use crate::{
    domain::{AsOf, Caller, Error, Plan, Result, Right, name},
    planning::{
        audit,
        report::{self, Report, ReportCancelled, ReportQuery, Sources},
        trend,
    },
    store::Lock,
};

use super::{
    Registry,
    analyse_gaps::require_periods,
    distinct::distinct,
    project_gaps,
    read::{self, View},
};

impl Registry {
    /// Collects the facts of a plan's report. The work ends soon after the caller has gone away.
    pub async fn report(&self, caller: &Caller, query: ReportQuery) -> Result<Report> {
        caller.require(Right::Read)?;
        let read =
            async { self.sources(&View::open(&self.store, AsOf::Latest).await?, &query).await };
        let asked = query.clone();
        let made = self
            .compute(read, move |sources, cancelled| report::report(&sources, &asked, cancelled));
        made.await?.map_err(|ReportCancelled| Error::Cancelled)
    }

    /// Reads the inputs of a report.
    async fn sources(&self, view: &View, asked: &ReportQuery) -> Result<Sources> {
        let query = &asked.query;
        let (columns, movements) = self.projection_inputs(view, query).await?;
        require_periods(&columns, query, |_| "period_end_date".to_owned())?;
        project_gaps::require(view, asked.assumptions.iter()).await?;
        let options = read::closure_options(view).await?;
        let snapshot = view.snapshot();
        let plan = query.plan.clone();
        let audit =
            audit::AuditQuery { plan: plan.clone(), baseline: String::new(), as_of: query.as_of };
        let audit = read::audit_inputs(view, &audit).await?;
        let baseline: Vec<Plan> =
            snapshot.find(std::slice::from_ref(&audit.baseline), Lock::None).await?;
        let gap_snapshots = trend::TrendQuery {
            plan,
            organisations: query.organisations.clone(),
            include_descendants: query.include_descendants,
            skills: Vec::new(),
            period: None,
        };
        let gap_snapshots = read::gap_snapshots(view, &gap_snapshots).await?;
        let recorded = distinct(gap_snapshots.iter().map(|gap_snapshot| &gap_snapshot.skill));
        let frameworks: Vec<String> = (columns.skills.iter())
            .filter_map(|skill| name::parent_of(&skill.name).map(str::to_owned))
            .collect();
        Ok(Sources {
            recorded_skills: snapshot.find(&recorded, Lock::None).await?,
            frameworks: snapshot.find(&distinct(frameworks.iter()), Lock::None).await?,
            baseline: baseline.into_iter().next(),
            revision: view.revision(),
            columns,
            movements,
            options,
            audit,
            gap_snapshots,
        })
    }
}
