//! Reads that wait for a revision.
//!
//! One of the waiting calls polls for all of them and publishes what it saw; when its own wait is over, the
//! next one takes over. So the load on the database does not depend on how many calls wait, and is zero
//! without any.

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

use super::worker_permit;

/// Maximum time that a read waits for a revision, unless its deadline is earlier.
const WAIT_LIMIT: Duration = Duration::from_secs(10);

/// Interval at which the newest revision is read, if nothing announces a write.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// State shared by the calls that wait for a revision.
pub(super) struct RevisionWaiters {
    permits: Semaphore,
    seen: watch::Sender<PollResult>,
    /// Held by the call that polls.
    poll: Mutex<PollState>,
}

/// Result of the last poll.
#[derive(Clone, Debug, Default)]
struct PollResult {
    newest: Revision,
    /// Revisions that restores have skipped.
    passed_over: Arc<[PassedOver]>,
    /// Number of polls so far.
    polls: u64,
}

impl PollResult {
    /// Whether a revision was reached. Fails if it belongs to another history.
    fn has(&self, revision: Revision) -> Result<bool> {
        if self.passed_over.iter().any(|span| span.holds(revision)) {
            return Err(Error::RevisionOfOtherHistory { revision, newest: self.newest });
        }
        Ok(self.newest >= revision)
    }
}

struct PollState {
    /// When the last poll began.
    last: Option<Instant>,
    /// Signals that something may have been written since.
    written: watch::Receiver<()>,
}

impl RevisionWaiters {
    /// Lets at most `most` calls wait at a time.
    pub fn new(store: &Store, most: usize) -> Self {
        Self {
            permits: Semaphore::new(most.min(Semaphore::MAX_PERMITS)),
            seen: watch::Sender::default(),
            poll: Mutex::new(PollState { last: None, written: store.subscribe_to_writes() }),
        }
    }
}

impl Registry {
    /// Waits until a revision is visible on this instance, for a few seconds at most.
    pub async fn reach(&self, caller: &Caller, revision: Revision) -> Result<()> {
        caller.require(Right::Read)?;
        if revision <= Revision::NONE || self.waiting.seen.borrow().has(revision)? {
            return Ok(());
        }
        worker_permit::give_up_while(self.wait(revision)).await
    }

    async fn wait(&self, revision: Revision) -> Result<()> {
        let permit = self.waiting.permits.try_acquire();
        let _permit = permit.map_err(|_| Error::Overloaded { limit: "waiting" })?;
        let mut seen = self.waiting.seen.subscribe();
        let before = {
            let seen = seen.borrow_and_update();
            if seen.has(revision)? {
                return Ok(());
            }
            seen.polls
        };
        let reached = async {
            loop {
                // The sender exists as long as the registry.
                let _ = seen.changed().await;
                let seen = seen.borrow_and_update();
                if seen.has(revision)? {
                    return Ok(());
                }
                // The first poll seen may have begun before this call, so only the second counts.
                if seen.polls > before + 1 {
                    self.not_far_ahead(revision, seen.newest)?;
                }
            }
        };
        tokio::select! {
            // Check the published result first: a call whose revision was reached must not poll again.
            biased;
            reached = reached => reached,
            polled = self.poll_for_all(revision) => polled,
            () = sleep(WAIT_LIMIT) => {
                let newest = self.waiting.seen.borrow().newest;
                Err(Error::RevisionAwaited { revision, newest })
            }
        }
    }

    /// Polls for the newest revision once no other call does, until `revision` is reached. It never stops in
    /// the middle of a statement, since a cancelled statement costs its connection.
    async fn poll_for_all(&self, revision: Revision) -> Result<()> {
        let mut poll = self.waiting.poll.lock().await;
        if let Some(last) = poll.last {
            // The previous call may have polled just now.
            let _ = timeout_at(last + POLL_INTERVAL, poll.written.changed()).await;
        }
        loop {
            poll.last = Some(Instant::now());
            poll.written.mark_unchanged();
            let (newest, passed_over) = self.store.reads().revision_state().await?;
            let mut has = Ok(false);
            self.waiting.seen.send_modify(|seen| {
                let polls = seen.polls + 1;
                *seen = PollResult { newest, passed_over: passed_over.into(), polls };
                has = seen.has(revision);
            });
            if has? {
                return Ok(());
            }
            self.not_far_ahead(revision, newest)?;
            let _ = timeout(POLL_INTERVAL, poll.written.changed()).await;
        }
    }

    /// Fails if the revision is too far ahead to wait for.
    fn not_far_ahead(&self, revision: Revision, newest: Revision) -> Result<()> {
        if revision.number().saturating_sub(newest.number()) > self.feed.limits().max_ahead {
            return Err(Error::RevisionAhead { revision, newest });
        }
        Ok(())
    }
}
