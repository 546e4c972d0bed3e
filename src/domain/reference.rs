//! The columns of a resource type that name other resources, and the rules for what they name.

use std::collections::HashSet;

use sea_orm::{IdenStatic, Value};

use crate::store::Column;

use super::{Around, Fields, Kind, Noun, Reason, Violations, name};

/// A column that holds names of other resources.
pub struct Reference<N: Noun> {
    /// The column.
    pub column: Column<N>,
    /// The key of the name in each object, where the column holds a JSON list of objects.
    pub key: Option<&'static str>,
    /// What the names can be of.
    pub kinds: &'static [Kind],
    /// Whether following the column from row to row must never lead back.
    pub chain: bool,
}

impl<N: Noun> Reference<N> {
    /// A column that holds one name, or nothing.
    pub const fn one(column: Column<N>, kinds: &'static [Kind]) -> Self {
        Self { column, key: None, kinds, chain: false }
    }

    /// A column that holds the name of a row of the same resource type, and must never lead back.
    pub const fn chain(column: Column<N>, kinds: &'static [Kind]) -> Self {
        Self { column, key: None, kinds, chain: true }
    }

    /// A column that holds a list of objects, each with a name under `key`.
    pub const fn each(column: Column<N>, key: &'static str, kinds: &'static [Kind]) -> Self {
        Self { column, key: Some(key), kinds, chain: false }
    }

    /// The names that `row` holds in the column, each with its field path.
    pub fn names(&self, row: &N) -> Vec<(String, String)> {
        let field = self.column.as_str();
        match (row.get(self.column), self.key) {
            (Value::String(Some(name)), _) if !name.is_empty() => vec![(field.to_owned(), name)],
            (Value::Json(Some(list)), Some(key)) => list
                .as_array()
                .into_iter()
                .flatten()
                .enumerate()
                .filter_map(|(i, item)| Some((i, item.get(key)?.as_str()?)))
                .filter(|(_, name)| !name.is_empty())
                .map(|(i, name)| (format!("{field}[{i}].{key}"), name.to_owned()))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Puts `name` in the place of the one at the field path, as [`Reference::names`] gave it.
    pub fn set(&self, row: &mut N, path: &str, name: String) {
        let value = match (row.get(self.column), self.key) {
            (Value::Json(Some(mut list)), Some(key)) => {
                let index = path.split(['[', ']']).nth(1).and_then(|i| i.parse::<usize>().ok());
                if let Some(item) = index.and_then(|i| list.get_mut(i)) {
                    item[key] = name.into();
                }
                Value::Json(Some(list))
            }
            _ => Value::from(name),
        };
        row.set(self.column, value);
    }
}

/// Brings the references of a row into their canonical form.
pub fn canonicalise<N: Noun>(row: &mut N, violations: &mut Violations, fields: &Fields) {
    for reference in N::REFERENCES {
        let field = reference.column.as_str();
        if let Fields::Only(fields) = fields
            && !fields.iter().any(|wanted| wanted == field)
        {
            continue;
        }
        for (path, text) in reference.names(row) {
            match name::parse(reference.kinds, &text) {
                Ok((_, name)) if name != text => reference.set(row, &path, name),
                Ok(_) => {}
                Err(bad) => violations.add(&path, Reason::Malformed, bad.description()),
            }
        }
    }
}

/// Every reference must exist, and a chain must not lead back.
pub fn follow_references<N: Noun>(row: &N, around: &Around, violations: &mut Violations) {
    for reference in N::REFERENCES {
        for (path, name) in reference.names(row) {
            if violations.has(&path) {
                continue;
            }
            if !around.has(&name) {
                let description = "names a resource that does not exist";
                violations.add(&path, Reason::ReferenceNotFound, description);
            } else if reference.chain && leads_back(row, &name, reference, around) {
                violations.add(&path, Reason::Loop, "must not lead back to the resource itself");
            }
        }
    }
}

fn leads_back<N: Noun>(row: &N, first: &str, reference: &Reference<N>, around: &Around) -> bool {
    let next = |name: &String| {
        let row = around.get::<N>(name)?;
        reference.names(row).pop().map(|(_, name)| name)
    };
    let mut passed = HashSet::new();
    for name in std::iter::successors(Some(first.to_owned()), next) {
        if name == row.name() {
            return true;
        }
        // A loop that does not pass through this row is not this row's violation.
        if !passed.insert(name) {
            return false;
        }
    }
    false
}
