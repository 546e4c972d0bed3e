//! One watch of the change feed.

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{self, OwnedSemaphorePermit},
    time::Instant,
};

use crate::{
    domain::{
        AnyResource, Caller, ChangeFilter, Error, ResourceType, Result, Revision, Right,
        change::RevisionChanges,
    },
    registry::{
        Registry,
        pace::Pace,
        read::{Cursor, recognised, retained},
    },
    store::{PinnedRevision, Position},
};

use super::{
    Feed,
    catch_up::{CatchUp, CatchUpPage},
    ring::RingAnswer,
    within,
};

/// Approximate number of bytes of the initial state read at once.
const STATE_BYTES: usize = 128 << 10;

/// Where a watch starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the newest revision.
    Now,
    /// After a revision.
    After(Revision),
    /// After a position, which must belong to this history.
    From(Position),
    /// With the resources that exist, followed by the changes after them.
    State,
}

/// What to watch.
#[derive(Clone, Debug)]
pub struct WatchQuery {
    /// Where to start.
    pub start: Start,
    /// Which changes to send.
    pub filter: ChangeFilter,
    /// Maximum time without an event: a checkpoint is sent then.
    pub checkpoint: Duration,
}

/// An event of a watch.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    /// Some of the resources that exist at a revision; more may follow.
    State {
        /// The revision.
        revision: Revision,
        /// Resources in their state at that revision.
        resources: Vec<AnyResource>,
    },
    /// Changes of a revision; more of the same revision follow if `goes_on`. The indexes can be empty at the
    /// end of a revision whose other parts were sent.
    Changes {
        /// A revision, or a part of one.
        revision: Arc<RevisionChanges>,
        /// Indices of its changes that the filter admits.
        indexes: Vec<usize>,
        /// Whether the next event is of the same revision.
        goes_on: bool,
    },
    /// Every change up to this position was sent.
    Checkpoint(Position),
}

/// A running watch. It holds little memory even if its caller does not read: a few change rows or resources,
/// or a revision shared with other watches.
pub struct Watch {
    registry: Registry,
    query: WatchQuery,
    /// Position up to which every change was sent.
    at: Position,
    within: HashSet<String>,
    /// Organisations that the filter admits after the revision being sent, if it changes the tree.
    moved: Option<HashSet<String>>,
    /// The initial state, until all of it was sent.
    state: Option<State>,
    /// Parts of revisions read but not sent yet.
    open: VecDeque<CatchUpPage>,
    catch_up: CatchUp,
    /// Whether a part of the next revision was sent.
    begun: bool,
    /// Whether the watch has caught up with the ring.
    live: bool,
    /// When the next event or checkpoint must be sent.
    due: Instant,
    end: Instant,
    ended: bool,
    head: sync::watch::Receiver<Revision>,
    permit: WatchPermit,
    _counted: CountedWatch,
}

/// Permit of a watch, out of the maximum number per instance. It is released when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct WatchPermit(
    #[allow(dead_code, reason = "it is held, but never read")] Arc<OwnedSemaphorePermit>,
);

/// Initial state of a watch, while it is being sent.
struct State {
    pin: PinnedRevision,
    kinds: VecDeque<ResourceType>,
    cursor: Cursor,
    pace: Pace,
}

impl Registry {
    /// Starts a watch. Fails if the maximum number of watches is reached, or the start cannot be read.
    pub async fn watch(&self, caller: &Caller, query: WatchQuery) -> Result<Watch> {
        caller.require(Right::Read)?;
        let permit = self.feed.watch_permits.clone().try_acquire_owned();
        let most = self.feed.limits.max_watches;
        let permit = WatchPermit(Arc::new(permit.map_err(|_| Error::TooManyWatches { most })?));
        // Counted before the start is read, so that the tail follows from there on and misses nothing.
        let counted = CountedWatch::new(self.feed.clone());
        let reads = self.store.reads();
        let (at, state) = match query.start {
            Start::Now => (reads.head().await?, None),
            Start::After(revision) => {
                retained(&reads, revision, reads.revision().await?).await?;
                (reads.position_status(revision).await?.position, None)
            }
            Start::From(ref position) => {
                retained(&reads, position.revision, reads.revision().await?).await?;
                recognised(&reads, Some(position)).await?;
                (position.clone(), None)
            }
            Start::State => {
                let pin = self.store.pin(self.feed.limits.max_pin_time).await?;
                (pin.head().clone(), Some(State::new(pin, &query.filter)))
            }
        };
        let within = within(&reads, &query.filter, at.revision).await?;
        let now = Instant::now();
        Ok(Watch {
            registry: self.clone(),
            at,
            within,
            moved: None,
            state,
            open: VecDeque::new(),
            catch_up: CatchUp::new(),
            begun: false,
            live: false,
            due: now,
            end: now + varied(self.feed.limits.watch_duration),
            ended: false,
            head: self.feed.head.subscribe(),
            permit,
            _counted: counted,
            query,
        })
    }
}

impl Watch {
    /// Position up to which every change was sent.
    pub fn at(&self) -> &Position {
        &self.at
    }

    /// Permit of the watch, for callers that hold events longer than the watch exists.
    pub fn permit(&self) -> WatchPermit {
        self.permit.clone()
    }

