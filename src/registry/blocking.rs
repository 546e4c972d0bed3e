//! Runs computations off the threads that serve calls.

use std::sync::Arc;

use crate::{domain::Result, store::StoreError};

/// Runs pure work that takes up to seconds and must not block the thread that serves this call.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|stopped| StoreError::Stopped(Arc::new(stopped)).into())
}
