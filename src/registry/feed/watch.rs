//! One who watches.

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
        Caller, ChangeFilter, Error, Kind, Resource, Result, Revision, Right,
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
    catch_up::{CatchUp, Piece},
    ring::Newer,
    within,
};

/// About how many bytes of what exists are read at once.
const STATE_BYTES: usize = 128 << 10;

/// Where a watch begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// With what comes now.
    Now,
    /// With what came after a revision.
    After(Revision),
    /// With what came after a position, if it is one of this history.
    From(Position),
    /// With what exists, and then with what comes.
    State,
}

/// What somebody wants to watch.
#[derive(Clone, Debug)]
pub struct WatchQuery {
    /// From where on.
    pub start: Start,
    /// What of it.
    pub filter: ChangeFilter,
    /// How long there may be silence.
    pub checkpoint: Duration,
}

/// What one who watches is told.
#[derive(Clone, Debug)]
pub enum Event {
    /// What exists at a revision; more may follow.
    State {
        /// The revision.
        revision: Revision,
        /// Some of it.
        resources: Vec<Resource>,
    },
    /// Changes of a revision: those of these indexes; none where it turns out that no more follow. More
    /// of the same revision follow where it goes on.
    Changes {
        /// The revision.
        revision: Arc<RevisionChanges>,
        /// Which of its changes.
        indexes: Vec<usize>,
        /// Whether the next event is of the same revision.
        goes_on: bool,
    },
    /// All up to a revision was told.
    Checkpoint(Position),
}

/// A watch under way. It holds little, for however long its caller does not read: some change rows or
/// resources, or a revision that it shares with the others.
pub struct Watch {
    registry: Registry,
    query: WatchQuery,
    /// All up to this was told.
    at: Position,
    within: HashSet<String>,
    /// The organisations asked for after a revision that moves some, while it is told.
    moved: Option<HashSet<String>>,
    /// What exists, as far as it was not told.
    state: Option<State>,
    /// Read, but not told yet.
    open: VecDeque<Piece>,
    catch_up: CatchUp,
    /// Whether some of the next revision was told.
    begun: bool,
    /// Whether it has come as far as the ring reaches.
    live: bool,
    /// When something must be said.
    due: Instant,
    end: Instant,
    ended: bool,
    head: sync::watch::Receiver<Revision>,
    place: WatchPlace,
    _counted: Counted,
}

/// The place of a watch among those that an instance may have. It is free when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct WatchPlace(
    #[allow(dead_code, reason = "it is held, and never looked at")] Arc<OwnedSemaphorePermit>,
);

/// What exists, on its way to one who watches.
struct State {
    pin: PinnedRevision,
    kinds: VecDeque<Kind>,
    cursor: Cursor,
    pace: Pace,
}

impl Registry {
    /// Begins to watch.
    pub async fn watch(&self, caller: &Caller, query: WatchQuery) -> Result<Watch> {
        caller.require(Right::Read)?;
        let place = self.feed.places.clone().try_acquire_owned();
        let most = self.feed.limits.most_watches;
        let place = WatchPlace(Arc::new(place.map_err(|_| Error::TooManyWatches { most })?));
        // Counted first: the tail begins to follow, and nothing falls between.
        let counted = Counted::new(self.feed.clone());
        let reads = self.store.reads();
        let (at, state) = match query.start {
            Start::Now => (reads.head().await?, None),
            Start::After(revision) => {
                retained(&reads, revision, reads.revision().await?).await?;
                (reads.standing(revision).await?.position, None)
            }
            Start::From(ref position) => {
                retained(&reads, position.revision, reads.revision().await?).await?;
                recognised(&reads, Some(position)).await?;
                (position.clone(), None)
            }
            Start::State => {
                let pin = self.store.pin(self.feed.limits.most_pinned).await?;
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
            end: now + life(self.feed.limits.watch_life),
            ended: false,
            head: self.feed.head.subscribe(),
            place,
            _counted: counted,
            query,
        })
    }
}

impl Watch {
    /// The position up to which all was told.
    pub fn at(&self) -> &Position {
        &self.at
    }

    /// Its place, for whoever keeps what was told of it for longer than the watch itself.
    pub fn place(&self) -> WatchPlace {
        self.place.clone()
    }

