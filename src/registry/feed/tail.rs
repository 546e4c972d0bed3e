//! The tail: the one reader of changes in a process. It reads when a write is announced, and at intervals.

use std::{
    sync::{PoisonError, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use crate::{
    domain::{Error, Result, change::RevisionChanges},
    registry::Registry,
    store::wait_for_write,
};

use super::{Feed, ROWS, Ring, unreadable};

/// Pause after a failure.
const PAUSE: Duration = Duration::from_secs(1);

impl Registry {
    /// Follows the changes of all instances for the watches of this process, forever. After an error it calls
    /// `failed` and starts again.
    pub async fn follow_changes(&self, failed: impl Fn(Error)) {
        let listening = self.store.listen(|error| failed(error.into()));
        tokio::join!(listening, self.tail(&failed));
    }

    async fn tail(&self, failed: &impl Fn(Error)) {
        let mut written = self.store.subscribe_to_writes();
        let mut watches = self.feed.watches.subscribe();
        loop {
            if *watches.borrow_and_update() == 0 {
                // Without watches, nothing is read or held in memory.
                self.feed.ring_mut().begin(None);
                if watches.changed().await.is_err() {
                    return;
                }
                continue;
            }
            match self.advance().await {
                Ok(true) => {}
                Ok(false) => written = wait_for_write(written, self.feed.limits.poll).await,
                Err(error) => {
                    failed(error);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Reads the next changes. Returns whether there were any.
    async fn advance(&self) -> Result<bool> {
        let reads = self.store.reads();
        let newest = self.feed.ring().newest();
        let Some(after) = newest else {
            let newest = reads.revision().await?;
            self.feed.ring_mut().begin(Some(newest));
            self.feed.head.send_replace(newest);
            return Ok(true);
        };
        let rows = reads.changes(after, ROWS).await?;
        if rows.is_empty() {
            return Ok(false);
        }
        let oldest = reads.retained().await?.after;
        if oldest > after {
            // Some changes may have been compacted: watches that need them read change rows, or fail.
            self.feed.ring_mut().begin(Some(oldest));
            self.feed.head.send_replace(oldest);
            return Ok(true);
        }
        let mut newest = after;
        for revision in RevisionChanges::read(rows).map_err(unreadable)? {
            newest = revision.revision;
            self.feed.ring_mut().push(revision);
        }
        self.feed.head.send_replace(newest);
        Ok(true)
    }
}

impl Feed {
    /// The ring. A panic of another holder of the lock cannot have left it inconsistent: none of its methods
    /// stops half-way.
    pub(super) fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring_mut(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }
}
