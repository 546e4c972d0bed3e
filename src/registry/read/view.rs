//! A state of the registry to look at: the newest, or what it was at a revision.

use sea_orm::{Condition, Select};

use crate::{
    domain::{AsOf, Kind, Noun, Result},
    store::{Revision, Snapshot, Store},
};

use super::{existence, retention::retained};

/// A state of the registry.
pub(in crate::registry) struct View {
    snapshot: Snapshot,
    /// The revision that it is of.
    revision: i64,
}

impl View {
    /// Opens a snapshot of a state. Fails where that can no longer be read, or was never reached.
    pub async fn open(store: &Store, as_of: AsOf) -> Result<Self> {
        let snapshot = store.snapshot().await?;
        let newest = snapshot.revision();
        let revision = match as_of {
            AsOf::Latest => newest,
            AsOf::At(revision) => {
                retained(&snapshot, revision.number(), newest).await?;
                revision.number()
            }
        };
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

    fn as_of(&self) -> AsOf {
        AsOf::At(Revision::new(self.revision))
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
            false => self.snapshot.as_of(select, Revision::new(self.revision), holds).await?,
        })
    }

    /// Fails unless there is a resource of that name, of one of the kinds.
    pub async fn require(&self, kinds: &[Kind], name: &str) -> Result<()> {
        existence::require(&self.snapshot, kinds, name, self.as_of()).await
    }

    /// Fails for the first of these names that no resource of its kind has.
    pub async fn require_all(&self, names: &[(Kind, &String)]) -> Result<()> {
        existence::require_all(&self.snapshot, names, self.as_of()).await
    }
}
