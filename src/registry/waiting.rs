//! Reads that wait for a revision.
//!
//! One of those who wait looks for all of them, and tells the others what it saw; when its own wait is
//! over, the next one goes on. So it costs the database the same however many wait, and nothing where
//! nobody does.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, Semaphore, watch},
    time::{Instant, sleep, timeout, timeout_at},
};

use crate::{
    domain::{Caller, Error, Result, Right},
    registry::Registry,
    store::{PassedOver, Revision, Store},
};

use super::seat;

/// How long a read waits for a revision, where its caller sets no shorter deadline.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often the newest revision is looked for, where nothing tells of it.
const LOOK: Duration = Duration::from_millis(100);

/// Those who wait for revisions.
pub(super) struct Waiting {
    places: Semaphore,
    seen: watch::Sender<Seen>,
    /// Held by the one who looks.
    look: Mutex<Look>,
}

/// What was seen at the last look.
#[derive(Clone, Debug, Default)]
struct Seen {
    newest: Revision,
    /// The revisions that restores passed over.
    passed_over: Arc<[PassedOver]>,
    /// How many looks there were.
    looks: u64,
}

impl Seen {
    /// Whether a revision was reached; fails where it is of another history.
    fn has(&self, revision: Revision) -> Result<bool> {
        if self.passed_over.iter().any(|span| span.holds(revision)) {
            return Err(Error::RevisionOfOtherHistory { revision, newest: self.newest });
        }
        Ok(self.newest >= revision)
    }
}

struct Look {
    /// When the last one began.
    last: Option<Instant>,
    /// Says that something may have been written since.
    written: watch::Receiver<()>,
}

impl Waiting {
    /// For at most so many at a time.
    pub fn new(store: &Store, most: usize) -> Self {
        Self {
            places: Semaphore::new(most.min(Semaphore::MAX_PERMITS)),
            seen: watch::Sender::default(),
            look: Mutex::new(Look { last: None, written: store.written() }),
        }
    }
}

impl Registry {
    /// Waits until a revision can be seen here, for a few seconds at most.
    pub async fn reach(&self, caller: &Caller, revision: Revision) -> Result<()> {
        caller.require(Right::Read)?;
        if revision <= Revision::NONE || self.waiting.seen.borrow().has(revision)? {
            return Ok(());
        }
        seat::give_up_while(self.wait(revision)).await
    }

    async fn wait(&self, revision: Revision) -> Result<()> {
        let place = self.waiting.places.try_acquire();
        let _place = place.map_err(|_| Error::Overloaded { limit: "waiting" })?;
        let mut seen = self.waiting.seen.subscribe();
        let before = {
            let seen = seen.borrow_and_update();
            if seen.has(revision)? {
                return Ok(());
            }
            seen.looks
        };
        let told = async {
            loop {
                // The sender lives as long as the registry.
                let _ = seen.changed().await;
                let seen = seen.borrow_and_update();
                if seen.has(revision)? {
                    return Ok(());
                }
                // The first look that is told may have begun before this call came.
                if seen.looks > before + 1 {
                    self.not_far_ahead(revision, seen.newest)?;
                }
            }
        };
        tokio::select! {
            // What was told comes first: those who have what they want do not look once more.
            biased;
            told = told => told,
            looked = self.look_for_all(revision) => looked,
            () = sleep(PATIENCE) => {
                let newest = self.waiting.seen.borrow().newest;
                Err(Error::RevisionAwaited { revision, newest })
            }
        }
    }

    /// Looks for the newest revision, again and again, once no other call does. It ends when it has seen the
    /// revision, and not in the middle of a look: a statement that is given up costs its connection.
    async fn look_for_all(&self, revision: Revision) -> Result<()> {
        let mut look = self.waiting.look.lock().await;
        if let Some(last) = look.last {
            // The call before may just have looked.
            let _ = timeout_at(last + LOOK, look.written.changed()).await;
        }
        loop {
            look.last = Some(Instant::now());
            look.written.mark_unchanged();
            let (newest, passed_over) = self.store.reads().heads().await?;
            let mut has = Ok(false);
            self.waiting.seen.send_modify(|seen| {
                let looks = seen.looks + 1;
                *seen = Seen { newest, passed_over: passed_over.into(), looks };
                has = seen.has(revision);
            });
            if has? {
                return Ok(());
            }
            self.not_far_ahead(revision, newest)?;
            let _ = timeout(LOOK, look.written.changed()).await;
        }
    }

    /// Fails where nobody should wait for the revision.
    fn not_far_ahead(&self, revision: Revision, newest: Revision) -> Result<()> {
        if revision.number().saturating_sub(newest.number()) > self.feed.limits().most_ahead {
            return Err(Error::RevisionAhead { revision, newest });
        }
        Ok(())
    }
}
