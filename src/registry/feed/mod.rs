//! The change feed: lists of changes, and watches that follow them.
//!
//! One task per process, the tail, reads the changes of all instances and keeps the newest in memory
//! (`ring`). Every watch of the process reads from the ring; a watch that is behind it first reads change
//! rows, a few at a time. Revisions follow the order of commits, so a reader that has everything up to a
//! revision can miss nothing.
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
    domain::{Caller, Change, ChangeFilter, Error, ResourceType, Result, Right, Violations},
    store::{ChangeRow, Position, ReadConnection, Reads, Revision, StoreError},
};

use super::{
    Registry,
    read::{after_all, organisations_at, recognised, retained},
};
use ring::Ring;

pub use watch::{Start, Watch, WatchEvent, WatchPermit, WatchQuery};

/// Number of change rows read at once, by the tail and for lists.
const ROWS: u64 = 1_000;

/// Maximum number of change rows that one page of changes searches, whether they match or not.
const MAX_ROWS: usize = 20_000;

/// Limits of the change feed, of watches, and of reads that wait for a revision.
#[derive(Clone, Debug)]
pub struct RegistryLimits {
    /// Maximum bytes of changes in memory for watches.
    pub buffer_bytes: usize,
    /// Duration of a watch, varied by up to a tenth.
    pub watch_duration: Duration,
    /// Interval at which changes of other instances are looked for, if nothing announces them.
    pub poll: Duration,
    /// Maximum number of watches.
    pub max_watches: usize,
    /// Maximum number of reads that wait for a revision.
    pub max_waiting: usize,
    /// How far beyond the newest revision a read may wait for one.
    pub max_ahead: i64,
    /// Maximum time that a watch, an export or an import waits for its caller to read.
    pub send_timeout: Duration,
    /// Default interval between the checkpoints of a watch.
    pub checkpoint: Duration,
    /// How long an export, or the initial state of a watch, may hold back compaction.
    pub max_pin_time: Duration,
}

impl Default for RegistryLimits {
    fn default() -> Self {
        Self {
            buffer_bytes: 32 << 20,
            watch_duration: Duration::from_secs(30 * 60),
            poll: Duration::from_secs(1),
            max_watches: 1_000,
            max_waiting: 1_000,
            max_ahead: 10_000,
            send_timeout: Duration::from_secs(30),
            checkpoint: Duration::from_secs(15),
            max_pin_time: Duration::from_secs(15 * 60),
        }
    }
}

impl RegistryLimits {
    /// Validates the interval between checkpoints that a caller asks for, in seconds, and returns it.
    pub fn checkpoint_of(seconds: i32, violations: &mut Violations) -> Duration {
        violations.range("checkpoint_seconds", seconds, 1..=60);
        Duration::from_secs(seconds.unsigned_abs().into())
    }
}

/// The newest changes, and the watches of the process.
pub(super) struct Feed {
    limits: RegistryLimits,
    ring: RwLock<Ring>,
    /// Newest revision in the ring.
    head: sync::watch::Sender<Revision>,
    /// Number of watches.
    watches: sync::watch::Sender<usize>,
    /// One permit for each watch that the limits allow.
    watch_permits: Arc<sync::Semaphore>,
}

impl Feed {
    pub fn new(limits: RegistryLimits) -> Self {
        let ring = RwLock::new(Ring::new(limits.buffer_bytes));
        let (head, watches) = (sync::watch::Sender::default(), sync::watch::Sender::new(0));
        let watch_permits = limits.max_watches.min(sync::Semaphore::MAX_PERMITS);
        let watch_permits = Arc::new(sync::Semaphore::new(watch_permits));
        Self { limits, ring, head, watches, watch_permits }
    }

    pub fn limits(&self) -> &RegistryLimits {
        &self.limits
    }
}

/// One page of changes.
#[derive(Clone, Debug)]
pub struct ChangesPage {
    /// Changes, ordered by revision and name.
    pub changes: Vec<Change>,
    /// For each revision in the page, the position after all of its changes.
    pub positions: BTreeMap<Revision, Position>,
    /// Revision and name of the change after which the next page begins; `None` on the last page.
    pub next: Option<(Revision, String)>,
    /// Newest position when the first page was read: after the last page, the caller has every change up to it.
    pub head: Position,
}

/// Where a page of changes begins, and where the last page ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedRange {
    /// The page begins after this revision, or within it.
    pub revision: Revision,
    /// Name within the revision after which the page begins; `None` if it begins after the whole revision.
    pub name: Option<String>,
    /// Position that the caller got with this revision, if any.
    pub given: Option<Position>,
    /// Newest position when the first page was read, which no page exceeds; `None` on the first page.
    pub end: Option<Position>,
}

impl ChangesPage {
    /// Revision and name at which the page ends, if that is in the middle of a revision.
    pub fn cut(&self) -> Option<&(Revision, String)> {
        self.next.as_ref().filter(|(_, name)| *name != after_all())
    }
}

impl Registry {
    /// Lists changes after a place in the feed. `size` is the maximum number of changes, `max_bytes` their
    /// approximate maximum size.
    pub async fn list_changes(
        &self,
        caller: &Caller,
        range: FeedRange,
        filter: &ChangeFilter,
        size: usize,
        max_bytes: usize,
    ) -> Result<ChangesPage> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        let FeedRange { revision, name, given, end } = range;
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
                if page.changes.len() >= size || bytes >= max_bytes {
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
            if seen >= MAX_ROWS {
                page.next = Some(at);
                return Ok(page);
            }
        }
    }

    /// Newest position in the feed. It contains a hash, by which a later call recognises this history.
    pub async fn head(&self, caller: &Caller) -> Result<Position> {
        caller.require(Right::Read)?;
        Ok(self.store.reads().head().await?)
    }

    /// Fails if a position was given that does not belong to this history.
    pub async fn recognise(&self, caller: &Caller, given: Option<&Position>) -> Result<()> {
        caller.require(Right::Read)?;
        recognised(&self.store.reads(), given).await
    }
}

/// Organisations that a filter admits, by the tree of organisations at a revision.
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

/// For each of these revisions that changes organisations, those that a filter admits after it.
async fn moved<C: ReadConnection>(
    reads: &Reads<C>,
    filter: &ChangeFilter,
    rows: &[ChangeRow],
) -> Result<HashMap<Revision, HashSet<String>>> {
    let mut moved = HashMap::new();
    let organisations =
        rows.iter().filter(|row| row.resource_type == ResourceType::Organisation.table());
    for row in organisations.filter(|_| filter.follows_tree()) {
        if let Entry::Vacant(vacant) = moved.entry(row.revision) {
            vacant.insert(within(reads, filter, row.revision).await?);
        }
    }
    Ok(moved)
}

/// Error for a change row whose content cannot be read.
pub(super) fn unreadable(error: serde_json::Error) -> Error {
    StoreError::from(error).into()
}
