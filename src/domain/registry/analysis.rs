//! Gap analyses: all that one looks at is read in one snapshot, and then it is pure.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::store::{Change, Snapshot, Transaction};

use crate::domain::{
    Around, Caller, Error, Gap, Kind, Plan, Requirement, Result, Right, Target, Writing,
    analysis::{self, Analysis, Inputs, Query, Row},
    assessment,
    gap::{self, GapKind, GapState},
    name, organisation, plan, requirement, role, skill, staffing, step, target,
};

use super::{Registry, exists, write};

/// What became of the shortfalls of an analysis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// How many gaps are new.
    pub created: usize,
    /// How many got new figures.
    pub updated: usize,
    /// How many stayed as they were.
    pub unchanged: usize,
    /// The revision written; 0 where nothing changed.
    pub revision: i64,
    /// What the caller is told beside it; kept with the answer of a request that may come again.
    pub told: Vec<u8>,
}

impl Registry {
    /// Analyses. Gives the plan and the revision that everything was read at with the outcome.
    pub async fn analyse(&self, caller: &Caller, query: &Query) -> Result<(Analysis, Plan, i64)> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        let inputs = read(&snapshot, query).await?;
        let revision = snapshot.revision();
        drop(snapshot);
        let query = query.clone();
        // Pure work of up to seconds must not hold up the calls that share this thread.
        let analysed =
            tokio::task::spawn_blocking(move || (analysis::analyse(&inputs, &query), inputs.plan));
        match analysed.await {
            Ok((analysis, plan)) => Ok((analysis, plan, revision)),
            Err(stopped) => Err(crate::store::StoreError::Stopped(stopped).into()),
        }
    }

    /// Keeps the shortfalls of an analysis of `plan` as gaps, in one transaction and revision. `told` is
    /// what the caller will be told beside it.
    pub async fn record_gaps(
        &self,
        caller: &Caller,
        writing: &Writing,
        query: &Query,
        analysis: &Analysis,
        told: Vec<u8>,
    ) -> Result<Recorded> {
        let found: Vec<Gap> = shortfalls(query, analysis).collect();
        self.transact(caller, Right::Write, writing, move |transaction, _| {
            let (found, told) = (found.clone(), told.clone());
            Box::pin(async move {
                let counts = record(transaction, found).await?;
                Ok(Recorded { revision: transaction.written(), told, ..counts })
            })
        })
        .await
    }
}

/// The gaps that an analysis found, without names.
fn shortfalls(query: &Query, analysis: &Analysis) -> impl Iterator<Item = Gap> {
    let catalogue = &analysis.catalogue;
    let gap = |row: &Row| {
        Some(Gap {
            name: String::new(),
            parent: query.plan.clone(),
            revision: 0,
            create_time: Default::default(),
            update_time: Default::default(),
            organisation: catalogue.organisation(row.key)?.name.clone(),
            role: catalogue.role(row.key)?.name.clone(),
            skill: catalogue.skill(row.key)?.name.clone(),
            period_end_date: catalogue.period(row.key).into(),
            kind: GapKind::Shortfall,
            figures: gap::Figures(Some(row.figures.clone())),
            state: GapState::Open,
            owner: String::new(),
            note: String::new(),
            due_date: None,
            first_seen_date: Some(query.as_of),
            last_seen_date: Some(query.as_of),
        })
    };
    let short = |row: &&Row| row.figures.shortfall > crate::domain::Fte::ZERO;
    analysis.rows.iter().filter(short).filter_map(gap)
}

/// Creates the gaps that are new, and gives those that exist their new figures.
async fn record(transaction: &mut Transaction, found: Vec<Gap>) -> Result<Recorded> {
    let Some(plan) = found.first().map(|gap| gap.parent.clone()) else {
        return Ok(Recorded::default());
    };
    // What was read may be gone by now; a gap in it is gone too.
    let mut around = Around::default();
    let names =
        |gap: &Gap| [&gap.parent, &gap.organisation, &gap.role, &gap.skill].map(String::clone);
    let all: HashSet<String> = found.iter().flat_map(names).collect();
    write::load(transaction, &mut around, all).await?;
    let known = gap::Entity::find()
        .filter(gap::Column::Parent.eq(plan.as_str()))
        .filter(gap::Column::Kind.eq(GapKind::Shortfall))
        .lock_exclusive();
    let known = transaction.select(known).await?;
    let mut known: HashMap<String, Gap> =
        known.into_iter().map(|gap| (step::key_text(&step::key(&gap)), gap)).collect();

    let mut recorded = Recorded::default();
    let mut changes = Vec::new();
    for gap in found.into_iter().filter(|gap| names(gap).iter().all(|name| around.has(name))) {
        match known.remove(&step::key_text(&step::key(&gap))) {
            None => {
                let id = uuid::Uuid::now_v7().to_string();
                let name = name::child(Some(&plan), Kind::Gap, &id);
                changes.push(Change::Insert(Gap { name, ..gap }));
                recorded.created += 1;
            }
            Some(before) => {
                let after = Gap {
                    figures: gap.figures,
                    first_seen_date: before.first_seen_date.min(gap.first_seen_date),
                    last_seen_date: before.last_seen_date.max(gap.last_seen_date),
                    ..before.clone()
                };
                if after == before {
                    recorded.unchanged += 1;
                } else {
                    changes.push(Change::Replace(after));
                    recorded.updated += 1;
                }
            }
        }
    }
    transaction.apply(changes).await?;
    Ok(recorded)
}

/// Reads all that the analysis looks at.
pub(super) async fn read(snapshot: &Snapshot, query: &Query) -> Result<Inputs> {
    let plan = plan::Entity::find().filter(plan::Column::Name.eq(query.plan.as_str()));
    let plan = snapshot.select(plan).await?.pop();
    let plan = plan.ok_or_else(|| step::not_found::<Plan>(Some(query.plan.clone())))?;
    require(snapshot, query).await?;

    let targets = target::Entity::find().filter(target::Column::Parent.eq(query.plan.as_str()));
    let targets = snapshot.select(targets).await?;
    let organisations = snapshot.select(organisation::Entity::find()).await?;
    let scope = analysis::scope(&plan, &targets, &organisations, query);
    let staffing = staffing::Entity::find()
        .filter(snapshot.any("parent", &scope))
        .filter(staffing::Column::StartDate.lte(query.as_of))
        .filter(
            Condition::any()
                .add(staffing::Column::EndDate.is_null())
                .add(staffing::Column::EndDate.gt(query.as_of)),
        );
    let staffing = snapshot.select(staffing).await?;

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
