//! Comparing organisations: the coverage of each in a skill or a family of roles with its rank, and how
//! much of what people can do is down to where they work. Pure, and exact where it can be.

mod rank;
mod rules;
mod spread;

use std::collections::BTreeMap;

use crate::{
    domain::Fte,
    planning::analysis::{
        Analysis, AnalysisInputs, Dimension, Key, Query, Totals, WorkforceIndex, analyse,
    },
};

pub use rank::Place;
pub use rules::{check_query, check_surplus_query};
pub use spread::{Levels, Spread};

/// The outcome.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The analysis that was compared: a row for each organisation, role and skill.
    pub analysis: Analysis,
    /// The organisations, the best covered first.
    pub organisations: Vec<Compared>,
    /// How levels differ in each skill, by skill.
    pub skills: Vec<(Key, Spread)>,
    /// How levels differ in all skills together, each about its own mean.
    pub spread: Spread,
}

/// An organisation among the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The organisation.
    pub key: Key,
    /// The sum of its parts.
    pub totals: Totals,
    /// Its place; none where nothing is needed.
    pub place: Option<Place>,
    /// The levels of those in post who were validly assessed.
    pub levels: Levels,
}

/// Compares. The query asks for one period, and neither sums rows nor leaves any out by severity.
pub fn compare(inputs: &AnalysisInputs, query: &Query) -> Comparison {
    let analysis = analyse(inputs, query);
    let workforce = WorkforceIndex::of(inputs, &analysis.catalogue, query.as_of);
    let mut organisations: BTreeMap<Key, (Totals, Levels)> = BTreeMap::new();
    let mut skills: BTreeMap<Key, BTreeMap<Key, Levels>> = BTreeMap::new();
    for row in &analysis.rows {
        let place = row.key.only(&[Dimension::Organisation, Dimension::Region]);
        let skill = row.key.only(&[Dimension::Skill, Dimension::Category]);
        let (totals, levels) = organisations.entry(place).or_default();
        totals.add(row);
        let of_skill = skills.entry(skill).or_default().entry(place).or_default();
        workforce.each_valid(row.key, |assessed, fte| {
            levels.add(assessed.level(), fte);
            of_skill.add(assessed.level(), fte);
        });
    }
    let skills: Vec<(Key, Spread)> = skills
        .into_iter()
        .map(|(skill, groups)| (skill, Spread::between(groups.values())))
        .collect();
    Comparison {
        organisations: placed(organisations),
        spread: skills.iter().map(|(_, spread)| *spread).sum(),
        skills,
        analysis,
    }
}

/// The organisations with their places, the first place first, and last those that have none.
fn placed(organisations: BTreeMap<Key, (Totals, Levels)>) -> Vec<Compared> {
    let parts = |totals: &Totals| (totals.figures.covered, totals.figures.needed);
    let coverages: Vec<(Fte, Fte)> = organisations.values().map(|(t, _)| parts(t)).collect();
    let places = rank::places(&coverages);
    let compared = |((key, (totals, levels)), place)| Compared { key, totals, place, levels };
    let mut compared: Vec<Compared> = organisations.into_iter().zip(places).map(compared).collect();
    compared.sort_by_key(|one| (one.place.map_or(usize::MAX, |place| place.rank), one.key));
    compared
}

#[cfg(test)]
mod tests;
