//! Which options can be used for which gaps, and under which limits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, NaiveDate};

use crate::{
    domain::{
        ClosureOption, Fte, Ratio,
        closure_option::{ClosureOptionKind, DependencyKind},
    },
    planning::analysis::{Analysis, AnalysisInputs, Row, WorkforceIndex},
};

use super::{
    TooMany, Unusable,
    problem::{Candidate, Capacity, Limit, Problem, Tie},
};

/// The most choices that are looked at.
pub const MOST: usize = 20_000;

/// An option and a gap that it could close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The place of the option in the list of options.
    pub option: usize,
    /// The place of the row in the analysis.
    pub row: usize,
    /// What there is of the cause that it closes.
    pub cause: Fte,
    /// The part of it that the option can reach.
    reach: Fte,
}

/// All uses, with the problem that they make, and why the other options are of none.
#[derive(Debug)]
pub struct Uses {
    /// In the order of the problem's candidates.
    pub uses: Vec<Use>,
    /// The problem.
    pub problem: Problem,
    /// Options without a use, by their place.
    pub unusable: BTreeMap<usize, Unusable>,
}

/// What an option and a row are matched by.
pub struct Ground<'a> {
    pub inputs: &'a AnalysisInputs,
    pub analysis: &'a Analysis,
    pub options: &'a [ClosureOption],
    pub as_of: NaiveDate,
}

