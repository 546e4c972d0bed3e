//! The rows that a change refers to or lies under, already loaded.

use std::{any::Any, collections::HashMap};

use crate::store::Record;

/// Rows of any resource type by name. Rules look other rows up here and nowhere else, so that everything a
/// rule reads is read at once, and stays as it is until the change is written.
#[derive(Default)]
pub struct Around {
    rows: HashMap<String, Box<dyn Any + Send + Sync>>,
}

impl Around {
    /// Adds rows; one of the same name gives way.
    pub fn add<N: Record>(&mut self, rows: impl IntoIterator<Item = N>) {
        for row in rows {
            self.rows.insert(row.name().to_owned(), Box::new(row));
        }
    }

    /// Takes a row out.
    pub fn remove(&mut self, name: &str) {
        self.rows.remove(name);
    }

    /// The row of that name, if there is one and it is of that resource type.
    pub fn get<N: Record>(&self, name: &str) -> Option<&N> {
        self.rows.get(name)?.downcast_ref()
    }

    /// Whether there is a row of that name.
    pub fn has(&self, name: &str) -> bool {
        self.rows.contains_key(name)
    }
}