    /// The next thing to tell; none when the watch has lasted long enough, after a last checkpoint.
    pub async fn next(&mut self) -> Result<Option<Event>> {
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
            // Nothing is said between the parts of a revision.
            self.ended = !self.begun && now >= self.end;
            if self.ended || (!self.begun && now >= self.due) {
                self.due = now + self.query.checkpoint;
                return Ok(Some(Event::Checkpoint(self.at.clone())));
            }
            if let Some(event) = self.told().await? {
                return Ok(Some(event));
            }
            if self.read_on().await? {
                continue;
            }
            let wake = self.due.min(self.end);
            // What comes from a closed channel is seen when next looked.
            let _ = tokio::time::timeout_at(wake, self.head.changed()).await;
        }
    }

    /// The next of what was read that has anything asked for.
    async fn told(&mut self) -> Result<Option<Event>> {
        while let Some(Piece { revision, goes_on }) = self.open.pop_front() {
            let indexes = self.asked(&revision, goes_on).await?;
            // Whoever was told that a revision goes on must hear where it ends.
            let tell = !indexes.is_empty() || (self.begun && !goes_on);
            self.begun = goes_on && (self.begun || tell);
            if !goes_on {
                self.at = revision.position();
            }
            if tell {
                self.due = Instant::now() + self.query.checkpoint;
                return Ok(Some(Event::Changes { revision, indexes, goes_on }));
            }
        }
        Ok(None)
    }

    /// Which changes of a revision, or of a piece of one, are asked for.
    async fn asked(&mut self, revision: &RevisionChanges, goes_on: bool) -> Result<Vec<usize>> {
        let filter = &self.query.filter;
        if filter.follows_tree() && self.moved.is_none() && revision.moves_organisations() {
            let reads = self.registry.store.reads();
            let after = within(&reads, filter, revision.revision).await?;
            // Both where an organisation lay and where it lies now hear that it moves.
            self.within.extend(after.iter().cloned());
            self.moved = Some(after);
        }
        let asked = |index: &usize| filter.admits(&revision.changes[*index], &self.within);
        let indexes = (0..revision.changes.len()).filter(asked).collect();
        if !goes_on && let Some(after) = self.moved.take() {
            self.within = after;
        }
        Ok(indexes)
    }

    /// Reads what comes next. Gives whether there was anything.
    async fn read_on(&mut self) -> Result<bool> {
        self.head.borrow_and_update();
        if self.catch_up.is_within() {
            return self.catch_up().await;
        }
        let newer = self.registry.feed.ring().newer(self.at.revision);
        match newer {
            Newer::Next(revision) => {
                self.live = true;
                self.open.push_back(Piece { revision, goes_on: false });
                Ok(true)
            }
            Newer::Nothing => {
                self.live = true;
                Ok(false)
            }
            Newer::Elsewhere if self.live => {
                Err(Error::WatcherBehind { revision: self.at.revision })
            }
            Newer::Elsewhere => self.catch_up().await,
        }
    }

    /// Reads change rows, where the ring does not reach back to.
    async fn catch_up(&mut self) -> Result<bool> {
        let at = self.at.revision;
        let pieces = self.catch_up.read(&self.registry.store.reads(), at).await?;
        self.open.extend(pieces);
        Ok(!self.open.is_empty())
    }

    /// Some of what exists; none when all was told.
    async fn exists(&mut self) -> Result<Option<Event>> {
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
                return Ok(Some(Event::State { revision: self.at.revision, resources }));
            }
        }
        self.state = None;
        Ok(None)
    }
}

impl State {
    fn new(pin: PinnedRevision, filter: &ChangeFilter) -> Self {
        let kinds = Kind::ALL.iter().copied();
        let kinds = kinds.filter(|kind| filter.admits_kind(*kind)).collect();
        let cursor = Cursor::new(pin.revision());
        Self { pin, kinds, cursor, pace: Pace::new(STATE_BYTES) }
    }
}

/// How long a watch lasts: a tenth more or less, so that those that began together do not all come again
/// together.
fn life(life: Duration) -> Duration {
    let chance = RandomState::new().hash_one(()) as f64 / u64::MAX as f64;
    life.mul_f64(0.9 + 0.2 * chance)
}

/// Counts one who watches for as long as it lives.
struct Counted(Arc<Feed>);

impl Counted {
    fn new(feed: Arc<Feed>) -> Self {
        feed.watches.send_modify(|watches| *watches += 1);
        Self(feed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.watches.send_modify(|watches| *watches -= 1);
    }
}
