//! Runs a write until it commits, and finds out whether a commit took place when its answer was
//! lost.
//!
//! A write is acknowledged only if it was committed, and reported as failed only if it was not.
//! When the answer to a commit is lost, the commit is looked up by its revision and hash once the
//! writes before it have ended.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use tokio::time::Instant;
use tracing::Instrument;

use super::{
    Attempt, Origin, Store, StoreError, Transaction, WriteError, change,
    dialect::{self, Mode},
    pool::OpenTransaction,
    refusal::BlockReason,
    revision::Revision,
    write::PendingCommit,
};

/// Maximum number of attempts of a write that conflicts with other transactions.
const ATTEMPTS: u32 = 10;

/// Pause after the first attempt of a write; each later pause is longer by the same amount.
const RETRY_PAUSE: Duration = Duration::from_millis(2);

/// How long to look for a commit whose answer was lost.
const SEARCH: Duration = Duration::from_secs(4);

/// Pause between two look-ups of a commit.
const PAUSE: Duration = Duration::from_millis(200);

/// Difference between two clocks, in seconds, above which a warning is logged.
const CLOCKS_DIFFER: i64 = 5;

/// Result of looking for a commit whose answer was lost.
enum CommitOutcome {
    Done,
    NotDone,
    Unknown,
}

