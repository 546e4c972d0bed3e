//! Selects the organisations and periods that an analysis looks at.

use std::{
    borrow::Borrow,
    collections::{HashMap, HashSet},
};

use chrono::NaiveDate;

use crate::domain::{Organisation, Plan};

use super::{AnalysisQuery, Dimension, Periods};

/// Names of the organisations in scope, sorted: those that the query names, or else every organisation of the
/// plan. `planned` lists the organisations that the plan has targets for; it matters only if the query names
/// none.
pub fn scope<'a>(
    plan: &Plan,
    planned: impl Iterator<Item = &'a String>,
    organisations: &[impl Borrow<Organisation>],
    query: &AnalysisQuery,
) -> Vec<String> {
    match query.organisations.is_empty() {
        true => organisations_of(plan, planned, organisations),
        false => named(organisations, query),
    }
}

/// Names of the organisations that a query names, sorted, with their descendants if the query asks for them.
pub fn named(organisations: &[impl Borrow<Organisation>], query: &AnalysisQuery) -> Vec<String> {
    sorted(match query.include_descendants {
        true => with_descendants(organisations, &query.organisations),
        false => query.organisations.clone(),
    })
}

/// Names of the organisations of a plan, sorted: its owner, the owner's descendants, and every organisation
/// with a target.
pub fn organisations_of<'a>(
    plan: &Plan,
    planned: impl Iterator<Item = &'a String>,
    organisations: &[impl Borrow<Organisation>],
) -> Vec<String> {
    let owned = with_descendants(organisations, std::slice::from_ref(&plan.owner));
    sorted(owned.into_iter().chain(planned.cloned()).collect())
}

/// The named organisations and all their descendants.
pub fn with_descendants(
    organisations: &[impl Borrow<Organisation>],
    tops: &[String],
) -> Vec<String> {
    let mut below: HashMap<&str, Vec<&str>> = HashMap::new();
    for organisation in organisations.iter().map(Borrow::borrow) {
        below.entry(&organisation.parent).or_default().push(&organisation.name);
    }
    let mut found: HashSet<&str> = HashSet::new();
    let mut open: Vec<&str> = tops.iter().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(below.get(name).into_iter().flatten());
        }
    }
    found.into_iter().map(str::to_owned).collect()
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

/// Last days of the periods to analyse, in order, chosen from all those that the plan has targets for.
pub(super) fn periods(mut all: Vec<NaiveDate>, query: &AnalysisQuery) -> Vec<NaiveDate> {
    match &query.periods {
        Periods::Every => all,
        Periods::Current if query.group_by.contains(&Dimension::Period) => all,
        Periods::Current => {
            let current = all.iter().find(|end| **end >= query.as_of).or(all.last());
            current.copied().into_iter().collect()
        }
        Periods::Ending(ends) => {
            all.retain(|end| ends.contains(end));
            all
        }
    }
}
