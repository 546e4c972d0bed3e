//! One who watches.

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use tokio::{sync, time::Instant};

use crate::{
    domain::{
        Caller, ChangeFilter, Error, Kind, Noun, Registry, Resource, Result, Right,
        change::Revision, for_kind,
    },
    store::{PageQuery, Position, Scope, Snapshot},
};

use super::{Feed, ROWS, recognised, retained, ring::Newer, unreadable, within};

/// Where a watch begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// With what comes now.
    Now,
    /// With what came after a revision.
    After(i64),
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
        revision: i64,
        /// Some of it.
        resources: Vec<Resource>,
    },
    /// The changes of a revision: those of these indexes.
    Changes(Arc<Revision>, Vec<usize>),
    /// All up to a revision was told.
    Checkpoint(Position),
}

/// A watch under way.
pub struct Watch {
    registry: Registry,
    query: WatchQuery,
    /// All up to this was told.
    at: Position,
    within: HashSet<String>,
    /// What exists, as far as it was not told.
    state: Option<State>,
    /// Read, but not told yet.
    open: VecDeque<Arc<Revision>>,
    /// Whether it has come as far as the ring reaches.
    live: bool,
    /// When something must be said.
    due: Instant,
    end: Instant,
    ended: bool,
    head: sync::watch::Receiver<i64>,
    _counted: Counted,
}

/// What exists, on its way to one who watches.
struct State {
    snapshot: Snapshot,
    kinds: VecDeque<Kind>,
    after: Option<String>,
}

impl Registry {
    /// Begins to watch.
    pub async fn watch(&self, caller: &Caller, query: WatchQuery) -> Result<Watch> {
        caller.require(Right::Read)?;
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
                let snapshot = self.store.long_snapshot().await?;
                let kinds = Kind::ALL.iter().copied();
                let kinds = kinds.filter(|kind| query.filter.admits_kind(*kind)).collect();
                (snapshot.head().clone(), Some(State { snapshot, kinds, after: None }))
            }
        };
        let within = within(&reads, &query.filter, at.revision).await?;
        let now = Instant::now();
        Ok(Watch {
            registry: self.clone(),
            at,
            within,
            state,
            open: VecDeque::new(),
            live: false,
            due: now,
            end: now + life(self.feed.limits.watch_life),
            ended: false,
            head: self.feed.head.subscribe(),
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
            self.ended = now >= self.end;
            if self.ended || now >= self.due {
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

    /// The next revision of those read that has anything asked for.
    async fn told(&mut self) -> Result<Option<Event>> {
        while let Some(revision) = self.open.pop_front() {
            let filter = &self.query.filter;
            let mut moved = None;
            if filter.follows_tree() && revision.moves_organisations() {
                let reads = self.registry.store.reads();
                let after = within(&reads, filter, revision.revision).await?;
                // Both where an organisation lay and where it lies now hear that it moves.
                self.within.extend(after.iter().cloned());
                moved = Some(after);
            }
            let asked = |index: &usize| filter.admits(&revision.changes[*index], &self.within);
            let indexes: Vec<usize> = (0..revision.changes.len()).filter(asked).collect();
            if let Some(after) = moved {
                self.within = after;
            }
            self.at = revision.position();
            if !indexes.is_empty() {
                self.due = Instant::now() + self.query.checkpoint;
                return Ok(Some(Event::Changes(revision, indexes)));
            }
        }
        Ok(None)
    }

    /// Reads what comes next. Gives whether there was anything.
    async fn read_on(&mut self) -> Result<bool> {
        self.head.borrow_and_update();
        let newer = self.registry.feed.ring().newer(self.at.revision);
        match newer {
            Newer::These(these) => {
                self.live = true;
                self.open.extend(these);
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
        let reads = self.registry.store.reads();
        let rows = reads.changes(self.at.revision, ROWS).await?;
        // After the rows, so that nothing of them was removed before they were read.
        retained(&reads, self.at.revision, i64::MAX).await?;
        let revisions = Revision::read(rows).map_err(unreadable)?;
        self.open.extend(revisions.into_iter().map(Arc::new));
        Ok(!self.open.is_empty())
    }

    /// Some of what exists; none when all was told.
    async fn exists(&mut self) -> Result<Option<Event>> {
        let Some(state) = &mut self.state else { return Ok(None) };
        while let Some(kind) = state.kinds.front().copied() {
            let (resources, last) =
                for_kind!(kind, N => page::<N>(&state.snapshot, state.after.take()).await?);
            match last {
                Some(last) => state.after = Some(last),
                None => {
                    state.kinds.pop_front();
                }
            }
            let mut resources = resources;
            resources.retain(|it| self.query.filter.admits_resource(it, &self.within));
            if !resources.is_empty() {
                return Ok(Some(Event::State { revision: self.at.revision, resources }));
            }
        }
        self.state = None;
        Ok(None)
    }
}

/// Some rows of a noun, and the name of the last where there are more.
async fn page<N: Noun + Into<Resource>>(
    snapshot: &Snapshot,
    after: Option<String>,
) -> Result<(Vec<Resource>, Option<String>)> {
    let name = N::column("name").ok_or_else(|| crate::domain::step::not_found::<N>(None))?;
    let mut query = PageQuery::<N>::by_name(Scope::All, name, ROWS);
    query.after = after.map(|name| vec![name.into()]);
    let rows: Vec<N> = snapshot.page(&query).await?;
    let more = rows.len() as u64 >= ROWS;
    let last = rows.last().filter(|_| more).map(|row| row.name().to_owned());
    Ok((rows.into_iter().map(Into::into).collect(), last))
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
