//! Change rows in order: reads them, removes old ones, and verifies the hash chain.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityName, EntityTrait, Iden, QueryFilter,
    QueryOrder, QuerySelect, Select,
    sea_query::{Alias, Expr, ExprTrait, Func, Query},
};
use tokio::sync::watch;

use super::{
    Store, StoreError,
    change::{self, Verb, counter, retention},
    dialect,
    read::Reads,
    revision::Revision,
};

/// Number of change rows that are read or removed at once.
const ROWS: u64 = 1_000;

/// Pause before listening again after listening failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How far back the change rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Every change after this revision can be read; 0 if none has been removed.
    pub after: Revision,
    /// Hash that the first row after it is chained to.
    pub hash: String,
}

/// Where the hash chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenLink {
    /// This row or the one before it was altered, or a row between them was removed.
    #[error(
        "broken at revision {revision}, {name}: this change or the one before was altered, or one \
         was removed"
    )]
    Row {
        /// Revision of the row.
        revision: Revision,
        /// Resource name of the row.
        name: String,
    },
    /// The last rows are missing, or the counter was altered.
    #[error(
        "broken at the end: changes up to revision {revision} are missing, or the counter was altered"
    )]
    End {
        /// Newest revision according to the counter.
        revision: Revision,
    },
}

impl<C: ConnectionTrait> Reads<C> {
    /// Reads the change rows after a revision, in order of revision and name. Returns about `limit`
    /// rows; the last revision is always complete.
    pub async fn changes(
        &self,
        after: Revision,
        limit: u64,
    ) -> Result<Vec<change::Model>, StoreError> {
        let mut rows =
            self.log(change::Column::Revision.gt(after), limit).all(&self.connection).await?;
        if let Some(last) = rows.last().filter(|_| rows.len() as u64 >= limit) {
            let rest = change::Column::Revision
                .eq(last.revision)
                .and(change::Column::Name.gt(last.name.as_str()));
            let rest = self.log(rest, u64::MAX >> 1).all(&self.connection).await?;
            rows.extend(rest);
        }
        Ok(rows)
    }

    /// Reads the revision and name of at most `limit` changes after a revision, in order of
    /// revision.
    pub async fn changed(
        &self,
        after: Revision,
        limit: u64,
    ) -> Result<Vec<(Revision, String)>, StoreError> {
        let select = change::Entity::find()
            .select_only()
            .columns([change::Column::Revision, change::Column::Name])
            .filter(change::Column::Revision.gt(after))
            .order_by_asc(change::Column::Revision)
            .limit(limit);
        self.select_tuple(select).await
    }

    /// Reads at most `limit` change rows after that of `name` in `revision`. The last revision may
    /// be incomplete.
    pub async fn changes_from(
        &self,
        revision: Revision,
        name: &str,
        limit: u64,
    ) -> Result<Vec<change::Model>, StoreError> {
        let same = change::Column::Revision.eq(revision).and(change::Column::Name.gt(name));
        let mut rows = self.log(same, limit).all(&self.connection).await?;
        let left = limit.saturating_sub(rows.len() as u64);
        if left > 0 {
            let later = self.log(change::Column::Revision.gt(revision), left);
            rows.extend(later.all(&self.connection).await?);
        }
        Ok(rows)
    }

    fn log(&self, condition: Expr, limit: u64) -> Select<change::Entity> {
        change::Entity::find()
            .filter(condition)
            .order_by_asc(change::Column::Revision)
            .order_by_asc(change::Column::Name)
            .limit(limit)
    }

    /// Reads the retention clock, in microseconds of Unix time; 0 before its first use.
    pub(super) async fn retention_clock(&self) -> Result<i64, StoreError> {
        let row = retention::Entity::find().one(&self.connection).await?;
        Ok(row.map_or(0, |row| row.clock))
    }

    /// Returns the time of the newest change; `None` if there is no change.
    pub(super) async fn newest_change_time(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let newest = change::Entity::find()
            .select_only()
            .column(change::Column::Time)
            .order_by_desc(change::Column::Revision)
            .limit(1);
        Ok(self.select_tuple(newest).await?.into_iter().next())
    }

    /// Reads how far back the change rows go.
    pub async fn retained(&self) -> Result<Retention, StoreError> {
        let row = retention::Entity::find().one(&self.connection).await?;
        let row = row.ok_or(StoreError::RowMissing("retention"))?;
        Ok(Retention { after: row.compacted, hash: row.hash })
    }

    /// Verifies the hash chain of all change rows. Returns their number, or the first broken link.
    pub async fn verify(&self) -> Result<Result<u64, BrokenLink>, StoreError> {
        let Retention { mut after, mut hash } = self.retained().await?;
        let head = counter::Entity::find().one(&self.connection).await?;
        let head = head.ok_or(StoreError::RowMissing("revision"))?;
        let (mut name, mut count) = (String::from("\u{10FFFF}"), 0);
        loop {
            let rows = self.changes_from(after, &name, ROWS).await?;
            let Some(last) = rows.last() else { break };
            for row in &rows {
                if row.hash != row.link(&hash) {
                    let (revision, name) = (row.revision, row.name.clone());
                    return Ok(Err(BrokenLink::Row { revision, name }));
                }
                hash.clone_from(&row.hash);
            }
            count += rows.len() as u64;
            (after, name) = (last.revision, last.name.clone());
        }
        if hash == head.hash && self.raised_from(after, head.revision).await? {
            Ok(Ok(count))
        } else {
            Ok(Err(BrokenLink::End { revision: head.revision }))
        }
    }
}

