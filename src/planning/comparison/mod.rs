//! Compares organisations: coverage of a skill or a family of roles with ranks, and the share of the
//! variation in levels that lies between organisations. Pure functions, exact where possible.

mod rank;
mod rules;
mod spread;

use std::collections::BTreeMap;

use crate::{
    domain::Fte,
    planning::analysis::{
        Analysis, AnalysisInputs, AnalysisQuery, Dimension, RowKey, Totals, WorkforceIndex, analyse,
    },
};

pub use rank::CoverageRank;
pub use rules::{check_query, check_surplus_query};
pub use spread::{LevelSpread, Spread};

/// Result of a comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The analysis compared: one row per organisation, role and skill.
    pub analysis: Analysis,
    /// Organisations, the best covered first.
    pub organisations: Vec<OrganisationComparison>,
    /// Variation of levels in each skill, ordered by skill.
    pub skills: Vec<(RowKey, Spread)>,
    /// Variation of levels over all skills, each about its own mean.
    pub spread: Spread,
}

/// One organisation in the comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct OrganisationComparison {
    /// Identifies the organisation.
    pub key: RowKey,
    /// Sum of its cells.
    pub totals: Totals,
    /// Rank and percentile; `None` if nothing is needed.
    pub place: Option<CoverageRank>,
    /// Levels of those in post with a valid assessment.
    pub levels: LevelSpread,
}

/// Compares organisations. The query must ask for one period, not sum rows, and set no minimum severity.
pub fn compare(inputs: &AnalysisInputs, query: &AnalysisQuery) -> Comparison {
    let analysis = analyse(inputs, query);
    let workforce = WorkforceIndex::of(inputs, &analysis.catalogue, query);
    let mut organisations: BTreeMap<RowKey, (Totals, LevelSpread)> = BTreeMap::new();
    let mut skills: BTreeMap<RowKey, BTreeMap<RowKey, LevelSpread>> = BTreeMap::new();
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
    let skills: Vec<(RowKey, Spread)> = skills
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

/// Ranks the organisations, the best first, and last those without a rank.
fn placed(organisations: BTreeMap<RowKey, (Totals, LevelSpread)>) -> Vec<OrganisationComparison> {
    let parts = |totals: &Totals| (totals.figures.covered, totals.figures.needed);
    let coverages: Vec<(Fte, Fte)> = organisations.values().map(|(t, _)| parts(t)).collect();
    let places = rank::coverage_ranks(&coverages);
    let compared =
        |((key, (totals, levels)), place)| OrganisationComparison { key, totals, place, levels };
    let mut compared: Vec<OrganisationComparison> =
        organisations.into_iter().zip(places).map(compared).collect();
    compared.sort_by_key(|one| (one.place.map_or(usize::MAX, |place| place.rank), one.key));
    compared
}

#[cfg(test)]
mod tests;