impl Store {
    /// Runs `work` in a write transaction for `origin` and commits it. With `dry_run`, does the
    /// same and rolls it back at the end.
    ///
    /// A write that has begun runs in a task of its own, to its end, even if the caller goes away;
    /// a write that still waits for its turn then never begins. If the transaction conflicts with
    /// another (a deadlock, or a key taken in the meantime), it is rolled back and `work` runs
    /// again from the beginning, so `work` must do nothing but read and write through the
    /// transaction. Returns the answer of `work` and the revision written, `NONE` if nothing changed.
    pub async fn write<T, E, F>(
        &self,
        origin: Origin,
        dry_run: bool,
        work: F,
    ) -> Result<(T, Revision), E>
    where
        T: Send + 'static,
        E: From<StoreError> + WriteError + Send + 'static,
        F: for<'t> Fn(&'t mut Transaction) -> Attempt<'t, T, E> + Send + Sync + 'static,
    {
        let store = self.clone();
        let first = self.begin_write().await?;
        let run = async move {
            let (mut attempt, mut begun) = (1, Some(first));
            loop {
                let transaction = match begun.take() {
                    Some(transaction) => Ok(transaction),
                    None => store.begin_write().await.map_err(E::from),
                };
                let end = match transaction {
                    Ok(begun) => store.attempt(begun, &origin, dry_run, &work).await,
                    Err(error) => Err(error),
                };
                match end {
                    Err(error) if error.is_contended() && attempt < ATTEMPTS => {
                        tokio::time::sleep(RETRY_PAUSE * attempt).await;
                        attempt += 1;
                    }
                    end => {
                        if end.as_ref().is_err_and(WriteError::is_full) {
                            store.inner.gate.note_full();
                        }
                        return end;
                    }
                }
            }
        };
        match tokio::spawn(run.in_current_span()).await {
            Ok(result) => result,
            Err(stopped) => Err(StoreError::Stopped(Arc::new(stopped)).into()),
        }
    }

    async fn attempt<T, E, F>(
        &self,
        begun: OpenTransaction,
        origin: &Origin,
        dry_run: bool,
        work: &F,
    ) -> Result<(T, Revision), E>
    where
        E: From<StoreError>,
        F: for<'t> Fn(&'t mut Transaction) -> Attempt<'t, T, E>,
    {
        let known_by_id = !origin.request_id.is_empty();
        let mut transaction = Transaction::new(self, begun, origin.clone(), dry_run);
        match work(&mut transaction).await {
            Ok(answer) => {
                let Some(committing) = transaction.finish().await? else {
                    return Ok((answer, Revision::NONE));
                };
                let revision = match self.commit(committing).await {
                    Err(error @ (StoreError::OutcomeUnknown(_) | StoreError::FileGone(_)))
                        if known_by_id =>
                    {
                        return Err(StoreError::KnownOnRepeat(Box::new(error)).into());
                    }
                    end => end?,
                };
                if revision > Revision::NONE {
                    self.inner.written.send_replace(());
                }
                Ok((answer, revision))
            }
            Err(error) => {
                // Report the error of the work. A rollback that fails too leaves nothing behind:
                // the database rolls back when the connection closes.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }

    pub(super) async fn begin_write(&self) -> Result<OpenTransaction, StoreError> {
        self.inner.check_file()?;
        Ok(self.inner.pools.writer.begin(Mode::Write).await?)
    }

    /// Commits a write and returns its revision, [`Revision::NONE`] if nothing was written. If the answer to the
    /// commit is lost and the write did not take place, returns an error that allows a retry. If
    /// neither can be established, returns [`StoreError::OutcomeUnknown`] or
    /// [`StoreError::FileGone`].
    async fn commit(&self, committing: PendingCommit) -> Result<Revision, StoreError> {
        let PendingCommit { transaction, revision, hash, time } = committing;
        if let Err(error) = transaction.commit().await {
            if dialect::is_refusal_of_commit(&error) {
                return Err(error.into());
            }
            if revision == Revision::NONE {
                // Nothing was written, so the call can be tried again.
                return Err(StoreError::Contended(error));
            }
            match self.look_for(revision, &hash).await {
                CommitOutcome::Done => {
                    tracing::warn!(revision = revision.number(), "commit answer lost, commit found")
                }
                CommitOutcome::NotDone => return Err(StoreError::Contended(error)),
                CommitOutcome::Unknown => return Err(StoreError::OutcomeUnknown(error)),
            }
        }
        if let Some(BlockReason::FileGone(fault)) = self.inner.watch_file() {
            // The commit went to a file that has been deleted, replaced or moved back since.
            return Err(StoreError::FileGone(fault));
        }
        if revision > Revision::NONE {
            self.inner.acknowledged(revision);
            self.compare_clocks(time);
        }
        Ok(revision)
    }

    async fn look_for(&self, revision: Revision, hash: &str) -> CommitOutcome {
        let end = Instant::now() + SEARCH;
        while Instant::now() < end {
            match tokio::time::timeout_at(end, self.find_commit(revision, hash)).await {
                Ok(Ok(found)) => return found,
                Ok(Err(_)) => tokio::time::sleep(PAUSE).await,
                Err(_) => break,
            }
        }
        CommitOutcome::Unknown
    }

    /// Looks for a commit while holding the lock that the commit held: whoever holds that lock
    /// knows that the commit has ended.
    async fn find_commit(&self, revision: Revision, hash: &str) -> Result<CommitOutcome, DbErr> {
        let transaction = self.inner.pools.writer.begin(Mode::Write).await?;
        let counter = transaction.query_one_raw(dialect::lock_counter(self.dialect())).await?;
        let counter = counter.ok_or_else(|| DbErr::RecordNotFound("revision".to_owned()))?;
        if counter.try_get::<Revision>("", "revision")? < revision {
            return Ok(CommitOutcome::NotDone);
        }
        let last = change::Entity::find()
            .select_only()
            .column(change::Column::Hash)
            .filter(change::Column::Revision.eq(revision))
            .order_by_desc(change::Column::Name)
            .limit(1);
        let last: Option<String> = last.into_tuple().one(&transaction).await?;
        Ok(match last {
            Some(last) if last == hash => CommitOutcome::Done,
            Some(_) => CommitOutcome::NotDone,
            // The change row has been compacted since.
            None => CommitOutcome::Unknown,
        })
    }

    /// Warns if this machine's clock differs from the time of the revision: another instance or the
    /// database has another time, or this clock was set back.
    fn compare_clocks(&self, time: Option<DateTime<Utc>>) {
        let Some(time) = time else { return };
        let seconds = (time - self.inner.clock.now()).num_seconds();
        if seconds.abs() > CLOCKS_DIFFER {
            tracing::warn!(seconds, "clock skew detected");
        }
    }
}
