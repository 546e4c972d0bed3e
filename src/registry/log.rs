//! Change rows as auditors read them.

use crate::{
    domain::{Caller, Error, Result, Right},
    registry::Registry,
    store::{ChangeRow, Revision},
};

/// Number of change rows read at once.
const ROWS: u64 = 1_000;

impl Registry {
    /// Verifies all change rows and returns their number. Fails at the first row that differs from what was written.
    pub async fn verify(&self, caller: &Caller) -> Result<u64> {
        caller.require(Right::Read)?;
        self.store.long_snapshot().await?.verify().await?.map_err(Error::ChainBroken)
    }

    /// Reads some change rows after the one of this revision and name, as stored.
    pub async fn log(&self, caller: &Caller, after: (Revision, &str)) -> Result<Vec<ChangeRow>> {
        caller.require(Right::Read)?;
        Ok(self.store.reads().changes_from(after.0, after.1, ROWS).await?)
    }
}
