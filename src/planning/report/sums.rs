//! Totals of an analysis by dimension, and the posts behind them.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashSet},
};

use crate::{
    domain::{Fte, name},
    planning::analysis::{Analysis, AnalysisRow, Catalogue, Dimension, RowKey, Totals},
};

/// Posts of the roles with required skills, in FTE; each post counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Posts {
    pub needed: Fte,
    /// FTE funded.
    pub funded: Fte,
    pub in_post: Fte,
    /// FTE needed and not funded, of the places where a skill is short because of that.
    pub unfunded: Fte,
    /// FTE funded and not filled, of the places where a skill is short because of that.
    pub vacant: Fte,
}

/// Totals of one role or one organisation.
#[derive(Clone, Debug)]
pub struct GroupTotals {
    pub title: String,
    /// Family of a role, or ODS code of an organisation.
    pub detail: String,
    pub totals: Totals,
}

/// Sums the posts behind rows.
pub fn posts<'a>(rows: impl Iterator<Item = &'a AnalysisRow>) -> Posts {
    let post = [Dimension::Organisation, Dimension::Role, Dimension::Period];
    let (mut seen, mut unfunded, mut vacant) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut posts = Posts::default();
    for AnalysisRow { key, figures, .. } in rows {
        let place = key.only(&post);
        if seen.insert(place) {
            posts.needed = posts.needed + figures.needed;
            posts.funded = posts.funded + figures.funded;
            posts.in_post = posts.in_post + figures.in_post;
        }
        if figures.causes.unfunded > Fte::ZERO && unfunded.insert(place) {
            posts.unfunded = posts.unfunded + figures.unfunded();
        }
        if figures.causes.vacant > Fte::ZERO && vacant.insert(place) {
            posts.vacant = posts.vacant + figures.vacant();
        }
    }
    posts
}

/// Titles of the organisation, role and skill of a row.
pub fn titles(catalogue: &Catalogue, key: RowKey) -> [String; 3] {
    [
        catalogue.organisation(key).map(|row| row.title.clone()),
        catalogue.role(key).map(|row| row.title.clone()),
        catalogue.skill(key).map(|row| row.title.clone()),
    ]
    .map(Option::unwrap_or_default)
}

/// Totals by these dimensions.
pub fn by(analysis: &Analysis, dimensions: &[Dimension]) -> BTreeMap<RowKey, Totals> {
    let mut sums: BTreeMap<RowKey, Totals> = BTreeMap::new();
    for row in &analysis.rows {
        sums.entry(row.key.only(dimensions)).or_default().add(row);
    }
    sums
}

/// Totals by role, the greatest shortfall first.
pub fn by_role(analysis: &Analysis) -> Vec<GroupTotals> {
    let catalogue = &analysis.catalogue;
    let sum = |(key, totals): (RowKey, Totals)| {
        let role = catalogue.role(key)?;
        Some(GroupTotals { title: role.title.clone(), detail: role.family.clone(), totals })
    };
    sorted(by(analysis, &[Dimension::Role]).into_iter().filter_map(sum).collect())
}

/// Totals by organisation, the greatest shortfall first.
pub fn by_organisation(analysis: &Analysis) -> Vec<GroupTotals> {
    let catalogue = &analysis.catalogue;
    let sum = |(key, totals): (RowKey, Totals)| {
        let organisation = catalogue.organisation(key)?;
        let code = name::id_of(&organisation.name).to_owned();
        Some(GroupTotals { title: organisation.title.clone(), detail: code, totals })
    };
    sorted(by(analysis, &[Dimension::Organisation]).into_iter().filter_map(sum).collect())
}

fn sorted(mut sums: Vec<GroupTotals>) -> Vec<GroupTotals> {
    // The sort is stable: equal shortfalls stay ordered by name.
    sums.sort_by_key(|sum| Reverse(sum.totals.figures.shortfall));
    sums
}
