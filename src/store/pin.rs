//! Pinned revisions, for reads of past states that last longer than one snapshot. While a revision
//! is pinned, this process does not compact the change rows that are needed to read its state.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{Position, Revision, Store, StoreError};

/// The pins of this process.
#[derive(Default)]
pub(super) struct Pins(Mutex<PinTable>);

#[derive(Default)]
struct PinTable {
    /// Number of the next pin.
    next: u64,
    /// Revision and expiry of each pin, by its number.
    pins: BTreeMap<u64, (Revision, Instant)>,
}

impl Pins {
    fn lock(&self) -> MutexGuard<'_, PinTable> {
        // A panic while the lock was held leaves the data consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the oldest revision with an unexpired pin.
    fn oldest(&self, now: Instant) -> Option<Revision> {
        let pinned = self.lock();
        pinned.pins.values().filter(|(_, end)| *end > now).map(|(revision, _)| *revision).min()
    }
}

/// A pin: keeps this process from compacting the state at a revision, until it is dropped or
/// expires.
pub struct PinnedRevision {
    pins: Arc<Pins>,
    number: u64,
    head: Position,
}

impl PinnedRevision {
    /// The pinned revision.
    pub fn revision(&self) -> Revision {
        self.head.revision
    }

    /// The position of the pinned revision.
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
    /// Pins the newest revision, for at most `most`.
    pub async fn pin(&self, most: Duration) -> Result<PinnedRevision, StoreError> {
        let pins = self.inner.pins.clone();
        let number = {
            let mut pinned = pins.lock();
            let number = pinned.next;
            pinned.next += 1;
            // Inserted before the revision is read, so that nothing is compacted in between.
            pinned.pins.insert(number, (Revision::NONE, Instant::now() + most));
            number
        };
        let mut pin = PinnedRevision { pins, number, head: Position::new(Revision::NONE, "") };
        pin.head = self.reads().head().await?;
        if let Some((revision, _)) = pin.pins.lock().pins.get_mut(&number) {
            *revision = pin.head.revision;
        }
        Ok(pin)
    }

    /// Returns the oldest pinned revision.
    pub(super) fn oldest_pinned(&self) -> Option<Revision> {
        self.inner.pins.oldest(Instant::now())
    }
}
