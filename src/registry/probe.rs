//! Probes of the database, for the health of the process.

use crate::store::StoreError;

use super::Registry;

/// Why a probe failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct ProbeError(StoreError);

impl ProbeError {
    /// Whether writes that were acknowledged are missing, so that no further answer would be reliable.
    pub fn is_loss(&self) -> bool {
        matches!(self.0, StoreError::Lost { .. })
    }
}

impl Registry {
    /// Reads, and checks that what is read may be relied upon.
    pub async fn probe_read(&self) -> Result<(), ProbeError> {
        self.store.probe_read().await.map_err(ProbeError)
    }

    /// Writes, what is nobody's, as a caller's write would be written.
    pub async fn probe_write(&self) -> Result<(), ProbeError> {
        self.store.probe_write().await.map_err(ProbeError)
    }
}
