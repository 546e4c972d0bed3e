//! The line of those who wait because the database lends a pool no further connection: whoever came first gets the
//! first connection that comes free.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{
    sync::{Mutex, MutexGuard, Notify},
    time::timeout,
};

/// The line of a pool.
#[derive(Default)]
pub(super) struct WaitingLine {
    /// Number of those who wait, the first of them included.
    waiting: AtomicUsize,
    first: Mutex<()>,
    returned: Notify,
}

/// The first of a line, until it is dropped.
pub(super) struct First<'a> {
    line: &'a WaitingLine,
    _turn: MutexGuard<'a, ()>,
    _waiting: CountedWaiter<'a>,
}

/// Counts one who waits.
struct CountedWaiter<'a>(&'a AtomicUsize);

impl WaitingLine {
    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0
    }

    /// Waits to be the first of the line.
    pub async fn join(&self) -> First<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = CountedWaiter(&self.waiting);
        First { line: self, _turn: self.first.lock().await, _waiting: waiting }
    }

    /// Tells the first of the line that a connection was returned.
    pub fn notify(&self) {
        if !self.is_empty() {
            self.returned.notify_one();
        }
    }
}

impl First<'_> {
    /// Waits until a connection is returned, at most for `pause`.
    pub async fn returned(&self, pause: Duration) {
        // Whether it was returned shows when it is asked for.
        let _ = timeout(pause, self.line.returned.notified()).await;
    }
}

impl Drop for CountedWaiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
