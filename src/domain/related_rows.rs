//! Related rows: the rows that a change refers to or belongs to, already loaded.

use std::{any::Any, collections::HashMap};

use crate::store::Record;

/// Rows of any resource type by name. Rules look up other rows only here, so that everything a rule reads is
/// loaded at once and stays unchanged until the change is written.
#[derive(Default)]
pub struct RelatedRows {
    rows: HashMap<String, Box<dyn Any + Send + Sync>>,
}

impl RelatedRows {
    /// Adds rows; a row replaces an earlier one of the same name.
    pub fn add<N: Record>(&mut self, rows: impl IntoIterator<Item = N>) {
        for row in rows {
            self.rows.insert(row.name().to_owned(), Box::new(row));
        }
    }

    /// Removes a row.
    pub fn remove(&mut self, name: &str) {
        self.rows.remove(name);
    }

    /// The row of this name; `None` if there is none or it is of another resource type.
    pub fn get<N: Record>(&self, name: &str) -> Option<&N> {
        self.rows.get(name)?.downcast_ref()
    }

    /// Whether there is a row of this name.
    pub fn has(&self, name: &str) -> bool {
        self.rows.contains_key(name)
    }
}
