//! Work that computes, off the threads that serve calls.

use std::sync::Arc;

use crate::{domain::Result, store::StoreError};

/// Does pure work of up to seconds, which must not hold up the calls that share this thread.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|stopped| StoreError::Stopped(Arc::new(stopped)).into())
}
