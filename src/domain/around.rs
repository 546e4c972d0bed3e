//! The rows around a change: what it refers to, already read.

use std::{any::Any, collections::HashMap};

use sea_orm::Condition;

use super::{Kind, Noun, Refusal};

/// Rows of any resource type by name. Rules look other rows up here and nowhere else, so that everything a
/// rule reads is read at once, and stays as it is until the change is written.
#[derive(Default)]
pub struct Around {
    rows: HashMap<String, Box<dyn Any + Send + Sync>>,
}

impl Around {
    /// Adds rows; one of the same name gives way.
    pub fn add<N: Noun>(&mut self, rows: impl IntoIterator<Item = N>) {
        for row in rows {
            self.rows.insert(row.name().to_owned(), Box::new(row));
        }
    }

    /// Takes a row out.
    pub fn remove(&mut self, name: &str) {
        self.rows.remove(name);
    }

    /// The row of that name, if there is one and it is of that resource type.
    pub fn get<N: Noun>(&self, name: &str) -> Option<&N> {
        self.rows.get(name)?.downcast_ref()
    }

    /// Whether there is a row of that name.
    pub fn has(&self, name: &str) -> bool {
        self.rows.contains_key(name)
    }
}

/// Rows that must not exist for a change to be allowed: where one does, the change is refused.
#[derive(Clone, Debug)]
pub struct Probe {
    /// What the rows would be.
    pub kind: Kind,
    /// Which of them.
    pub condition: Condition,
    /// Why it is refused.
    pub refusal: Refusal,
    /// The same in words.
    pub message: &'static str,
}
