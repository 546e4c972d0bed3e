//! Stores records, versions them and says what changed. The store knows no resource type: a
//! [`Record`] is any row with the standard columns. There is one read path ([`Reads`]), one write
//! path ([`Transaction`]), and one module that says SQLite or PostgreSQL (`dialect`).
//!
//! Each transaction that changes something takes the next revision from a counter of one row and
//! writes a change row for each record. Revisions therefore follow the order of commits on both
//! databases, and a reader of changes never skips a transaction that commits late.

mod backup;
mod cache;
mod change;
mod clock;
mod commit;
mod compatibility;
mod dialect;
mod error;
mod feed;
mod file;
mod fold;
mod gate;
mod history;
mod migrate;
mod names;
mod packed;
mod page;
mod pattern;
mod pin;
mod pool;
mod pools;
mod position;
mod probe;
mod read;
mod record;
mod refusal;
mod request;
mod restored;
mod revision;
pub mod schema;
mod waiting_line;
mod write;

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use clock::RetentionClock;
use dialect::{Connection, Dialect, Mode};
use file::DatabaseFile;
use gate::Gate;
use pool::{OpenTransaction, Pool};
use pools::Pools;

pub use backup::BackupError;
pub use cache::{CacheHead, Model as StoredEntry};
pub use change::{Model as ChangeRow, Origin, Verb};
pub use clock::Clock;
pub use dialect::{OpenError, OpenMode};
pub use error::{StoreError, WriteError};
pub use feed::{BrokenLink, Retention, wait_for_write};
pub use fold::folded_column;
pub use migrate::MigrationState;
pub use names::name_range;
pub use packed::{PackedPages, PackedRow};
pub use page::{PageOrder, PageQuery, Scope};
pub use pattern::Patterns;
pub use pin::PinnedRevision;
pub use position::{Position, PositionError, PositionStatus};
pub use read::{Lock, ReadConnection, Reads};
pub use record::{Column, Record};
pub use restored::{PassedOver, RAISE};
pub use revision::Revision;
pub use write::{RecordChange, Transaction};

/// Future of one attempt of a write.
pub type Attempt<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    url: String,
    pools: Pools,
    gate: Arc<Gate>,
    clock: Clock,
    retention: Mutex<RetentionClock>,
    /// Newest revision that was acknowledged to a caller.
    acknowledged: AtomicI64,
    /// The database file, once the database is ready for use; unset for a database without a file.
    file: OnceLock<DatabaseFile>,
    /// Open connection that keeps SQLite's log file in place while the pooled connections are
    /// renewed.
    anchor: Mutex<Option<Connection>>,
    /// Signals whenever something may have been written, by this instance or another.
    written: watch::Sender<()>,
    /// Revisions whose states are in use.
    pins: Arc<pin::Pins>,
}

/// Reads that all see the same state of the database.
pub struct Snapshot {
    reads: Reads<OpenTransaction>,
    head: Position,
}

impl Snapshot {
    /// Revision that this snapshot sees.
    pub fn revision(&self) -> Revision {
        self.head.revision
    }

    /// Newest position in the history that this snapshot sees.
    pub fn head(&self) -> &Position {
        &self.head
    }
}

impl std::ops::Deref for Snapshot {
    type Target = Reads<OpenTransaction>;

    fn deref(&self) -> &Self::Target {
        &self.reads
    }
}

impl Store {
    /// Opens the database at `url`: `sqlite://path?mode=rwc`, `sqlite::memory:` or
    /// `postgres://user:password@host/database`. Runs no migrations.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, Clock::default()).await
    }

    /// Opens the database at `url` with the given clock.
    pub async fn open_with(url: &str, clock: Clock) -> Result<Self, StoreError> {
        let gate = Arc::new(Gate::default());
        let (pools, anchor) = Pools::open(url, &gate).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                url: url.to_owned(),
                pools,
                gate,
                clock,
                retention: Mutex::new(RetentionClock::new()),
                acknowledged: AtomicI64::new(0),
                file: OnceLock::new(),
                anchor: Mutex::new(anchor),
                written: watch::Sender::new(()),
                pins: Arc::default(),
            }),
        })
    }

    fn dialect(&self) -> Dialect {
        self.inner.pools.writer.dialect()
    }

    /// The current time of the store's clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    /// Returns reads outside any transaction; each sees the newest state at the time that it runs.
    pub fn reads(&self) -> Reads<Pool> {
        Reads::new(self.inner.pools.reader.clone(), self.dialect())
    }

    /// Opens a snapshot: all its reads see one state, at one revision.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.begin_snapshot(&self.inner.pools.reader).await
    }

    /// Opens a snapshot for long reads. Only a few can be open at a time; they use connections of
    /// their own and never keep other reads waiting.
    pub async fn long_snapshot(&self) -> Result<Snapshot, StoreError> {
        self.begin_snapshot(&self.inner.pools.long_reader).await
    }

    async fn begin_snapshot(&self, pool: &Pool) -> Result<Snapshot, StoreError> {
        let reads = Reads::new(pool.begin(Mode::Snapshot).await?, self.dialect());
        let head = reads.head().await?;
        Ok(Snapshot { reads, head })
    }

    fn writer(&self) -> &Pool {
        &self.inner.pools.writer
    }

    /// Closes all idle connections; those in use are closed when they are returned.
    pub async fn close(&self) {
        self.inner.pools.close().await;
        let anchor = self.inner.anchor.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(anchor) = anchor {
            // Closing moves the log's content to the database. If that fails, the log still holds
            // it.
            anchor.close().await;
        }
    }
}

impl Inner {
    fn acknowledged(&self, revision: Revision) {
        self.acknowledged.fetch_max(revision.number(), Ordering::SeqCst);
        self.gate.note_write();
    }

    fn newest_acknowledged(&self) -> Revision {
        Revision::new(self.acknowledged.load(Ordering::SeqCst))
    }
}
