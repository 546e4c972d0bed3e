//! Limits work that uses a processor for seconds: a few such calls run at a time, and each can tell when its
//! caller has gone away.

use tokio_util::sync::CancellationToken;

use crate::domain::Result;

use super::{Registry, blocking::blocking, worker_permit};

/// Number of such calls that run at a time; others wait.
pub(super) const PERMITS: usize = 2;

impl Registry {
    /// Waits for a permit, reads the inputs and then runs `work`, which is also given a function that returns
    /// true once the caller has gone away.
    pub async fn compute<S: Send + 'static, T: Send + 'static>(
        &self,
        read: impl Future<Output = Result<S>>,
        work: impl FnOnce(S, &dyn Fn() -> bool) -> T + Send + 'static,
    ) -> Result<T> {
        // While it waits, the call does not count towards the limit on running calls.
        let worker_permit =
            worker_permit::give_up_while(self.compute_permits.clone().acquire_owned()).await;
        let read = read.await?;
        let stop = CancellationToken::new();
        // Dropped together with the call: the guard then tells the work to stop.
        let _waiting = stop.clone().drop_guard();
        blocking(move || {
            // The permit is held until the work has ended, even if the caller has gone away.
            let _permit = worker_permit;
            work(read, &|| stop.is_cancelled())
        })
        .await
    }
}