    /// Waits for the next event. Returns `None` when the watch has lasted for its duration, after a final
    /// checkpoint.
    pub async fn next(&mut self) -> Result<Option<WatchEvent>> {
        if self.state.is_some()
            && let Some(event) = self.exists().await?
        {
            return Ok(Some(event));
        }
        loop {
            let now = Instant::now();
            if self.ended {
                return Ok(None);
            }
            // No checkpoint is sent between the parts of a revision.
            self.ended = !self.begun && now >= self.end;
            if self.ended || (!self.begun && now >= self.due) {
                self.due = now + self.query.checkpoint;
                return Ok(Some(WatchEvent::Checkpoint(self.at.clone())));
            }
            if let Some(event) = self.next_event().await? {
                return Ok(Some(event));
            }
            if self.read_on().await? {
                continue;
            }
            let wake = self.due.min(self.end);
            // A closed channel is noticed at the next read.
            let _ = tokio::time::timeout_at(wake, self.head.changed()).await;
        }
    }

    /// The next event among the parts already read, if the filter admits any change.
    async fn next_event(&mut self) -> Result<Option<WatchEvent>> {
        while let Some(CatchUpPage { revision, goes_on }) = self.open.pop_front() {
            let indexes = self.admitted(&revision, goes_on).await?;
            // After the first part of a revision, its end must be sent even if it is empty.
            let is_event = !indexes.is_empty() || (self.begun && !goes_on);
            self.begun = goes_on && (self.begun || is_event);
            if !goes_on {
                self.at = revision.position();
            }
            if is_event {
                self.due = Instant::now() + self.query.checkpoint;
                return Ok(Some(WatchEvent::Changes { revision, indexes, goes_on }));
            }
        }
        Ok(None)
    }

    /// Indices of the changes in a revision, or in a part of one, that the filter admits.
    async fn admitted(&mut self, revision: &RevisionChanges, goes_on: bool) -> Result<Vec<usize>> {
        let filter = &self.query.filter;
        if filter.follows_tree() && self.moved.is_none() && revision.moves_organisations() {
            let reads = self.registry.store.reads();
            let after = within(&reads, filter, revision.revision).await?;
            // A move of an organisation concerns both its old and its new place in the tree.
            self.within.extend(after.iter().cloned());
            self.moved = Some(after);
        }
        let admitted = |index: &usize| filter.admits(&revision.changes[*index], &self.within);
        let indexes = (0..revision.changes.len()).filter(admitted).collect();
        if !goes_on && let Some(after) = self.moved.take() {
            self.within = after;
        }
        Ok(indexes)
    }

    /// Reads the next revision or part. Returns whether there was anything.
    async fn read_on(&mut self) -> Result<bool> {
        self.head.borrow_and_update();
        if self.catch_up.is_within() {
            return self.catch_up().await;
        }
        let newer = self.registry.feed.ring().newer(self.at.revision);
        match newer {
            RingAnswer::Next(revision) => {
                self.live = true;
                self.open.push_back(CatchUpPage { revision, goes_on: false });
                Ok(true)
            }
            RingAnswer::Nothing => {
                self.live = true;
                Ok(false)
            }
            RingAnswer::Elsewhere if self.live => {
                Err(Error::WatcherBehind { revision: self.at.revision })
            }
            RingAnswer::Elsewhere => self.catch_up().await,
        }
    }

    /// Reads change rows, if the watch is behind the ring.
    async fn catch_up(&mut self) -> Result<bool> {
        let at = self.at.revision;
        let parts = self.catch_up.read(&self.registry.store.reads(), at).await?;
        self.open.extend(parts);
        Ok(!self.open.is_empty())
    }

    /// The next resources of the initial state; `None` when all were sent.
    async fn exists(&mut self) -> Result<Option<WatchEvent>> {
        let Some(state) = &mut self.state else { return Ok(None) };
        while let Some(kind) = state.kinds.front().copied() {
            let store = &self.registry.store;
            let (snapshot, patterns) = (store.snapshot().await?, store.patterns());
            let mut resources =
                state.cursor.resources(&snapshot, patterns, kind, &mut state.pace).await?;
            drop(snapshot);
            if state.cursor.is_done() {
                state.kinds.pop_front();
                state.cursor = Cursor::new(state.pin.revision());
                state.pace = Pace::new(STATE_BYTES);
            }
            resources.retain(|it| self.query.filter.admits_resource(it, &self.within));
            if !resources.is_empty() {
                return Ok(Some(WatchEvent::State { revision: self.at.revision, resources }));
            }
        }
        self.state = None;
        Ok(None)
    }
}

impl State {
    fn new(pin: PinnedRevision, filter: &ChangeFilter) -> Self {
        let kinds = ResourceType::ALL.iter().copied();
        let kinds = kinds.filter(|kind| filter.admits_kind(*kind)).collect();
        let cursor = Cursor::new(pin.revision());
        Self { pin, kinds, cursor, pace: Pace::new(STATE_BYTES) }
    }
}

/// Duration of a watch, varied by up to a tenth, so that watches that started together do not all reconnect
/// together.
fn varied(duration: Duration) -> Duration {
    let chance = RandomState::new().hash_one(()) as f64 / u64::MAX as f64;
    duration.mul_f64(0.9 + 0.2 * chance)
}

/// Counts a watch for as long as this value exists.
struct CountedWatch(Arc<Feed>);

impl CountedWatch {
    fn new(feed: Arc<Feed>) -> Self {
        feed.watches.send_modify(|watches| *watches += 1);
        Self(feed)
    }
}

impl Drop for CountedWatch {
    fn drop(&mut self) {
        self.0.watches.send_modify(|watches| *watches -= 1);
    }
}
