//! Sums of an analysis by what rows are of, and the posts behind them.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashSet},
};

use crate::{
    domain::{Fte, name},
    planning::analysis::{Analysis, Catalogue, Dimension, Key, Row, Totals},
};

use super::words;

/// The posts that skills are required of, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Posts {
    /// How many FTE are needed.
    pub needed: Fte,
    /// How many are funded.
    pub funded: Fte,
    /// How many are in post.
    pub in_post: Fte,
}

/// A sum over all that has something in common.
#[derive(Clone, Debug)]
pub struct Sum {
    /// What it is of.
    pub title: String,
    /// More of it: the family of a role, the code of an organisation.
    pub detail: String,
    /// The sums.
    pub totals: Totals,
}

/// The posts of rows.
pub fn posts<'a>(rows: impl Iterator<Item = &'a Row>) -> Posts {
    let place = [Dimension::Organisation, Dimension::Role, Dimension::Period];
    let mut seen = HashSet::new();
    let mut posts = Posts::default();
    for row in rows {
        if seen.insert(row.key.only(&place)) {
            posts.needed = posts.needed + row.figures.needed;
            posts.funded = posts.funded + row.figures.funded;
            posts.in_post = posts.in_post + row.figures.in_post;
        }
    }
    posts
}

/// The titles of the organisation, role and skill of a row.
pub fn titles(catalogue: &Catalogue, key: Key) -> [String; 3] {
    [
        catalogue.organisation(key).map(|row| row.title.clone()),
        catalogue.role(key).map(|row| row.title.clone()),
        catalogue.skill(key).map(|row| row.title.clone()),
    ]
    .map(Option::unwrap_or_default)
}

/// The sums by some dimensions.
pub fn by(analysis: &Analysis, dimensions: &[Dimension]) -> BTreeMap<Key, Totals> {
    let mut sums: BTreeMap<Key, Totals> = BTreeMap::new();
    for row in &analysis.rows {
        sums.entry(row.key.only(dimensions)).or_default().add(row);
    }
    sums
}

/// By role, the greatest shortfall first.
pub fn by_role(analysis: &Analysis) -> Vec<Sum> {
    let catalogue = &analysis.catalogue;
    let sum = |(key, totals): (Key, Totals)| {
        let role = catalogue.role(key)?;
        Some(Sum { title: role.title.clone(), detail: words::family(&role.family), totals })
    };
    sorted(by(analysis, &[Dimension::Role]).into_iter().filter_map(sum).collect())
}

/// By organisation, the greatest shortfall first.
pub fn by_organisation(analysis: &Analysis) -> Vec<Sum> {
    let catalogue = &analysis.catalogue;
    let sum = |(key, totals): (Key, Totals)| {
        let organisation = catalogue.organisation(key)?;
        let code = name::id_of(&organisation.name).to_owned();
        Some(Sum { title: organisation.title.clone(), detail: code, totals })
    };
    sorted(by(analysis, &[Dimension::Organisation]).into_iter().filter_map(sum).collect())
}

fn sorted(mut sums: Vec<Sum>) -> Vec<Sum> {
    // What is equal stays in the order of its name.
    sums.sort_by_key(|sum| Reverse(sum.totals.figures.shortfall));
    sums
}
