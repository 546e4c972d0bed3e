//! Dry-run overlay: rows that a dry run would have written so far.

use std::collections::HashMap;

use crate::domain::{Reference, Resource, natural_key};

/// Rows of a resource type, by name and by natural key.
#[derive(Clone)]
pub(in crate::registry) struct DryRunOverlay<N> {
    rows: HashMap<String, N>,
    names_by_key: HashMap<String, String>,
}

impl<N> Default for DryRunOverlay<N> {
    fn default() -> Self {
        Self { rows: HashMap::new(), names_by_key: HashMap::new() }
    }
}

impl<N: Resource> DryRunOverlay<N> {
    /// Whether later rows can depend on a row of this type, by a reference or by its natural key. If not,
    /// nothing needs to be added.
    pub fn matters() -> bool {
        let to_itself = |reference: &Reference<N>| reference.kinds.contains(&N::TYPE);
        !N::NATURAL_KEY.is_empty() || N::REFERENCES.iter().any(to_itself)
    }

    /// Adds a row; it replaces an earlier one of the same name.
    pub fn add(&mut self, row: N) {
        if !N::NATURAL_KEY.is_empty() {
            self.names_by_key
                .insert(natural_key::text(&natural_key::of(&row)), row.name().to_owned());
        }
        self.rows.insert(row.name().to_owned(), row);
    }

    /// Row of this name.
    pub fn get(&self, name: &str) -> Option<&N> {
        self.rows.get(name)
    }

    /// Row with this natural key, given as text.
    pub fn with_key(&self, key: &str) -> Option<&N> {
        self.rows.get(self.names_by_key.get(key)?)
    }
}
