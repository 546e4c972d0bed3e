//! Which organisations and periods an analysis looks at.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::domain::{Fte, Organisation, Plan, Target};

use super::{Catalogue, Dimension, Inputs, Periods, Query, WarningKind, Warnings, catalogue};

/// Which organisations and periods are looked at.
pub(in crate::domain) struct Scope {
    organisations: Vec<String>,
    pub periods: Vec<NaiveDate>,
}

impl Scope {
    pub fn of(inputs: &Inputs, query: &Query) -> Self {
        let Inputs { plan, targets, organisations, .. } = inputs;
        Self {
            organisations: scope(plan, targets, organisations, query),
            periods: periods(targets, query),
        }
    }

    fn holds(&self, organisation: &str) -> bool {
        self.organisations.binary_search_by(|name| name.as_str().cmp(organisation)).is_ok()
    }

    pub fn targets<'a>(
        &self,
        inputs: &'a Inputs,
        query: &Query,
        catalogue: &Catalogue,
    ) -> Vec<&'a Target> {
        let wanted = |target: &&Target| {
            self.periods.contains(&target.period_end_date)
                && self.holds(&target.organisation)
                && query.wants_role(&target.role, catalogue)
        };
        inputs.targets.iter().filter(wanted).collect()
    }

    /// Warns of people in post in a role for which the plan has no target in their organisation.
    pub(super) fn forgotten(
        &self,
        inputs: &Inputs,
        query: &Query,
        catalogue: &Catalogue,
        warnings: &mut Warnings,
    ) {
        let planned: HashSet<_> =
            inputs.targets.iter().map(|target| (&target.organisation, &target.role)).collect();
        let mut in_post: HashMap<_, Fte> = HashMap::new();
        for staffing in &inputs.staffing {
            let place = (&staffing.parent, &staffing.role);
            let forgotten = !planned.contains(&place)
                && self.holds(&staffing.parent)
                && query.wants_role(&staffing.role, catalogue);
            if forgotten {
                let fte = in_post.entry(place).or_default();
                *fte = *fte + staffing.fte;
            }
        }
        for ((organisation, role), fte) in in_post {
            let key = catalogue.key(organisation, role, None, None);
            warnings.add(WarningKind::RoleNotInPlan, key, fte);
        }
    }
}

/// The organisations in scope, by name: those asked for, or else those with a target in the plan, its
/// owner and all below the owner.
pub fn scope(
    plan: &Plan,
    targets: &[Target],
    organisations: &[Organisation],
    query: &Query,
) -> Vec<String> {
    match query.organisations.is_empty() {
        true => organisations_of(plan, targets.iter(), organisations),
        false => named(organisations, query),
    }
}

/// The organisations that a query names, by name; with all below them where it says so.
pub(super) fn named(organisations: &[Organisation], query: &Query) -> Vec<String> {
    sorted(match query.include_descendants {
        true => catalogue::with_descendants(organisations, &query.organisations),
        false => query.organisations.clone(),
    })
}

/// The organisations that a plan is about, by name: its owner, all below the owner, and those with one
/// of the targets.
pub fn organisations_of<'a>(
    plan: &Plan,
    targets: impl Iterator<Item = &'a Target>,
    organisations: &[Organisation],
) -> Vec<String> {
    let owned = catalogue::with_descendants(organisations, std::slice::from_ref(&plan.owner));
    sorted(owned.into_iter().chain(targets.map(|target| target.organisation.clone())).collect())
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

/// The periods analysed, in order.
fn periods(targets: &[Target], query: &Query) -> Vec<NaiveDate> {
    let mut all: Vec<NaiveDate> = targets.iter().map(|target| target.period_end_date).collect();
    all.sort_unstable();
    all.dedup();
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
