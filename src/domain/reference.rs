//! Columns of a resource type that refer to other resources.

use sea_orm::{IdenStatic, Value};

use crate::store::{Column, Record};

use super::ResourceType;

/// A column that holds names of other resources.
pub struct Reference<N: Record> {
    /// The column.
    pub column: Column<N>,
    /// Key of the name in each object, if the column holds a JSON list of objects.
    pub key: Option<&'static str>,
    /// Resource types that the names may have.
    pub kinds: &'static [ResourceType],
    /// Whether following the column from row to row must not form a cycle.
    pub chain: bool,
}

impl<N: Record> Reference<N> {
    /// A column that holds one name, or is empty.
    pub const fn one(column: Column<N>, kinds: &'static [ResourceType]) -> Self {
        Self { column, key: None, kinds, chain: false }
    }

    /// A column that holds the name of a row of the same type, or is empty; following it must not form a
    /// cycle.
    pub const fn chain(column: Column<N>, kinds: &'static [ResourceType]) -> Self {
        Self { column, key: None, kinds, chain: true }
    }

    /// A column that holds a list of objects, each with a name under `key`.
    pub const fn each(
        column: Column<N>,
        key: &'static str,
        kinds: &'static [ResourceType],
    ) -> Self {
        Self { column, key: Some(key), kinds, chain: false }
    }

    /// Names that a row holds in the column, each with its field path.
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

    /// Replaces the name at a field path that [`Reference::names`] returned.
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
