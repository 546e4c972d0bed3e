//! The end of a write: its commit, and finding out whether it was done where the answer is lost.
//!
//! Nothing is acknowledged that was not committed, and nothing is said to have failed that may have been
//! done. A commit whose answer was lost is looked for by its revision and hash, once the writes before it
//! have ended.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use tokio::time::Instant;

use super::{
    Store, StoreError, change,
    dialect::{self, Mode},
    gate::Closed,
    pool::OpenTransaction,
};

/// How long a commit is looked for whose answer was lost.
const SEARCH: Duration = Duration::from_secs(4);

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(200);

/// How much two clocks may differ before somebody is told, and how often.
const CLOCKS_DIFFER: i64 = 5;

/// A write that is ready to be committed.
pub(super) struct Committing {
    pub transaction: OpenTransaction,
    /// 0 where nothing was written.
    pub revision: i64,
    /// The hash of its last change row.
    pub hash: String,
    /// When, where anything was written.
    pub time: Option<DateTime<Utc>>,
}

/// What became of a commit.
enum Found {
    Done,
    NotDone,
    Unknown,
}

impl Store {
    /// Commits a write. Gives its revision, 0 where nothing was written. Where the answer is lost and the
    /// write turns out not to have been done, the error says that it may be tried again; where neither
    /// turns out, it is [`StoreError::OutcomeUnknown`].
    pub(super) async fn commit(&self, committing: Committing) -> Result<i64, StoreError> {
        let Committing { transaction, revision, hash, time } = committing;
        if let Err(error) = transaction.commit().await {
            if dialect::is_refusal_of_commit(&error) {
                return Err(error.into());
            }
            if revision == 0 {
                // Nothing was written, so that it may be done again.
                return Err(StoreError::Contended(error));
            }
            match self.look_for(revision, &hash).await {
                Found::Done => tracing::warn!(revision, "commit answer lost, commit found"),
                Found::NotDone => return Err(StoreError::Contended(error)),
                Found::Unknown => return Err(StoreError::OutcomeUnknown(error)),
            }
        }
        if let Some(Closed::FileGone(fault)) = self.inner.watch_file() {
            // What was committed is in a file that has no name any more, or may have its name back.
            return Err(StoreError::OutcomeUnknown(DbErr::Custom(fault)));
        }
        if revision > 0 {
            self.inner.acknowledged(revision);
            self.compare_clocks(time);
        }
        Ok(revision)
    }

    async fn look_for(&self, revision: i64, hash: &str) -> Found {
        let end = Instant::now() + SEARCH;
        while Instant::now() < end {
            match tokio::time::timeout_at(end, self.find_commit(revision, hash)).await {
                Ok(Ok(found)) => return found,
                Ok(Err(_)) => tokio::time::sleep(PAUSE).await,
                Err(_) => break,
            }
        }
        Found::Unknown
    }

    /// Looks for a commit behind the lock that it held: whoever has that knows that it has ended.
    async fn find_commit(&self, revision: i64, hash: &str) -> Result<Found, DbErr> {
        let transaction = self.inner.pools.writer.begin(Mode::Write).await?;
        let counter = transaction.query_one_raw(dialect::lock_counter(self.dialect())).await?;
        let counter = counter.ok_or_else(|| DbErr::RecordNotFound("revision".to_owned()))?;
        if counter.try_get::<i64>("", "revision")? < revision {
            return Ok(Found::NotDone);
        }
        let last = change::Entity::find()
            .select_only()
            .column(change::Column::Hash)
            .filter(change::Column::Revision.eq(revision))
            .order_by_desc(change::Column::Name)
            .limit(1);
        let last: Option<String> = last.into_tuple().one(&transaction).await?;
        Ok(match last {
            Some(last) if last == hash => Found::Done,
            Some(_) => Found::NotDone,
            // It was forgotten already.
            None => Found::Unknown,
        })
    }

    /// Tells where the clock of this machine and that of the revisions differ: another instance, or the
    /// database, has another time, or the clock was set back.
    fn compare_clocks(&self, time: Option<DateTime<Utc>>) {
        let Some(time) = time else { return };
        let seconds = (time - self.inner.clock.now()).num_seconds();
        if seconds.abs() > CLOCKS_DIFFER {
            tracing::warn!(seconds, "clock differs from that of the revisions");
        }
    }
}
