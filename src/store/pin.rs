//! Revisions in use: reads of past states that go on for longer than one snapshot. While a revision is
//! pinned, this process does not compact the change rows that tell its state.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{Position, Store, StoreError};

/// The pins of a process.
#[derive(Default)]
pub(super) struct Pins(Mutex<Pinned>);

#[derive(Default)]
struct Pinned {
    /// The number of the next pin.
    next: u64,
    /// By their numbers, the revision of each and when it ends to count.
    pins: BTreeMap<u64, (i64, Instant)>,
}

impl Pins {
    fn lock(&self) -> MutexGuard<'_, Pinned> {
        // Whoever panicked with it left it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The oldest revision that counts; none where there is none.
    fn oldest(&self, now: Instant) -> Option<i64> {
        let pinned = self.lock();
        pinned.pins.values().filter(|(_, end)| *end > now).map(|(revision, _)| *revision).min()
    }
}

/// Keeps the state at a revision from being compacted by this process, until it is dropped or its time
/// is over.
pub struct PinnedRevision {
    pins: Arc<Pins>,
    number: u64,
    head: Position,
}

impl PinnedRevision {
    /// The revision.
    pub fn revision(&self) -> i64 {
        self.head.revision
    }

    /// The position that it has.
    pub fn head(&self) -> &Position {
        &self.head
    }
}

impl Drop for PinnedRevision {
    fn drop(&mut self) {
        self.pins.lock().pins.remove(&self.number);
    }
}

impl Store {
    /// Pins the newest revision, for `most` at most.
    pub async fn pin(&self, most: Duration) -> Result<PinnedRevision, StoreError> {
        let pins = self.inner.pins.clone();
        let number = {
            let mut pinned = pins.lock();
            let number = pinned.next;
            pinned.next += 1;
            // Before the revision is read: nothing is compacted in between.
            pinned.pins.insert(number, (0, Instant::now() + most));
            number
        };
        let mut pin = PinnedRevision { pins, number, head: Position::new(0, "") };
        pin.head = self.reads().head().await?;
        if let Some((revision, _)) = pin.pins.lock().pins.get_mut(&number) {
            *revision = pin.head.revision;
        }
        Ok(pin)
    }

    /// The oldest revision whose state is in use.
    pub(super) fn oldest_pinned(&self) -> Option<i64> {
        self.inner.pins.oldest(Instant::now())
    }
}
