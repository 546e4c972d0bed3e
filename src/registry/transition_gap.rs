//! Recorded gaps: callers change a gap's state, and trends are read from gap snapshots.

use std::collections::HashMap;

use crate::{
    domain::{
        Actor, AsOf, Caller, CommittedAnswer, ExpectedResource, Gap, ResourceType, Result,
        Revision, Right, Skill, WriteOptions, gap::GapState,
    },
    planning::trend::{self, SkillTrend},
    store::RecordChange,
};

use super::{
    Registry,
    blocking::blocking,
    distinct::distinct,
    lifecycle::current,
    read::{self, View},
};

/// A caller's request to change the state of a gap.
#[derive(Clone, Debug)]
pub struct TransitionRequest {
    /// The gap, with its expected etag.
    pub expected: ExpectedResource<Gap>,
    /// New state.
    pub to: GapState,
    /// Reason for the transition, stored with it; some states require one.
    pub reason: String,
}

impl Registry {
    /// Changes the state of a gap. Fails if its current state does not allow it.
    pub async fn transition_gap(
        &self,
        caller: &Caller,
        write_options: &WriteOptions,
        request: TransitionRequest,
    ) -> Result<CommittedAnswer<Gap>> {
        let now = self.now();
        self.transact(caller, Right::Write, write_options, move |transaction, caller| {
            let TransitionRequest { expected, to, reason } = request.clone();
            Box::pin(async move {
                let gap = current(transaction, &expected).await?;
                let actor = Actor { caller: &caller, now };
                let change =
                    RecordChange::Replace(gap.clone(), gap.transition(to, &reason, actor)?);
                let written = transaction.apply(vec![change]).await?;
                written.into_iter().next().ok_or_else(|| read::not_found::<Gap>(expected.name))
            })
        })
        .await
    }

    /// Returns the trends of a plan in a state of the registry, each with the title of its skill, and the revision
    /// that they were read at.
    pub async fn list_gap_trends(
        &self,
        caller: &Caller,
        query: &trend::TrendQuery,
        as_of: AsOf,
    ) -> Result<(Vec<(SkillTrend, String)>, Revision)> {
        caller.require(Right::Read)?;
        let view = View::open(&self.store, as_of).await?;
        let mut names = vec![(ResourceType::Plan, &query.plan)];
        names.extend(query.organisations.iter().map(|name| (ResourceType::Organisation, name)));
        names.extend(query.skills.iter().map(|name| (ResourceType::Skill, name)));
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
        let titled = |trend: SkillTrend| {
            let title = titles.get(&trend.skill).cloned().unwrap_or_default();
            (trend, title)
        };
        Ok((trends.into_iter().map(titled).collect(), revision))
    }
}
