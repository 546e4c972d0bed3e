//! Board reports: all that one is made of is read in one snapshot, and then it is pure.

use crate::{
    domain::{Caller, Plan, Result, Right, name},
    planning::{
        audit,
        report::{self, Ask, Sources},
        trend,
    },
    store::Lock,
};

use super::{
    Registry, analysis::distinct, audit as audits, closure::options, gaps, projection,
    search::nobody_waits, view::View,
};

impl Registry {
    /// Makes a report of a plan, and of the report what `finish` makes of it. The work ends soon after
    /// nobody waits for this any more.
    pub async fn report<T: Send + 'static>(
        &self,
        caller: &Caller,
        ask: Ask,
        finish: impl FnOnce(&report::Report) -> T + Send + 'static,
    ) -> Result<T> {
        caller.require(Right::Read)?;
        let read = async { self.sources(&View::open(&self.store, 0).await?, &ask).await };
        let asked = ask.clone();
        let made = self.search(read, move |sources, stopped| {
            let report = report::report(&sources, &asked, stopped);
            // What it was made of is much, and no longer needed.
            drop(sources);
            report.map(|report| finish(&report))
        });
        made.await?.map_err(|report::Stopped| nobody_waits())
    }

    /// Reads all that a report is made of.
    async fn sources(&self, view: &View, ask: &Ask) -> Result<Sources> {
        let query = &ask.query;
        let (columns, movements) = self.read_ahead(view, query).await?;
        projection::require(view, ask.assumptions.iter()).await?;
        let options = options(view).await?;
        let snapshot = view.snapshot();
        let plan = query.plan.clone();
        let audit =
            audit::Query { plan: plan.clone(), baseline: String::new(), as_of: query.as_of };
        let audit = audits::read(snapshot, &audit).await?;
        let baseline: Vec<Plan> =
            snapshot.find(std::slice::from_ref(&audit.baseline), Lock::None).await?;
        let gap_snapshots = trend::Query {
            plan,
            organisations: query.organisations.clone(),
            include_descendants: query.include_descendants,
            skills: Vec::new(),
            period: None,
        };
        let gap_snapshots = gaps::gap_snapshots(snapshot, &gap_snapshots).await?;
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
