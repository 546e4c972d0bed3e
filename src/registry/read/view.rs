//! A state of the registry to look at: the newest, or what it was at a revision.

use sea_orm::{Condition, Select};

use crate::{
    domain::{AsOf, Kind, Noun, Result},
    store::{Lock, Revision, Snapshot, Store},
};

use super::{existence, retention::retained, rows_as_of::RowsAsOf};

/// A state of the registry.
pub(in crate::registry) struct View {
    snapshot: Snapshot,
    /// Latest also where the newest revision was asked for by its number.
    as_of: AsOf,
}

impl View {
    /// Opens a snapshot of a state. Fails where that can no longer be read, or was never reached.
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

    /// The snapshot that it is seen by: of the same revision where the view is of the newest.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The state that it is of, as its snapshot sees it.
    pub fn state(&self) -> AsOf {
        self.as_of
    }

    /// The revision that it is of.
    pub fn revision(&self) -> Revision {
        match self.as_of {
            AsOf::Latest => self.snapshot.revision(),
            AsOf::At(revision) => revision,
        }
    }

    /// The condition that `column` is one of `values`.
    pub fn any(&self, column: &str, values: &[String]) -> Condition {
        self.snapshot.any(column, values)
    }

    /// The rows that `select` gives. `holds` must say of a row what `select` asks of it.
    pub async fn select<N: Noun>(
        &self,
        select: Select<N::Entity>,
        holds: impl Fn(&N) -> bool,
    ) -> Result<Vec<N>> {
        self.rows().select(select, holds).await
    }

    fn rows(&self) -> RowsAsOf<'_> {
        RowsAsOf { snapshot: &self.snapshot, as_of: self.as_of }
    }

    /// The resources of these names, in no particular order; those that there are.
    pub async fn find<N: Noun>(&self, names: &[String]) -> Result<Vec<N>> {
        Ok(match self.as_of {
            AsOf::Latest => self.snapshot.find(names, Lock::None).await?,
            AsOf::At(revision) => self.snapshot.find_as_of(names, revision).await?,
        })
    }

    /// The resource of a name. Fails where there is none.
    pub async fn get<N: Noun>(&self, name: &str) -> Result<N> {
        existence::get(&self.snapshot, name, self.as_of).await
    }

    /// Of the rows that meet a condition, those that are still what they are in this state. The others are
    /// [`Self::replaced`].
    pub fn unchanged(&self, condition: Condition) -> Condition {
        self.rows().unchanged(condition)
    }

    /// The resources of a type that have changed since this state, as they were in it.
    pub async fn replaced<N: Noun>(&self) -> Result<Vec<N>> {
        Ok(match self.as_of {
            AsOf::Latest => Vec::new(),
            AsOf::At(revision) => self.snapshot.replaced_since(revision).await?,
        })
    }

    /// Fails unless there is a resource of that name, of one of the kinds.
    pub async fn require(&self, kinds: &[Kind], name: &str) -> Result<()> {
        existence::require(&self.snapshot, kinds, name, self.as_of).await
    }

    /// Fails for the first of these names that no resource of its kind has.
    pub async fn require_all(&self, names: &[(Kind, &String)]) -> Result<()> {
        existence::require_all(&self.snapshot, names, self.as_of).await
    }
}
