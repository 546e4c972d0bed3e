//! Probes of the database, which the health of the process depends on.

use crate::store::StoreError;

use super::Registry;

/// Error of a probe.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct ProbeError(StoreError);

impl ProbeError {
    /// Whether acknowledged writes are missing, so that no further answer would be reliable.
    pub fn is_loss(&self) -> bool {
        matches!(self.0, StoreError::Lost { .. })
    }
}

impl Registry {
    /// Reads from the database, and checks that what it returns is up to date.
    pub async fn probe_read(&self) -> Result<(), ProbeError> {
        self.store.probe_read().await.map_err(ProbeError)
    }

    /// Writes to the database in the same way as a caller's write, without changing any resource.
    pub async fn probe_write(&self) -> Result<(), ProbeError> {
        self.store.probe_write().await.map_err(ProbeError)
    }
}
