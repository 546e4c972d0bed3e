//! A view of the registry: its newest state, or its state at a revision.

use sea_orm::{Condition, Select};

use crate::{
    domain::{AsOf, Resource, ResourceType, Result},
    store::{Lock, Revision, Snapshot, Store},
};

use super::{existence, retention::retained, rows_as_of::RowsAsOf};

/// A view of one state of the registry.
pub(in crate::registry) struct View {
    snapshot: Snapshot,
    /// State of the view: `Latest` also if the newest revision was asked for by its number.
    as_of: AsOf,
}

impl View {
    /// Opens a view. Fails if the state can no longer be read, or was never reached.
    pub async fn open(store: &Store, as_of: AsOf) -> Result<Self> {
        let snapshot = store.snapshot().await?;
        let newest = snapshot.revision();
        if let AsOf::At(revision) = as_of {
            retained(&snapshot, revision, newest).await?;
        }
        let is_newest = as_of == AsOf::At(newest);
        let as_of = if is_newest { AsOf::Latest } else { as_of };
        Ok(Self { snapshot, as_of })
    }

    /// Snapshot that the view reads through; for a view of the newest state, it is of the same revision.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// State of the view, as its snapshot sees it.
    pub fn state(&self) -> AsOf {
        self.as_of
    }

    /// Revision of the state.
    pub fn revision(&self) -> Revision {
        match self.as_of {
            AsOf::Latest => self.snapshot.revision(),
            AsOf::At(revision) => revision,
        }
    }

    /// Condition that `column` is one of `values`.
    pub fn any(&self, column: &str, values: &[String]) -> Condition {
        self.snapshot.any(column, values)
    }

    /// Reads rows. `select` and `holds` must state the same condition: as a query, and for a row whose former
    /// state is not in its table.
    pub async fn select<N: Resource>(
        &self,
        select: Select<N::Entity>,
        holds: impl Fn(&N) -> bool,
    ) -> Result<Vec<N>> {
        self.rows().select(select, holds).await
    }

    fn rows(&self) -> RowsAsOf<'_> {
        RowsAsOf { snapshot: &self.snapshot, as_of: self.as_of }
    }

    /// Resources of these names, as far as they exist, in no particular order.
    pub async fn find<N: Resource>(&self, names: &[String]) -> Result<Vec<N>> {
        Ok(match self.as_of {
            AsOf::Latest => self.snapshot.find(names, Lock::None).await?,
            AsOf::At(revision) => self.snapshot.find_as_of(names, revision).await?,
        })
    }

    /// Returns the resource of this name. Fails if it does not exist.
    pub async fn get<N: Resource>(&self, name: &str) -> Result<N> {
        existence::get(&self.snapshot, name, self.as_of).await
    }

    /// Restricts a condition to rows that have not changed since this state. [`Self::replaced`] returns the others.
    pub fn unchanged(&self, condition: Condition) -> Condition {
        self.rows().unchanged(condition)
    }

    /// Resources of a type that have changed since this state, as they were in it.
    pub async fn replaced<N: Resource>(&self) -> Result<Vec<N>> {
        Ok(match self.as_of {
            AsOf::Latest => Vec::new(),
            AsOf::At(revision) => self.snapshot.replaced_since(revision).await?,
        })
    }

    /// Fails for the first of these names that no resource of its type has.
    pub async fn require_all(&self, names: &[(ResourceType, &String)]) -> Result<()> {
        existence::require_all(&self.snapshot, names, self.as_of).await
    }
}
