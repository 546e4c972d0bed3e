//! Past states and changes of resources.

use crate::{
    domain::{Caller, Change, ResourceType, Result, Right, for_resource_type},
    registry::{
        Registry,
        read::{not_found, recognised},
    },
    store::{Position, Revision},
};

use super::feed::unreadable;

impl Registry {
    /// Lists the changes of a resource before a revision, the newest first, with the newest position at the
    /// time of the read. `given` is the position that the caller got with `before`, if any.
    pub async fn resource_history(
        &self,
        caller: &Caller,
        kind: ResourceType,
        name: &str,
        before: Option<Revision>,
        given: Option<&Position>,
        size: u64,
    ) -> Result<(Vec<Change>, Position)> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        recognised(&snapshot, given).await?;
        let rows = snapshot.history(name, before, size).await?;
        if rows.is_empty() && before.is_none() {
            for_resource_type!(kind, N => return Err(not_found::<N>(name)));
        }
        let changes = rows.into_iter().map(Change::read).collect::<Result<_, _>>();
        Ok((changes.map_err(unreadable)?, snapshot.head().clone()))
    }

    /// Deletes changes that are older than `age`, except those needed to tell the state of a resource and
    /// those that an export of this process still needs. Returns the revision up to which changes were
    /// deleted.
    pub async fn compact(&self, age: std::time::Duration) -> Result<Revision> {
        let keep =
            ResourceType::ALL.iter().filter(|kind| kind.retains_names()).map(|kind| kind.table());
        Ok(self.store.compact(age, &keep.collect::<Vec<_>>()).await?)
    }
}