impl Ground<'_> {
    /// Matches options and gaps.
    pub fn uses(&self) -> Result<Uses, TooMany> {
        let workforce = WorkforceIndex::of(self.inputs, &self.analysis.catalogue, self.as_of);
        let surplus = self.surplus();
        let by_skill = self.rows_by_skill();
        let (mut uses, mut unusable) = (Vec::new(), BTreeMap::new());
        for (place, option) in self.options.iter().enumerate() {
            let mut why = Unusable::NothingToClose;
            for row in by_skill.get(option.skill.as_str()).into_iter().flatten() {
                match self.match_up(place, *row, &workforce, &surplus) {
                    Ok(found) => uses.extend(found),
                    Err(reason) => why = reason,
                }
            }
            if uses.last().is_none_or(|last: &Use| last.option != place) {
                unusable.insert(place, why);
            }
            if uses.len() > MOST {
                return Err(TooMany);
            }
        }
        self.drop_unmet(&mut uses, &mut unusable);
        let problem = self.problem(&uses, &surplus);
        Ok(Uses { uses, problem, unusable })
    }

    fn rows_by_skill(&self) -> HashMap<&str, Vec<usize>> {
        let mut rows: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, row) in self.analysis.rows.iter().enumerate() {
            if row.figures.shortfall > Fte::ZERO {
                rows.entry(self.skill(row)).or_default().push(at);
            }
        }
        rows
    }

    fn organisation(&self, row: &Row) -> &str {
        self.analysis.catalogue.organisation(row.key).map_or("", |o| o.name.as_str())
    }

    fn role(&self, row: &Row) -> &str {
        self.analysis.catalogue.role(row.key).map_or("", |role| role.name.as_str())
    }

    fn skill(&self, row: &Row) -> &str {
        self.analysis.catalogue.skill(row.key).map_or("", |skill| skill.name.as_str())
    }

    /// Whether an option can be used for a row; nothing where it is not meant for it, and an error
    /// where it cannot be used for a reason worth telling.
    fn match_up(
        &self,
        place: usize,
        at: usize,
        workforce: &WorkforceIndex<'_>,
        surplus: &Surplus<'_>,
    ) -> Result<Option<Use>, Unusable> {
        let (option, row) = (&self.options[place], &self.analysis.rows[at]);
        let meant = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        let family = self.analysis.catalogue.family(row.key).unwrap_or_default();
        let for_it = meant(&option.organisation, self.organisation(row))
            && meant(&option.role, self.role(row))
            && meant(&option.family, family);
        let level = row.required.as_ref().map_or(0, |required| required.minimum_level);
        let days = Days::new(u64::try_from(option.lead_time_days).unwrap_or(0));
        let ready = self.as_of.checked_add_days(days);
        let end = self.analysis.catalogue.period(row.key);
        let (cause, reach) = match for_it {
            true => self.cause(option, row, workforce, surplus, level),
            false => return Ok(None),
        };
        if cause.min(reach) <= Fte::ZERO {
            Ok(None)
        } else if option.to_level != 0 && option.to_level < level {
            Err(Unusable::LevelTooLow)
        } else if ready > end {
            Err(Unusable::TooLate)
        } else {
            Ok(Some(Use { option: place, row: at, cause, reach }))
        }
    }

    /// How much there is of the cause that an option closes, and how much of that it reaches.
    fn cause(
        &self,
        option: &ClosureOption,
        row: &Row,
        workforce: &WorkforceIndex<'_>,
        surplus: &Surplus<'_>,
        level: i32,
    ) -> (Fte, Fte) {
        let figures = &row.figures;
        let all = |fte: Fte| (fte.or_zero(), fte.or_zero());
        match option.kind {
            ClosureOptionKind::Assess => all(figures.unassessed()),
            ClosureOptionKind::Recertify => all(figures.expired),
            ClosureOptionKind::Recruit => all(figures.vacant()),
            ClosureOptionKind::Share => {
                let elsewhere = surplus.elsewhere(self.skill(row), self.organisation(row));
                (figures.shortfall, figures.shortfall.min(elsewhere))
            }
            ClosureOptionKind::Train if option.from_level == 0 => all(figures.below),
            ClosureOptionKind::Train => {
                let mut reach = Fte::ZERO;
                workforce.each_valid(row.key, |assessed, fte| {
                    if (option.from_level..level).contains(&assessed.level()) {
                        reach = reach + fte;
                    }
                });
                (figures.below, reach)
            }
        }
    }

    /// Drops the uses of options that require one without a use in the same organisation, until none
    /// is left.
    fn drop_unmet(&self, uses: &mut Vec<Use>, unusable: &mut BTreeMap<usize, Unusable>) {
        let places: HashMap<&str, usize> =
            self.options.iter().zip(0..).map(|(option, at)| (option.name.as_str(), at)).collect();
        loop {
            let at = |one: &Use| self.organisation(&self.analysis.rows[one.row]);
            let there: BTreeSet<(usize, &str)> =
                uses.iter().map(|one| (one.option, at(one))).collect();
            let met = |one: &Use| {
                let relations = &self.options[one.option].relations.0;
                let required = relations.iter().filter(|r| r.kind == DependencyKind::Requires);
                required.into_iter().all(|relation| {
                    let other = places.get(relation.option.as_str());
                    other.is_some_and(|other| there.contains(&(*other, at(one))))
                })
            };
            let (kept, gone): (Vec<Use>, Vec<Use>) = uses.iter().partition(|one| met(one));
            let gone: BTreeSet<usize> = gone.iter().map(|one| one.option).collect();
            let left: BTreeSet<usize> = kept.iter().map(|one| one.option).collect();
            for option in gone.iter().filter(|option| !left.contains(option)) {
                unusable.insert(*option, Unusable::RequiredOptionUnusable);
            }
            *uses = kept;
            if gone.is_empty() {
                return;
            }
        }
    }

    fn surplus(&self) -> Surplus<'_> {
        let mut surplus = Surplus::default();
        for row in &self.analysis.rows {
            let fte = row.figures.surplus;
            if fte > Fte::ZERO {
                let (skill, organisation) = (self.skill(row), self.organisation(row));
                for entry in [
                    surplus.of_skill.entry(skill).or_default(),
                    surplus.own.entry((skill, organisation)).or_default(),
                ] {
                    *entry = *entry + fte;
                }
            }
        }
        surplus
    }

    fn problem(&self, uses: &[Use], surplus: &Surplus<'_>) -> Problem {
        let candidates: Vec<Candidate> = uses.iter().map(|one| self.candidate(one)).collect();
        let mut limits = Limits::default();
        let mut capacities: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, one) in uses.iter().enumerate() {
            let (option, row) = (&self.options[one.option], &self.analysis.rows[one.row]);
            let figures = &row.figures;
            limits.add(("gap", one.row.to_string(), 0), i, figures.shortfall, true);
            let place = format!("{} {}", self.organisation(row), self.role(row));
            match option.kind {
                // A post is filled once, whatever the skill.
                ClosureOptionKind::Recruit => limits.add(("post", place, 0), i, one.cause, false),
                ClosureOptionKind::Share => {
                    let skill = self.skill(row);
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
        self.nested_training(uses, &mut limits);
        let (groups, ties) = self.ties(uses);
        let capacities = capacities.into_iter().map(|(option, members)| Capacity {
            members,
            most: self.options[option].capacity_per_period.into(),
        });
        let limits = limits.0.into_values().filter(|limit| limit.binds(&candidates)).collect();
        Problem { limits, capacities: capacities.collect(), candidates, groups, ties }
    }

    /// Those who have a level at least are not trained more than once either, by all options together
    /// that want that level or a higher one.
    fn nested_training(&self, uses: &[Use], limits: &mut Limits) {
        let mut by_row: BTreeMap<usize, Vec<(i32, usize, Fte)>> = BTreeMap::new();
        for (i, one) in uses.iter().enumerate() {
            let option = &self.options[one.option];
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

    fn candidate(&self, one: &Use) -> Candidate {
        let (option, row) = (&self.options[one.option], &self.analysis.rows[one.row]);
        let success = option.success_probability;
        // What is expected to be gained is not more than is missing.
        let enough = row.figures.shortfall.scaled(100_000, success.count().max(1).into());
        let most = one.cause.min(one.reach).min(enough);
        let per_head = option.fte_per_head.max(Fte::parts(1));
        let heads = (most.count() + per_head.count() - 1) / per_head.count();
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
            heads: heads.min(capacity).min(i32::MAX.into()),
        }
    }

    /// The groups of candidates that depend on others: an option in an organisation.
    fn ties(&self, uses: &[Use]) -> (Vec<Vec<usize>>, Vec<Tie>) {
        let places: HashMap<&str, usize> =
            self.options.iter().zip(0..).map(|(option, at)| (option.name.as_str(), at)).collect();
        let mut members: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for (i, one) in uses.iter().enumerate() {
            let organisation = self.organisation(&self.analysis.rows[one.row]);
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
            for relation in &self.options[place.0].relations.0 {
                let other = places.get(relation.option.as_str());
                let other = other.and_then(|other| number((*other, place.1)));
                let (Some(other), Some(one)) = (other, number(*place)) else { continue };
                let tie = match relation.kind {
                    DependencyKind::Excludes => Tie::Excludes(one.min(other), one.max(other)),
                    DependencyKind::Requires => Tie::Requires(one, other),
                };
                if !ties.contains(&tie) {
                    ties.push(tie);
                }
            }
        }
        (groups, ties)
    }
}

/// What is more than needed.
#[derive(Default)]
struct Surplus<'a> {
    of_skill: HashMap<&'a str, Fte>,
    own: HashMap<(&'a str, &'a str), Fte>,
}

impl Surplus<'_> {
    fn all(&self, skill: &str) -> Fte {
        self.of_skill.get(skill).copied().unwrap_or_default()
    }

    fn elsewhere(&self, skill: &str, organisation: &str) -> Fte {
        self.all(skill) - self.own.get(&(skill, organisation)).copied().unwrap_or_default()
    }
}

/// Limits by what they are of.
#[derive(Default)]
struct Limits(BTreeMap<(&'static str, String, i32), Limit>);

impl Limits {
    fn add(&mut self, key: (&'static str, String, i32), member: usize, most: Fte, expected: bool) {
        let new = || Limit { members: Vec::new(), most, expected };
        let limit = self.0.entry(key).or_insert_with(new);
        limit.members.push(member);
    }
}
