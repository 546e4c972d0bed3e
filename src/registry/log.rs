//! The change rows as auditors read them.

use crate::{
    domain::{Caller, Result, Right},
    registry::Registry,
    store::{Broken, ChangeRow},
};

/// How many change rows are read at once.
const ROWS: u64 = 1_000;

impl Registry {
    /// Walks all change rows and says the first that is not as it was written, or how many there are.
    pub async fn verify(&self, caller: &Caller) -> Result<std::result::Result<u64, Broken>> {
        caller.require(Right::Read)?;
        Ok(self.store.long_snapshot().await?.verify().await?)
    }

    /// Some change rows after that of a revision and a name, as they are kept.
    pub async fn log(&self, caller: &Caller, after: (i64, &str)) -> Result<Vec<ChangeRow>> {
        caller.require(Right::Read)?;
        Ok(self.store.reads().changes_from(after.0, after.1, ROWS).await?)
    }
}
