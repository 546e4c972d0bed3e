//! Rows to take as if they were written: what a dry run has come by so far.

use std::collections::HashMap;

use crate::domain::{Noun, Reference, natural_key};

/// Rows of a resource type by name and by natural key.
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

impl<N: Noun> DryRunOverlay<N> {
    /// Whether later rows could tell that a row of this resource type was written: by referring to it, or by
    /// its natural key. Where they could not, there is no need to keep it.
    pub fn matters() -> bool {
        let to_itself = |reference: &Reference<N>| reference.kinds.contains(&N::KIND);
        !N::KEY.is_empty() || N::REFERENCES.iter().any(to_itself)
    }

    /// Adds a row; one of the same name gives way.
    pub fn add(&mut self, row: N) {
        if !N::KEY.is_empty() {
            self.names_by_key
                .insert(natural_key::text(&natural_key::of(&row)), row.name().to_owned());
        }
        self.rows.insert(row.name().to_owned(), row);
    }

    /// The row of that name.
    pub fn get(&self, name: &str) -> Option<&N> {
        self.rows.get(name)
    }

    /// The row of that natural key, as text.
    pub fn with_key(&self, key: &str) -> Option<&N> {
        self.rows.get(self.names_by_key.get(key)?)
    }
}
