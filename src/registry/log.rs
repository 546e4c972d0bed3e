//! The change rows as auditors read them.

use crate::{
    domain::{Caller, Error, Result, Right},
    registry::Registry,
    store::{ChangeRow, Revision},
};

/// How many change rows are read at once.
const ROWS: u64 = 1_000;

impl Registry {
    /// Walks all change rows and says how many there are. Fails at the first that is not as it was written.
    pub async fn verify(&self, caller: &Caller) -> Result<u64> {
        caller.require(Right::Read)?;
        self.store.long_snapshot().await?.verify().await?.map_err(Error::ChainBroken)
    }

    /// Some change rows after that of a revision and a name, as they are kept.
    pub async fn log(&self, caller: &Caller, after: (Revision, &str)) -> Result<Vec<ChangeRow>> {
        caller.require(Right::Read)?;
        Ok(self.store.reads().changes_from(after.0, after.1, ROWS).await?)
    }
}
