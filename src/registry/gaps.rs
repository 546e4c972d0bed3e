//! The gaps that are kept: what is found is recorded, callers take each to its next state, and trends
//! are read from what was recorded.

use std::collections::{HashMap, HashSet};

use chrono::Utc;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Around, AsOf, Caller, ExpectedResource, Gap, GapSnapshot, Kind, Noun, Plan, Result,
        Revision, Right, Skill, Writing, Written,
        gap::{Actor, GapState},
        name, natural_key,
        noun::Named,
    },
    planning::{
        survey::{self, Survey},
        trend::{self, Trend},
    },
    store::{Change, Transaction},
};

use super::{
    Registry,
    blocking::blocking,
    distinct::distinct,
    lifecycle::current,
    read::{self, View},
    write,
};

/// What became of the gaps that an analysis or an audit looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// How many gaps are new.
    pub created: usize,
    /// How many changed.
    pub updated: usize,
    /// How many stayed as they were.
    pub unchanged: usize,
    /// How many of those that changed are open again.
    #[serde(default)]
    pub reopened: usize,
    /// How many of those that changed are proposed for closing.
    #[serde(default)]
    pub proposed: usize,
    /// How many gap snapshots changed.
    #[serde(default)]
    pub gap_snapshots: usize,
    /// The revision written; none where nothing changed.
    pub revision: Revision,
    /// What the caller is told beside it; kept with the answer of a request that may come again.
    pub told: Vec<u8>,
}

/// What a caller asks of a gap.
#[derive(Clone, Debug)]
pub struct TransitionRequest {
    /// The gap.
    pub expected: ExpectedResource<Gap>,
    /// The state to take it to.
    pub to: GapState,
    /// Required by some states; kept with the transition.
    pub reason: String,
}

impl Registry {
    /// Keeps what an analysis or an audit says, in one transaction and revision. `told` is what the
    /// caller will be told beside it.
    pub async fn record_gaps(
        &self,
        caller: &Caller,
        writing: &Writing,
        survey: Survey,
        told: Vec<u8>,
    ) -> Result<Written<Recorded>> {
        self.transact(caller, Right::Write, writing, move |transaction, caller| {
            let (survey, told) = (survey.clone(), told.clone());
            Box::pin(async move {
                let counts = record(transaction, survey, &caller).await?;
                Ok(Recorded { revision: transaction.written(), told, ..counts })
            })
        })
        .await
    }

    /// Takes a gap to another state.
    pub async fn transition_gap(
        &self,
        caller: &Caller,
        writing: &Writing,
        request: TransitionRequest,
    ) -> Result<Written<Gap>> {
        self.transact(caller, Right::Write, writing, move |transaction, caller| {
            let TransitionRequest { expected, to, reason } = request.clone();
            Box::pin(async move {
                let gap = current(transaction, &expected).await?;
                let actor = Actor { caller: &caller, now: Utc::now() };
                let change = Change::Replace(gap.clone(), gap.transition(to, &reason, actor)?);
                let written = transaction.apply(vec![change]).await?;
                written.into_iter().next().ok_or_else(|| read::not_found::<Gap>(expected.name))
            })
        })
        .await
    }

    /// The trends of a plan in a state of the registry, each with the title of its skill, and the revision that
    /// they were read at.
    pub async fn gap_trends(
        &self,
        caller: &Caller,
        query: &trend::Query,
        as_of: AsOf,
    ) -> Result<(Vec<(Trend, String)>, Revision)> {
        caller.require(Right::Read)?;
        let view = View::open(&self.store, as_of).await?;
        let mut names = vec![(Kind::Plan, &query.plan)];
        names.extend(query.organisations.iter().map(|name| (Kind::Organisation, name)));
        names.extend(query.skills.iter().map(|name| (Kind::Skill, name)));
        view.require_all(&names).await?;
        let gap_snapshots = read::gap_snapshots(&view, query).await?;
        let skills = distinct(gap_snapshots.iter().map(|gap_snapshot| &gap_snapshot.skill));
        let skills: Vec<Skill> = view.find(&skills).await?;
        let revision = view.revision();
        drop(view);
        let period = query.period;
        let trends = blocking(move || trend::trends(&gap_snapshots, period)).await?;
        let titles: HashMap<String, String> =
            skills.into_iter().map(|skill| (skill.name, skill.title)).collect();
        let titled = |trend: Trend| {
            let title = titles.get(&trend.skill).cloned().unwrap_or_default();
            (trend, title)
        };
        Ok((trends.into_iter().map(titled).collect(), revision))
    }
}

/// Records what a survey says.
async fn record(
    transaction: &mut Transaction,
    mut survey: Survey,
    caller: &Caller,
) -> Result<Recorded> {
    // What was read may be gone by now; a gap in it is gone too.
    let mut around = Around::default();
    let names: HashSet<String> = survey.names().chain([&survey.plan]).cloned().collect();
    write::load_rows(transaction, &mut around, names).await?;
    if around.get::<Plan>(&survey.plan).is_none() {
        return Ok(Recorded::default());
    }
    survey.retain(|name| around.has(name));
    let known = read::known_gaps(transaction, &survey.plan, survey.kinds).await?;
    let (steps, counts) = survey.steps(known, Actor { caller, now: Utc::now() });
    let change = |(before, after): survey::Step| match before {
        Some(before) => Change::Replace(before, after),
        None => Change::Insert(named(after, &survey.plan)),
    };
    transaction.apply(steps.into_iter().map(change).collect()).await?;
    Ok(Recorded {
        created: counts.created,
        updated: counts.updated,
        unchanged: counts.unchanged,
        reopened: counts.reopened,
        proposed: counts.proposed,
        gap_snapshots: keep_gap_snapshots(transaction, survey).await?,
        ..Recorded::default()
    })
}

/// Makes the gap snapshots of the day those of the survey, as far as it looked. Gives how many changed.
async fn keep_gap_snapshots(transaction: &mut Transaction, survey: Survey) -> Result<usize> {
    let known = read::known_gap_snapshots(transaction, &survey.plan, survey.as_of).await?;
    let mut known: HashMap<String, GapSnapshot> =
        known.into_iter().map(|row| (natural_key::text(&natural_key::of(&row)), row)).collect();
    let mut changes = Vec::new();
    for gap_snapshot in &survey.gap_snapshots {
        let before = known.remove(&natural_key::text(&natural_key::of(gap_snapshot)));
        let Some(before) = before else {
            changes.push(Change::Insert(named(gap_snapshot.clone(), &survey.plan)));
            continue;
        };
        let GapSnapshot { needed_fte, skilled_fte, shortfall_fte, kind, .. } = *gap_snapshot;
        let after = GapSnapshot { needed_fte, skilled_fte, shortfall_fte, kind, ..before.clone() };
        if after != before {
            changes.push(Change::Replace(before, after));
        }
    }
    let gone = known.into_values().filter(|gap_snapshot| survey.replaces(gap_snapshot));
    changes.extend(gone.map(Change::Remove));
    let count = changes.len();
    transaction.apply(changes).await?;
    Ok(count)
}

/// A new row with a name of its own under the plan.
fn named<N: Noun + Named>(mut row: N, plan: &str) -> N {
    let id = uuid::Uuid::now_v7().to_string();
    row.set_name(name::child(Some(plan), N::KIND, &id));
    row
}
