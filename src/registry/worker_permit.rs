//! The worker permit of a call: one of the calls that the process works on at once.
//!
//! A call holds its permit while it works. A call that waits long without working, such as for a revision of
//! another instance, gives up its permit meanwhile, so that waiting calls do not keep others from starting.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

tokio::task_local! {
    static PERMIT: WorkerPermit;
}

/// Permit of one call. Clones share it; it is released when the last of them is dropped.
#[derive(Clone, Debug)]
pub struct WorkerPermit {
    permits: Arc<Semaphore>,
    /// `None` while the permit is given up.
    permit: Arc<Mutex<Option<OwnedSemaphorePermit>>>,
}

impl WorkerPermit {
    /// A permit among `permits`, not yet taken.
    pub fn among(permits: Arc<Semaphore>) -> Self {
        Self { permits, permit: Arc::default() }
    }

    /// Takes the permit if one is free. Returns whether the call has it.
    pub fn try_take(&self) -> bool {
        let mut permit = self.lock();
        if permit.is_none() {
            *permit = self.permits.clone().try_acquire_owned().ok();
        }
        permit.is_some()
    }

    /// Waits for a permit, in order of arrival.
    pub async fn take(&self) {
        if self.lock().is_some() {
            return;
        }
        // Fails only if the semaphore is closed, which never happens.
        if let Ok(permit) = self.permits.clone().acquire_owned().await {
            *self.lock() = Some(permit);
        }
    }

    /// Gives up the permit. Returns whether the call had it.
    pub fn give_up(&self) -> bool {
        self.lock().take().is_some()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<OwnedSemaphorePermit>> {
        self.permit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `future` as the call that has `worker_permit`.
pub async fn scope<F: Future>(worker_permit: WorkerPermit, future: F) -> F::Output {
    PERMIT.scope(worker_permit, future).await
}

/// Makes `future`, which is about to run as a task of its own, part of the current call.
pub fn carry<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let worker_permit = PERMIT.try_with(Clone::clone).ok();
    async move {
        match worker_permit {
            Some(worker_permit) => scope(worker_permit, future).await,
            None => future.await,
        }
    }
}

/// Gives up the permit, waits for `future`, and takes a permit again, in order of arrival. Outside a call, or
/// without a permit, it only waits for `future`.
pub async fn give_up_while<F: Future>(future: F) -> F::Output {
    let worker_permit = PERMIT.try_with(Clone::clone).ok().filter(WorkerPermit::give_up);
    let output = future.await;
    if let Some(worker_permit) = worker_permit {
        worker_permit.take().await;
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_waits_gives_its_permit_to_another_and_takes_it_again() {
        let permits = Arc::new(Semaphore::new(1));
        let worker_permit = WorkerPermit::among(permits.clone());
        assert!(worker_permit.try_take());
        let other = WorkerPermit::among(permits.clone());
        assert!(!other.try_take());
        scope(worker_permit, async {
            give_up_while(async {
                assert!(other.try_take());
                other.give_up();
            })
            .await;
            assert!(!other.try_take());
        })
        .await;
        assert!(other.try_take());
    }

    #[tokio::test]
    async fn what_is_no_call_waits_without_a_permit() {
        assert_eq!(give_up_while(async { 7 }).await, 7);
        let permits = Arc::new(Semaphore::new(1));
        let waited = scope(WorkerPermit::among(permits.clone()), give_up_while(async { 7 })).await;
        assert_eq!((waited, permits.available_permits()), (7, 1));
    }
}