impl Store {
    /// Returns a channel that signals whenever something may have been written. A signal is a hint
    /// to look; it is not guaranteed (see [`Store::listen`]).
    pub fn subscribe_to_writes(&self) -> watch::Receiver<()> {
        self.inner.written.subscribe()
    }

    /// Listens for the writes of other instances, for ever; without it [`Store::subscribe_to_writes`] signals
    /// the writes of this instance only. When listening fails, calls `failed` and starts again.
    pub async fn listen(&self, failed: impl Fn(StoreError)) {
        loop {
            let heard = || {
                self.inner.written.send_replace(());
            };
            match dialect::listen(&self.inner.url, heard).await {
                Ok(()) => return,
                Err(error) => failed(error),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Removes change rows that are older than `age`, in small transactions so that writers do not
    /// wait long. Keeps the last change of every record that existed at the revision up to which
    /// rows are removed, so that every later state can still be read, and keeps the deletions in
    /// the tables `keep`. Stops before a pinned revision. Returns the revision up to which rows are
    /// removed.
    pub async fn compact(&self, age: Duration, keep: &[&str]) -> Result<Revision, StoreError> {
        let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
        let Some(time) = self.retention_time().await?.checked_sub_signed(age) else {
            return Ok(self.reads().retained().await?.after);
        };
        let after = self.compact_until(time, keep).await?;
        // The changes that would show whether an older cache entry is still valid are gone.
        self.trim_cache(after).await?;
        Ok(after)
    }

    /// Stores the retention clock.
    pub(super) async fn save_retention_clock(&self, time: DateTime<Utc>) -> Result<(), StoreError> {
        let update = retention::Entity::update_many()
            .col_expr(retention::Column::Clock, Expr::value(time.timestamp_micros()));
        update.exec(self.writer()).await?;
        Ok(())
    }

    async fn compact_until(
        &self,
        time: DateTime<Utc>,
        keep: &[&str],
    ) -> Result<Revision, StoreError> {
        loop {
            let before = self.reads().retained().await?;
            let mut rows = self.reads().changes(before.after, ROWS).await?;
            // The times of revisions are in order only as far as the clocks of the instances agree.
            let young = rows.iter().find(|row| row.time >= time).map(|row| row.revision);
            rows.retain(|row| young.is_none_or(|young| row.revision < young));
            // Read after the rows: whoever pins a revision later pins one that these rows do not
            // lead past.
            let pinned = self.oldest_pinned();
            rows.retain(|row| pinned.is_none_or(|pinned| row.revision <= pinned));
            let Some(last) = rows.last() else {
                return Ok(before.after);
            };
            let after = Retention { after: last.revision, hash: last.hash.clone() };
            let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
            if !self.compact_to(&before, &after, &names, keep).await? {
                // Another instance is compacting too.
                return Ok(before.after);
            }
        }
    }

    async fn compact_to(
        &self,
        before: &Retention,
        after: &Retention,
        names: &[String],
        keep: &[&str],
    ) -> Result<bool, StoreError> {
        let transaction = self.begin_write().await?;
        let moved = retention::Entity::update_many()
            .col_expr(retention::Column::Compacted, Expr::value(after.after))
            .col_expr(retention::Column::Hash, Expr::value(after.hash.as_str()))
            .filter(retention::Column::Compacted.eq(before.after))
            .exec(&transaction)
            .await?;
        if moved.rows_affected == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        let delete = change::Entity::delete_many()
            .filter(change::Column::Revision.lte(after.after))
            .filter(self.reads().any("name", names))
            .filter(
                Condition::any()
                    .add(
                        Expr::col((change::Entity, change::Column::Revision))
                            .lt(newest(after.after)),
                    )
                    .add(
                        change::Column::Verb
                            .eq(Verb::Deleted)
                            .and(change::Column::ResourceType.is_not_in(keep.iter().copied())),
                    ),
            );
        delete.exec(&transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Selects the newest revision, at most `revision`, of the record whose change row the outer query
/// reads.
pub(super) fn newest(revision: Revision) -> Expr {
    let (change, other) = (change::Entity.table_name(), "other");
    let of = |column: change::Column| Expr::col((Alias::new(other), Alias::new(column.unquoted())));
    let select = Query::select()
        .expr(Func::max(of(change::Column::Revision)))
        .from_as(Alias::new(change), Alias::new(other))
        .and_where(of(change::Column::Name).equals((Alias::new(change), Alias::new("name"))))
        .and_where(of(change::Column::Revision).lte(revision))
        .to_owned();
    Expr::SubQuery(None, Box::new(select.into()))
}

/// Waits until `written` signals, at most for `most`.
pub async fn wait_for_write(
    mut written: watch::Receiver<()>,
    most: Duration,
) -> watch::Receiver<()> {
    // An error is ignored: it means that the store is gone or that the time is over, and both end
    // the wait.
    let _ = tokio::time::timeout(most, written.changed()).await;
    written
}
