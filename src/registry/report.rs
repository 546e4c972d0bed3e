//! Board reports: all that one is made of is read in one snapshot, and then it is pure.

use crate::{
    domain::{AsOf, Caller, Plan, Result, Right, name},
    planning::{
        audit,
        report::{self, Ask, Sources},
        trend,
    },
    store::Lock,
};

use super::{
    Registry,
    analysis::distinct,
    projection,
    read::{self, View},
    search::nobody_waits,
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
        let sources =
            async { self.sources(&View::open(&self.store, AsOf::Latest).await?, &ask).await };
        let asked = ask.clone();
        let made = self.search(sources, move |sources, stopped| {
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
        let options = read::closure_options(view).await?;
        let snapshot = view.snapshot();
        let plan = query.plan.clone();
        let audit =
            audit::Query { plan: plan.clone(), baseline: String::new(), as_of: query.as_of };
        let audit = read::audit_inputs(snapshot, &audit).await?;
        let baseline: Vec<Plan> =
            snapshot.find(std::slice::from_ref(&audit.baseline), Lock::None).await?;
        let gap_snapshots = trend::Query {
            plan,
            organisations: query.organisations.clone(),
            include_descendants: query.include_descendants,
            skills: Vec::new(),
            period: None,
        };
        let gap_snapshots = read::gap_snapshots(snapshot, &gap_snapshots).await?;
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
