//! Formulates the optimisation problem: what each pair of an option and a gap can close, and the limits that
//! several pairs share.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    Fte, Ratio,
    closure_option::{ClosureOptionKind, DependencyKind},
};

use super::{
    candidates::{ClosureContext, OptionMatch, Surplus},
    problem::{Candidate, GroupDependency, Problem, SharedCapacity, SharedLimit},
};

/// Builds the problem of these pairs, with the candidates in the same order.
pub fn problem(
    context: &ClosureContext<'_>,
    uses: &[OptionMatch],
    surplus: &Surplus<'_>,
) -> Problem {
    let candidates: Vec<Candidate> = uses.iter().map(|one| candidate(context, one)).collect();
    let mut limits = Limits::default();
    let mut capacities: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, one) in uses.iter().enumerate() {
        let (option, row) = (&context.options[one.option], &context.analysis.rows[one.row]);
        let figures = &row.figures;
        limits.add(("gap", one.row.to_string(), 0), i, figures.shortfall, true);
        let place = format!("{} {}", context.organisation(row), context.role(row));
        match option.kind {
            // A post is filled once, whatever the skill.
            ClosureOptionKind::Recruit => limits.add(("post", place, 0), i, one.cause, false),
            ClosureOptionKind::Share => {
                let skill = context.skill(row);
                limits.add(("share", skill.to_owned(), 0), i, surplus.all(skill), false);
            }
            ClosureOptionKind::Assess => {
                limits.add(("assess", one.row.to_string(), 0), i, one.cause, false)
            }
            ClosureOptionKind::Recertify => {
                limits.add(("recertify", one.row.to_string(), 0), i, one.cause, false)
            }
            ClosureOptionKind::Train => {
                limits.add(("train", one.row.to_string(), 0), i, one.cause, false)
            }
        }
        if option.capacity_per_period > 0 {
            capacities.entry(one.option).or_default().push(i);
        }
    }
    nested_training(context, uses, &mut limits);
    let (groups, ties) = ties(context, uses);
    let capacities = capacities.into_iter().map(|(option, members)| SharedCapacity {
        members,
        most: context.options[option].capacity_per_period.into(),
    });
    let limits = limits.0.into_values().filter(|limit| limit.binds(&candidates)).collect();
    Problem { limits, capacities: capacities.collect(), candidates, groups, ties }
}

/// Adds limits to training by starting level: all options that start from a level or a higher one train,
/// together, at most those who have at least that level.
fn nested_training(context: &ClosureContext<'_>, uses: &[OptionMatch], limits: &mut Limits) {
    let mut by_row: BTreeMap<usize, Vec<(i32, usize, Fte)>> = BTreeMap::new();
    for (i, one) in uses.iter().enumerate() {
        let option = &context.options[one.option];
        if option.kind == ClosureOptionKind::Train && option.from_level > 0 {
            by_row.entry(one.row).or_default().push((option.from_level, i, one.reach));
        }
    }
    for (row, training) in by_row {
        let levels: BTreeMap<i32, Fte> =
            training.iter().map(|(level, _, reach)| (*level, *reach)).collect();
        for (level, reach) in levels {
            for (_, member, _) in training.iter().filter(|(other, ..)| *other >= level) {
                limits.add(("train", row.to_string(), level), *member, reach, false);
            }
        }
    }
}

fn candidate(context: &ClosureContext<'_>, one: &OptionMatch) -> Candidate {
    let (option, row) = (&context.options[one.option], &context.analysis.rows[one.row]);
    let success = option.success_probability;
    // The expected gain must not exceed the shortfall.
    let enough = row.figures.shortfall.scaled(100_000, success.count().max(1).into());
    let most = one.cause.min(one.reach).min(enough);
    let per_head = option.fte_per_head.max(Fte::parts(1));
    let headcount = (most.count() + per_head.count() - 1) / per_head.count();
    let capacity = match option.capacity_per_period {
        0 => i64::MAX,
        capacity => capacity.into(),
    };
    Candidate {
        cost: option.cost_per_head_pence,
        per_head,
        success,
        weight: row.required.as_ref().map_or(Ratio::ONE, |required| required.weight),
        most,
        headcount: headcount.min(capacity).min(i32::MAX.into()),
    }
}

/// Groups candidates by option and organisation where options exclude or require each other.
fn ties(
    context: &ClosureContext<'_>,
    uses: &[OptionMatch],
) -> (Vec<Vec<usize>>, Vec<GroupDependency>) {
    let places: HashMap<&str, usize> =
        context.options.iter().zip(0..).map(|(option, at)| (option.name.as_str(), at)).collect();
    let mut members: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (i, one) in uses.iter().enumerate() {
        let organisation = context.organisation(&context.analysis.rows[one.row]);
        members.entry((one.option, organisation)).or_default().push(i);
    }
    let (mut groups, mut numbers) = (Vec::new(), BTreeMap::new());
    let mut number = |place: (usize, &str)| -> Option<usize> {
        let list = members.get(&place)?;
        Some(*numbers.entry((place.0, place.1.to_owned())).or_insert_with(|| {
            groups.push(list.clone());
            groups.len() - 1
        }))
    };
    let mut ties = Vec::new();
    for place in members.keys() {
        for relation in &context.options[place.0].relations.0 {
            let other = places.get(relation.option.as_str());
            let other = other.and_then(|other| number((*other, place.1)));
            let (Some(other), Some(one)) = (other, number(*place)) else { continue };
            let tie = match relation.kind {
                DependencyKind::Excludes => {
                    GroupDependency::Excludes(one.min(other), one.max(other))
                }
                DependencyKind::Requires => GroupDependency::Requires(one, other),
            };
            if !ties.contains(&tie) {
                ties.push(tie);
            }
        }
    }
    (groups, ties)
}

/// Limits by kind, subject and level.
#[derive(Default)]
struct Limits(BTreeMap<(&'static str, String, i32), SharedLimit>);

impl Limits {
    fn add(&mut self, key: (&'static str, String, i32), member: usize, most: Fte, expected: bool) {
        let new = || SharedLimit { members: Vec::new(), most, expected };
        let limit = self.0.entry(key).or_insert_with(new);
        limit.members.push(member);
    }
}
