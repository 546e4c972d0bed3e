//! Keeps records, versions them and says what changed. It knows no noun: a [`Record`] is any row
//! with the standard columns. One read path ([`Reads`]), one write path ([`Transaction`]), and one
//! file that says SQLite or PostgreSQL (`dialect`).
//!
//! Every transaction that changes something takes the next revision from a counter of one row and
//! writes a change row for each record, so that revisions follow the order of commits on both
//! databases and a reader of changes can never skip one that commits late.

mod change;
mod dialect;
mod error;
mod feed;
mod history;
mod migrate;
mod packed;
mod page;
mod pattern;
mod piece;
mod read;
mod record;
mod request;
pub mod schema;
mod write;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use sea_orm::{DatabaseConnection, DatabaseTransaction};
use tokio::sync::watch;
use tracing::Instrument;

pub use change::{Model as ChangeRow, Origin, Verb};
pub use error::{Contention, StoreError};
pub use feed::{Broken, Retained, nudge};
pub use migrate::MigrationState;
pub use packed::{Packed, Packs};
pub use page::{Order, PageQuery, Scope};
pub use pattern::Patterns;
pub use piece::{Model as Piece, PieceHead};
pub use read::{Lock, Reads};
pub use record::{Column, Record};
pub use write::{Change, Transaction};

/// The future of one attempt of a write.
pub type Attempt<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// How often a write is tried when another transaction stands in its way.
const ATTEMPTS: u32 = 10;

/// How long a write waits after its first attempt; after each further one that much longer.
const PAUSE: Duration = Duration::from_millis(2);

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    url: String,
    connections: dialect::Connections,
    dialect: dialect::Dialect,
    /// Changes whenever something may have been written, here or by another instance.
    written: watch::Sender<()>,
}

/// Reads that all see the same state of the database.
pub struct Snapshot {
    reads: Reads<DatabaseTransaction>,
    revision: i64,
}

impl Snapshot {
    /// The revision of the registry that this snapshot sees.
    pub fn revision(&self) -> i64 {
        self.revision
    }
}

impl std::ops::Deref for Snapshot {
    type Target = Reads<DatabaseTransaction>;

    fn deref(&self) -> &Self::Target {
        &self.reads
    }
}

impl Store {
    /// Opens the database at `url`: `sqlite://path?mode=rwc`, `sqlite::memory:` or
    /// `postgres://user:password@host/database`. Runs no migration.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let (connections, dialect) = dialect::connect(url).await?;
        let (written, url) = (watch::Sender::new(()), url.to_owned());
        Ok(Self { inner: Arc::new(Inner { url, connections, dialect, written }) })
    }

    /// Reads outside any transaction: each sees the newest state there is when it runs.
    pub fn reads(&self) -> Reads<DatabaseConnection> {
        Reads::new(self.inner.connections.reader.clone(), self.inner.dialect)
    }

    /// Opens a snapshot: all its reads see one state, at one revision.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.begin_snapshot(&self.inner.connections.reader).await
    }

    /// Opens a snapshot that may last: only a few can be open at a time, and they keep nobody else
    /// from reading.
    pub async fn long_snapshot(&self) -> Result<Snapshot, StoreError> {
        self.begin_snapshot(&self.inner.connections.long_reader).await
    }

    async fn begin_snapshot(
        &self,
        connection: &DatabaseConnection,
    ) -> Result<Snapshot, StoreError> {
        let transaction = dialect::begin_snapshot(connection).await?;
        let reads = Reads::new(transaction, self.inner.dialect);
        let revision = reads.revision().await?;
        Ok(Snapshot { reads, revision })
    }

    /// Runs `work` in a write transaction and commits what it did, for `origin`. A rehearsal
    /// does all the same, and then takes everything back.
    ///
    /// The work runs in a task of its own, to its end, even when the caller goes away. When another
    /// transaction stands in its way (a deadlock, or a key taken in the meantime) it is rolled back
    /// and runs again from the beginning, so `work` must do nothing but read and write through the
    /// transaction. Gives the answer of `work` and the revision written, 0 where nothing changed.
    pub async fn write<T, E, F>(
        &self,
        origin: Origin,
        rehearsal: bool,
        work: F,
    ) -> Result<(T, i64), E>
    where
        T: Send + 'static,
        E: From<StoreError> + Contention + Send + 'static,
        F: for<'t> Fn(&'t mut Transaction) -> Attempt<'t, T, E> + Send + Sync + 'static,
    {
        let store = self.clone();
        let run = async move {
            let mut attempt = 1;
            loop {
                match store.attempt(&origin, rehearsal, &work).await {
                    Err(error) if error.is_contended() && attempt < ATTEMPTS => {
                        tokio::time::sleep(PAUSE * attempt).await;
                        attempt += 1;
                    }
                    end => return end,
                }
            }
        };
        match tokio::spawn(run.in_current_span()).await {
            Ok(result) => result,
            Err(stopped) => Err(StoreError::Stopped(stopped).into()),
        }
    }

    async fn attempt<T, E, F>(
        &self,
        origin: &Origin,
        rehearsal: bool,
        work: &F,
    ) -> Result<(T, i64), E>
    where
        E: From<StoreError>,
        F: for<'t> Fn(&'t mut Transaction) -> Attempt<'t, T, E>,
    {
        let inner = &self.inner;
        let mut transaction =
            Transaction::begin(self.writer(), inner.dialect, origin.clone(), rehearsal).await?;
        match work(&mut transaction).await {
            Ok(answer) => {
                let revision = transaction.commit().await?;
                if revision > 0 {
                    inner.written.send_replace(());
                }
                Ok((answer, revision))
            }
            Err(error) => {
                // The error of the work is the one to report: a rollback that fails too leaves
                // nothing behind, for the database rolls back when the connection goes.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }

    fn writer(&self) -> &DatabaseConnection {
        &self.inner.connections.writer
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.reads().revision().await.map(|_| ())
    }

    /// Closes all connections.
    pub async fn close(&self) {
        // Closing waits for the connections that are still in use; there is nothing to do about one
        // that fails to close.
        let _ = self.inner.connections.long_reader.close_by_ref().await;
        let _ = self.inner.connections.reader.close_by_ref().await;
        let _ = self.inner.connections.writer.close_by_ref().await;
    }
}
