//! The change rows in their order: what came after a revision, how far back they go, and whether they
//! are still as they were written.

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
};

/// How many change rows are read or removed at once.
const ROWS: u64 = 1_000;

/// How long to wait before listening again, where that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How far the change rows go back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retained {
    /// All that came after this revision can be told; 0 where that is everything.
    pub after: i64,
    /// The hash that the first row after it is chained to.
    pub hash: String,
}

/// Where the change rows are not as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// This row, or the one before it, was changed, or one between them was taken out.
    Row {
        /// Its revision.
        revision: i64,
        /// Its name.
        name: String,
    },
    /// The last rows are missing, or the counter was changed.
    End {
        /// The newest revision, by the counter.
        revision: i64,
    },
}

impl<C: ConnectionTrait> Reads<C> {
    /// The change rows after a revision, about as many as `limit`, each revision whole; by revision and
    /// name.
    pub async fn changes(&self, after: i64, limit: u64) -> Result<Vec<change::Model>, StoreError> {
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

    /// The names of what changed after a revision, and in which, in the order of revisions; at most
    /// `limit`.
    pub async fn changed(&self, after: i64, limit: u64) -> Result<Vec<(i64, String)>, StoreError> {
        let select = change::Entity::find()
            .select_only()
            .columns([change::Column::Revision, change::Column::Name])
            .filter(change::Column::Revision.gt(after))
            .order_by_asc(change::Column::Revision)
            .limit(limit);
        self.select_tuple(select).await
    }

    /// The change rows after that of `name` in `revision`, at most `limit`; a revision may be cut.
    pub async fn changes_from(
        &self,
        revision: i64,
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

    /// How far the time has come by which things are forgotten, in microseconds; 0 where nobody looked yet.
    pub(super) async fn forgetting_clock(&self) -> Result<i64, StoreError> {
        let row = retention::Entity::find().one(&self.connection).await?;
        Ok(row.map_or(0, |row| row.clock))
    }

    /// When the newest change was written; none where there is none.
    pub(super) async fn newest_change_time(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let newest = change::Entity::find()
            .select_only()
            .column(change::Column::Time)
            .order_by_desc(change::Column::Revision)
            .limit(1);
        Ok(self.select_tuple(newest).await?.into_iter().next())
    }

    /// How far the change rows go back.
    pub async fn retained(&self) -> Result<Retained, StoreError> {
        let row = retention::Entity::find().one(&self.connection).await?;
        let row = row.ok_or_else(|| sea_orm::DbErr::RecordNotFound("retention".to_owned()))?;
        Ok(Retained { after: row.compacted, hash: row.hash })
    }

    /// Walks the change rows and says the first link that is broken; how many rows there are where none
    /// is.
    pub async fn verify(&self) -> Result<Result<u64, Broken>, StoreError> {
        let Retained { mut after, mut hash } = self.retained().await?;
        let head = counter::Entity::find().one(&self.connection).await?;
        let head = head.ok_or_else(|| sea_orm::DbErr::RecordNotFound("revision".to_owned()))?;
        let (mut name, mut count) = (String::from("\u{10FFFF}"), 0);
        loop {
            let rows = self.changes_from(after, &name, ROWS).await?;
            let Some(last) = rows.last() else { break };
            for row in &rows {
                if row.hash != row.link(&hash) {
                    let (revision, name) = (row.revision, row.name.clone());
                    return Ok(Err(Broken::Row { revision, name }));
                }
                hash.clone_from(&row.hash);
            }
            count += rows.len() as u64;
            (after, name) = (last.revision, last.name.clone());
        }
        if hash == head.hash && self.raised_from(after, head.revision).await? {
            Ok(Ok(count))
        } else {
            Ok(Err(Broken::End { revision: head.revision }))
        }
    }
}

impl Store {
    /// Changes whenever something may have been written. A sign to look, not to be relied upon: see
    /// [`Store::listen`].
    pub fn written(&self) -> watch::Receiver<()> {
        self.inner.written.subscribe()
    }

    /// Hears of what other instances write, for ever: without it, [`Store::written`] tells of this one's
    /// writes only. Where hearing fails it begins again, after `failed` was told why.
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

    /// Removes change rows that are older than `age`, in small transactions so that writers are not
    /// kept waiting. What is left of them is the last state of everything that existed at the
    /// revision up to which they are removed, so that every later state can still be told, and the
    /// deletions of records of the tables `keep`. It does not go past a revision that is pinned. Gives
    /// the revision that it came to.
    pub async fn compact(&self, age: Duration, keep: &[&str]) -> Result<i64, StoreError> {
        let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
        let Some(time) = self.forgetting_time().await?.checked_sub_signed(age) else {
            return Ok(self.reads().retained().await?.after);
        };
        let after = self.compact_until(time, keep).await?;
        // Whether older cache entries are current can no longer be known.
        self.trim_cache(after).await?;
        Ok(after)
    }

    /// Keeps how far the time has come by which things are forgotten.
    pub(super) async fn keep_forgetting_clock(
        &self,
        time: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let update = retention::Entity::update_many()
            .col_expr(retention::Column::Clock, Expr::value(time.timestamp_micros()));
        update.exec(self.writer()).await?;
        Ok(())
    }

    async fn compact_until(&self, time: DateTime<Utc>, keep: &[&str]) -> Result<i64, StoreError> {
        loop {
            let before = self.reads().retained().await?;
            let mut rows = self.reads().changes(before.after, ROWS).await?;
            // Times follow revisions as closely as the clocks of the instances agree.
            let young = rows.iter().find(|row| row.time >= time).map(|row| row.revision);
            rows.retain(|row| young.is_none_or(|young| row.revision < young));
            // Asked after the rows were read: whoever pins a later state pins none that they lead past.
            let pinned = self.oldest_pinned();
            rows.retain(|row| pinned.is_none_or(|pinned| row.revision <= pinned));
            let Some(last) = rows.last() else {
                return Ok(before.after);
            };
            let after = Retained { after: last.revision, hash: last.hash.clone() };
            let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
            if !self.compact_to(&before, &after, &names, keep).await? {
                // Another instance does the same.
                return Ok(before.after);
            }
        }
    }

    async fn compact_to(
        &self,
        before: &Retained,
        after: &Retained,
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

/// The newest revision, up to `revision`, in which the record of a change row of the query around this
/// changed.
pub(super) fn newest(revision: i64) -> Expr {
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

/// Waits until `written` says that something was written, `most` at most.
pub async fn nudge(mut written: watch::Receiver<()>, most: Duration) -> watch::Receiver<()> {
    // It cannot fail: the store that sends outlives the receiver's use, and time passes anyway.
    let _ = tokio::time::timeout(most, written.changed()).await;
    written
}
