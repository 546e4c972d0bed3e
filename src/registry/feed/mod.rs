//! The change feed: lists of changes, and watches that follow them.
//!
//! One task per process, the tail, reads what was written, by whichever instance, and keeps the newest
//! of it in memory (`ring`). All watches of the process read from there; one that has further to
//! go reads change rows until it is there, a few at a time. Revisions follow the order of commits, so whoever has all up to a
//! revision can miss nothing.

mod catch_up;
mod ring;
mod tail;
mod watch;

use std::{
    collections::{BTreeMap, HashMap, HashSet, hash_map::Entry},
    sync::{Arc, RwLock},
    time::Duration,
};

use tokio::sync;

use crate::{
    domain::{Caller, Change, ChangeFilter, Error, Kind, Result, Right, Violations},
    store::{ChangeRow, Position, ReadConnection, Reads, Revision, StoreError},
};

use super::{
    Registry,
    read::{after_all, organisations_at, recognised, retained},
};
use ring::Ring;

pub use watch::{Event, Start, Watch, WatchPlace, WatchQuery};

/// How many change rows are read at once for all who watch, and for lists.
const ROWS: u64 = 1_000;

/// How many change rows a page of changes looks through before it ends, found or not.
const MOST_ROWS: usize = 20_000;

/// How the feed is kept, and how long and how many callers may read from it, wait for it or read what it
/// keeps.
#[derive(Clone, Debug)]
pub struct FeedLimits {
    /// How many bytes of changes are kept in memory for those who watch.
    pub buffer_bytes: usize,
    /// How long a watch lasts, give or take a tenth.
    pub watch_life: Duration,
    /// How often to look for what other instances wrote, where nothing tells of it.
    pub poll: Duration,
    /// How many may watch at a time.
    pub most_watches: usize,
    /// How many reads may wait for a revision at a time.
    pub most_waiting: usize,
    /// How far a revision that a read waits for may be ahead of the newest.
    pub most_ahead: i64,
    /// How long a watch, an export or an import waits for its caller to read on.
    pub patience: Duration,
    /// How often a watch is told how far it is, where its caller does not say.
    pub checkpoint: Duration,
    /// How long compaction waits for an export, or for what exists at the beginning of a watch.
    pub most_pinned: Duration,
}

impl Default for FeedLimits {
    fn default() -> Self {
        Self {
            buffer_bytes: 32 << 20,
            watch_life: Duration::from_secs(30 * 60),
            poll: Duration::from_secs(1),
            most_watches: 1_000,
            most_waiting: 1_000,
            most_ahead: 10_000,
            patience: Duration::from_secs(30),
            checkpoint: Duration::from_secs(15),
            most_pinned: Duration::from_secs(15 * 60),
        }
    }
}

impl FeedLimits {
    /// Returns how often a caller wants to be told how far its watch is, in seconds, if that is allowed.
    pub fn checkpoint_of(seconds: i32, violations: &mut Violations) -> Duration {
        violations.range("checkpoint_seconds", seconds, 1..=60);
        Duration::from_secs(seconds.unsigned_abs().into())
    }
}

/// What the process knows of the newest changes.
pub(super) struct Feed {
    limits: FeedLimits,
    ring: RwLock<Ring>,
    /// The newest revision in the ring.
    head: sync::watch::Sender<Revision>,
    /// How many watch.
    watches: sync::watch::Sender<usize>,
    /// A place for each who may.
    places: Arc<sync::Semaphore>,
}

impl Feed {
    pub fn new(limits: FeedLimits) -> Self {
        let ring = RwLock::new(Ring::new(limits.buffer_bytes));
        let (head, watches) = (sync::watch::Sender::default(), sync::watch::Sender::new(0));
        let places = limits.most_watches.min(sync::Semaphore::MAX_PERMITS);
        let places = Arc::new(sync::Semaphore::new(places));
        Self { limits, ring, head, watches, places }
    }

    pub fn limits(&self) -> &FeedLimits {
        &self.limits
    }
}

/// Some of the changes.
#[derive(Clone, Debug)]
pub struct ChangesPage {
    /// In order.
    pub changes: Vec<Change>,
    /// Where one goes on who has all changes of a revision, for each revision of the page.
    pub positions: BTreeMap<Revision, Position>,
    /// After which change, by revision and name, the next page begins; none where this is the last.
    pub next: Option<(Revision, String)>,
    /// The newest position when the first page was read: after the last page, all up to it are known.
    pub head: Position,
}

