//! What resources were.

use crate::{
    domain::{AsOf, Caller, Change, Kind, Noun, Result, Right, for_kind},
    registry::{
        Registry,
        read::{self, not_found, recognised, retained},
    },
    store::{Position, Revision},
};

use super::feed::unreadable;

impl Registry {
    /// The resource of that name as it was at a revision, also where it is gone now.
    pub async fn get_as_of<N: Noun>(
        &self,
        caller: &Caller,
        name: &str,
        revision: Revision,
    ) -> Result<N> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        retained(&snapshot, revision.number(), snapshot.revision()).await?;
        read::get(&snapshot, name, AsOf::At(revision)).await
    }

    /// The changes of the resource of that name before a revision, the newest first, and the newest
    /// position when they were read. `given` is the position that `before` was given out with.
    pub async fn history(
        &self,
        caller: &Caller,
        kind: Kind,
        name: &str,
        before: Option<i64>,
        given: Option<&Position>,
        size: u64,
    ) -> Result<(Vec<Change>, Position)> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        recognised(&snapshot, given).await?;
        let rows = snapshot.history(name, before, size).await?;
        if rows.is_empty() && before.is_none() {
            for_kind!(kind, N => return Err(not_found::<N>(name)));
        }
        let changes = rows.into_iter().map(Change::read).collect::<Result<_, _>>();
        Ok((changes.map_err(unreadable)?, snapshot.head().clone()))
    }

    /// Forgets changes that are older than `age`, as far as nothing can be told without them, and none
    /// that an export of this process still needs. Gives the revision up to which they are forgotten.
    pub async fn compact(&self, age: std::time::Duration) -> Result<i64> {
        let keep = Kind::ALL.iter().filter(|kind| kind.keeps_names()).map(|kind| kind.table());
        Ok(self.store.compact(age, &keep.collect::<Vec<_>>()).await?)
    }
}
