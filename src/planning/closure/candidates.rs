//! Matches closure options with gaps, and derives the limits that the matches share.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::Days;

use crate::{
    domain::{
        ClosureOption, Fte,
        closure_option::{ClosureOptionKind, DependencyKind},
    },
    planning::analysis::{Analysis, AnalysisInputs, AnalysisQuery, AnalysisRow, WorkforceIndex},
};

use super::{TooManyMatches, UnusableReason};

/// Maximum number of pairs of an option and a gap to choose among.
pub const MAX: usize = 20_000;

/// An option paired with a gap that it could close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionMatch {
    /// Index of the option in the list of options.
    pub option: usize,
    /// Index of the gap's row in the analysis.
    pub row: usize,
    /// FTE of the cause that the option closes.
    pub cause: Fte,
    /// The part of that FTE that the option can reach.
    pub reach: Fte,
}

/// All pairs, and why the remaining options fit no gap.
#[derive(Debug)]
pub struct OptionMatches<'a> {
    /// Pairs, in the order of the options.
    pub uses: Vec<OptionMatch>,
    /// Surplus of each skill.
    pub surplus: Surplus<'a>,
    /// Options that fit no gap, by index, with the reason.
    pub unusable: BTreeMap<usize, UnusableReason>,
}

/// Context for matching options with rows.
pub struct ClosureContext<'a> {
    pub inputs: &'a AnalysisInputs,
    pub analysis: &'a Analysis,
    pub options: &'a [ClosureOption],
    pub query: &'a AnalysisQuery,
}

impl ClosureContext<'_> {
    /// Matches options with gaps. Fails if there are more than [`MAX`] pairs.
    pub fn uses(&self) -> Result<OptionMatches<'_>, TooManyMatches> {
        let workforce = WorkforceIndex::of(self.inputs, &self.analysis.catalogue, self.query);
        let surplus = self.surplus();
        let by_skill = self.rows_by_skill();
        let (mut uses, mut unusable) = (Vec::new(), BTreeMap::new());
        for (place, option) in self.options.iter().enumerate() {
            let mut why = UnusableReason::NothingToClose;
            for row in by_skill.get(option.skill.as_str()).into_iter().flatten() {
                match self.match_up(place, *row, &workforce, &surplus) {
                    Ok(found) => uses.extend(found),
                    Err(reason) => why = reason,
                }
            }
            if uses.last().is_none_or(|last: &OptionMatch| last.option != place) {
                unusable.insert(place, why);
            }
            if uses.len() > MAX {
                return Err(TooManyMatches);
            }
        }
        self.drop_unmet(&mut uses, &mut unusable);
        Ok(OptionMatches { uses, surplus, unusable })
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

    pub fn organisation(&self, row: &AnalysisRow) -> &str {
        self.analysis.catalogue.organisation(row.key).map_or("", |o| o.name.as_str())
    }

    pub fn role(&self, row: &AnalysisRow) -> &str {
        self.analysis.catalogue.role(row.key).map_or("", |role| role.name.as_str())
    }

    pub fn skill(&self, row: &AnalysisRow) -> &str {
        self.analysis.catalogue.skill(row.key).map_or("", |skill| skill.name.as_str())
    }

    /// Pairs an option with a row. Returns `None` if the option is not meant for the row, and an error if it
    /// is but cannot be used, for a reason that the caller should see.
    fn match_up(
        &self,
        place: usize,
        at: usize,
        workforce: &WorkforceIndex<'_>,
        surplus: &Surplus<'_>,
    ) -> Result<Option<OptionMatch>, UnusableReason> {
        let (option, row) = (&self.options[place], &self.analysis.rows[at]);
        let meant = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        let family = self.analysis.catalogue.family(row.key).unwrap_or_default();
        let for_it = meant(&option.organisation, self.organisation(row))
            && meant(&option.role, self.role(row))
            && meant(&option.family, family);
        let level = row.required.as_ref().map_or(0, |required| required.lowest_rank);
        let days = Days::new(u64::try_from(option.lead_time_days).unwrap_or(0));
        let ready = self.query.as_of.checked_add_days(days);
        let end = self.analysis.catalogue.period(row.key);
        let (cause, reach) = match for_it {
            true => self.cause(option, row, workforce, surplus, level),
            false => return Ok(None),
        };
        if cause.min(reach) <= Fte::ZERO {
            Ok(None)
        } else if option.to_level != 0 && option.to_level < level {
            Err(UnusableReason::LevelTooLow)
        } else if ready > end {
            Err(UnusableReason::TooLate)
        } else {
            Ok(Some(OptionMatch { option: place, row: at, cause, reach }))
        }
    }

    /// FTE of the cause that an option closes in a row, and the part of it that the option can reach.
    fn cause(
        &self,
        option: &ClosureOption,
        row: &AnalysisRow,
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

    /// Removes the pairs whose option requires another that has no pair in the same organisation, until
    /// nothing more is removed.
    fn drop_unmet(
        &self,
        uses: &mut Vec<OptionMatch>,
        unusable: &mut BTreeMap<usize, UnusableReason>,
    ) {
        let places: HashMap<&str, usize> =
            self.options.iter().zip(0..).map(|(option, at)| (option.name.as_str(), at)).collect();
        loop {
            let at = |one: &OptionMatch| self.organisation(&self.analysis.rows[one.row]);
            let there: BTreeSet<(usize, &str)> =
                uses.iter().map(|one| (one.option, at(one))).collect();
            let met = |one: &OptionMatch| {
                let relations = &self.options[one.option].relations.0;
                let required = relations.iter().filter(|r| r.kind == DependencyKind::Requires);
                required.into_iter().all(|relation| {
                    let other = places.get(relation.option.as_str());
                    other.is_some_and(|other| there.contains(&(*other, at(one))))
                })
            };
            let (kept, gone): (Vec<OptionMatch>, Vec<OptionMatch>) =
                uses.iter().partition(|one| met(one));
            let gone: BTreeSet<usize> = gone.iter().map(|one| one.option).collect();
            let left: BTreeSet<usize> = kept.iter().map(|one| one.option).collect();
            for option in gone.iter().filter(|option| !left.contains(option)) {
                unusable.insert(*option, UnusableReason::RequiredOptionUnusable);
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
}

/// Surplus FTE by skill, and by skill and organisation.
#[derive(Debug, Default)]
pub struct Surplus<'a> {
    of_skill: HashMap<&'a str, Fte>,
    own: HashMap<(&'a str, &'a str), Fte>,
}

impl Surplus<'_> {
    /// FTE of a skill that all organisations together have beyond their need.
    pub fn all(&self, skill: &str) -> Fte {
        self.of_skill.get(skill).copied().unwrap_or_default()
    }

    fn elsewhere(&self, skill: &str, organisation: &str) -> Fte {
        self.all(skill) - self.own.get(&(skill, organisation)).copied().unwrap_or_default()
    }
}