/// Where a page of changes begins, and where the last page ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedPlace {
    /// The page begins after this revision, or within it.
    pub revision: Revision,
    /// After which name of the revision; none where the page begins after all of them.
    pub name: Option<String>,
    /// The position that the place was given out with, where there was one.
    pub given: Option<Position>,
    /// The newest position when the first page was read, which no page goes beyond; none on the first page.
    pub end: Option<Position>,
}

impl ChangesPage {
    /// The revision and the name that the page ends within, where it does.
    pub fn cut(&self) -> Option<&(Revision, String)> {
        self.next.as_ref().filter(|(_, name)| *name != after_all())
    }
}

impl Registry {
    /// Some changes after a place in the feed. `size` is how many at most, and `most_bytes` about how large.
    pub async fn list_changes(
        &self,
        caller: &Caller,
        place: FeedPlace,
        filter: &ChangeFilter,
        size: usize,
        most_bytes: usize,
    ) -> Result<ChangesPage> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        let FeedPlace { revision, name, given, end } = place;
        retained(&snapshot, revision, snapshot.revision()).await?;
        recognised(&snapshot, given.as_ref()).await?;
        let mut within = within(&snapshot, filter, revision).await?;
        let (changes, positions) = (Vec::new(), BTreeMap::new());
        let head = end.unwrap_or_else(|| snapshot.head().clone());
        let mut page = ChangesPage { changes, positions, next: None, head };
        let (mut at, mut seen, mut bytes) = ((revision, name.unwrap_or_else(after_all)), 0, 0);
        loop {
            let mut rows = snapshot.changes_from(at.0, &at.1, ROWS).await?;
            rows.retain(|row| row.revision <= page.head.revision);
            let last = (rows.len() as u64) < ROWS;
            let moved = moved(&snapshot, filter, &rows).await?;
            for row in rows {
                if page.changes.len() >= size || bytes >= most_bytes {
                    let cut = row.revision == at.0;
                    page.next = Some(if cut { at } else { (at.0, after_all()) });
                    return Ok(page);
                }
                if row.revision != at.0
                    && let Some(after) = moved.get(&at.0)
                {
                    within.clone_from(after);
                }
                if let Some(after) = moved.get(&row.revision) {
                    within.extend(after.iter().cloned());
                }
                at = (row.revision, row.name.clone());
                seen += 1;
                let (size, position) = (row.size(), Position::new(row.revision, &row.hash));
                let change = Change::read(row).map_err(unreadable)?;
                if filter.admits(&change, &within) {
                    bytes += size;
                    page.changes.push(change);
                }
                if page.changes.last().is_some_and(|last| last.revision == position.revision) {
                    page.positions.insert(position.revision, position);
                }
            }
            if let Some(after) = moved.get(&at.0) {
                within.clone_from(after);
            }
            if last {
                return Ok(page);
            }
            if seen >= MOST_ROWS {
                page.next = Some(at);
                return Ok(page);
            }
        }
    }

    /// The newest position: what is given out from now on can be recognised by it.
    pub async fn head(&self, caller: &Caller) -> Result<Position> {
        caller.require(Right::Read)?;
        Ok(self.store.reads().head().await?)
    }

    /// Fails where a caller was given a position, and not by this history.
    pub async fn recognise(&self, caller: &Caller, given: Option<&Position>) -> Result<()> {
        caller.require(Right::Read)?;
        recognised(&self.store.reads(), given).await
    }
}

/// The organisations that a filter asks for, as they lay under each other at a revision.
async fn within<C: ReadConnection>(
    reads: &Reads<C>,
    filter: &ChangeFilter,
    revision: Revision,
) -> Result<HashSet<String>> {
    if !filter.follows_tree() {
        return Ok(filter.within(std::iter::empty()));
    }
    let all = organisations_at(reads, revision).await?;
    Ok(filter.within(all.iter().map(|row| (row.name.as_str(), row.parent.as_str()))))
}

/// For each revision of some change rows that moves organisations, those that a filter asks for after it.
async fn moved<C: ReadConnection>(
    reads: &Reads<C>,
    filter: &ChangeFilter,
    rows: &[ChangeRow],
) -> Result<HashMap<Revision, HashSet<String>>> {
    let mut moved = HashMap::new();
    let organisations = rows.iter().filter(|row| row.resource_type == Kind::Organisation.table());
    for row in organisations.filter(|_| filter.follows_tree()) {
        if let Entry::Vacant(place) = moved.entry(row.revision) {
            place.insert(within(reads, filter, row.revision).await?);
        }
    }
    Ok(moved)
}

/// What stands in a change row cannot be read.
pub(super) fn unreadable(error: serde_json::Error) -> Error {
    StoreError::from(error).into()
}
