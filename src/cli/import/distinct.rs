//! Rows of which each must have its own name.

use std::collections::BTreeMap;

use crate::api::client::Importable;

use super::{Report, SourcedRow};

/// Rows by their names. The same row may be added any number of times.
pub struct DistinctRows<M> {
    rows: BTreeMap<String, Vec<SourcedRow<M>>>,
}

impl<M> Default for DistinctRows<M> {
    fn default() -> Self {
        Self { rows: BTreeMap::new() }
    }
}

impl<M: Importable> DistinctRows<M> {
    /// Adds a row, unless it is there already.
    pub fn add(&mut self, sourced: SourcedRow<M>) {
        let rows = self.rows.entry(sourced.row.name().to_owned()).or_default();
        if !rows.iter().any(|other| other.row == sourced.row) {
            rows.push(sourced);
        }
    }

    /// Returns the rows in the order of their names. Rejects all rows of a name that stands for
    /// several, so that it does not matter which comes first.
    pub fn take(self, report: &mut Report) -> Vec<SourcedRow<M>> {
        let mut distinct = Vec::new();
        for (name, mut rows) in self.rows {
            if rows.len() == 1 {
                distinct.append(&mut rows);
                continue;
            }
            let origins: Vec<&str> = rows.iter().map(|sourced| sourced.origin.as_str()).collect();
            reject_conflict(M::TYPE.title(), &name, &origins, report);
        }
        distinct
    }
}

/// Rejects lines that give different values to one name.
pub fn reject_conflict(title: &'static str, name: &str, origins: &[&str], report: &mut Report) {
    for (i, origin) in origins.iter().enumerate() {
        let others = origins.iter().enumerate().filter(|(other, _)| *other != i);
        let others: Vec<&str> = others.map(|(_, origin)| *origin).take(3).collect();
        let reasons = format!("conflicts with {}: other values, same name", others.join(", "));
        report.reject(title, origin, name.to_owned(), reasons);
    }
}
