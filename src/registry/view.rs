//! A state of the registry to look at: the newest, or what it was at a revision.

use sea_orm::{Condition, Select};

use crate::{
    domain::{Kind, Noun, Result, for_kind, name},
    registry::step,
    store::{Snapshot, Store},
};

use super::feed::retained;

/// A state of the registry.
pub(super) struct View {
    snapshot: Snapshot,
    /// The revision that it is of.
    revision: i64,
}

impl View {
    /// The state at a revision; the newest for 0.
    pub async fn open(store: &Store, revision: i64) -> Result<Self> {
        let snapshot = store.snapshot().await?;
        let newest = snapshot.revision();
        if revision == 0 {
            return Ok(Self { snapshot, revision: newest });
        }
        retained(&snapshot, revision, newest).await?;
        Ok(Self { snapshot, revision })
    }

    /// Whether it is of the newest state that its snapshot sees.
    pub fn is_newest(&self) -> bool {
        self.revision == self.snapshot.revision()
    }

    /// The snapshot that it is seen by: of the same revision where the view is of the newest.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The revision that it is of.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// The condition that `column` is one of `values`.
    pub fn any(&self, column: &str, values: &[String]) -> Condition {
        self.snapshot.any(column, values)
    }

    /// The rows that `select` gives. `holds` must say of a row what `select` asks of it: what the row
    /// was at a revision is not in its table.
    pub async fn select<N: Noun>(
        &self,
        select: Select<N::Entity>,
        holds: impl Fn(&N) -> bool,
    ) -> Result<Vec<N>> {
        Ok(match self.is_newest() {
            true => self.snapshot.select(select).await?,
            false => self.snapshot.as_of(select, self.revision, holds).await?,
        })
    }

    /// Fails unless there is a resource of that name, of one of the kinds.
    pub async fn require(&self, kinds: &[Kind], name: &str) -> Result<()> {
        let Ok((kind, name)) = name::parse(kinds, name) else {
            return Ok(());
        };
        for_kind!(kind, N => {
            let names = std::slice::from_ref(&name);
            let found: Vec<N> = self.snapshot.find_as_of(names, self.revision).await?;
            match found.is_empty() {
                true => Err(step::not_found::<N>(Some(name))),
                false => Ok(()),
            }
        })
    }
}
