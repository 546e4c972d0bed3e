//! The write path: set-based, never one statement for each row.

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, EntityName, EntityTrait, IdenStatic, IntoActiveModel, Iterable, QueryFilter,
    sea_query::{OnConflict, Query},
};

use super::{
    Store, StoreError,
    change::{self, Origin, Verb},
    dialect, fold,
    pool::OpenTransaction,
    read::Reads,
    record::{Column, Record},
    revision::Revision,
};

/// What to do with a record.
#[derive(Clone, Debug)]
pub enum RecordChange<R> {
    /// Insert a new record.
    Insert(R),
    /// Replace the first record with the second, which has the same name.
    Replace(R, R),
    /// Delete the record, given in its last state.
    Remove(R),
}

/// A write transaction. Reads through it see what it wrote.
pub struct Transaction {
    reads: Reads<OpenTransaction>,
    store: Store,
    origin: Origin,
    /// Whether to roll everything back at the end.
    dry_run: bool,
    taken: Option<TakenRevision>,
    /// The change rows without their hashes; they are written last.
    log: Vec<change::Model>,
}

/// The revision that a transaction took.
#[derive(Clone)]
struct TakenRevision {
    revision: Revision,
    time: DateTime<Utc>,
    /// Hash of the last change row before this revision.
    hash: String,
}

/// A write that is ready to be committed.
pub(super) struct PendingCommit {
    pub transaction: OpenTransaction,
    /// Revision written; [`Revision::NONE`] if nothing was written.
    pub revision: Revision,
    /// Hash of the revision's last change row.
    pub hash: String,
    /// Time of the revision; `None` if nothing was written.
    pub time: Option<DateTime<Utc>>,
}

impl std::ops::Deref for Transaction {
    type Target = Reads<OpenTransaction>;

    fn deref(&self) -> &Self::Target {
        &self.reads
    }
}

impl Transaction {
    /// Wraps a transaction that was begun for this write.
    pub(super) fn new(
        store: &Store,
        transaction: OpenTransaction,
        origin: Origin,
        dry_run: bool,
    ) -> Self {
        let reads = Reads::new(transaction, store.dialect());
        Self { reads, store: store.clone(), origin, dry_run, taken: None, log: Vec::new() }
    }

    pub(super) fn actor(&self) -> &str {
        &self.origin.actor
    }

    pub(super) fn connection(&self) -> &OpenTransaction {
        &self.reads.connection
    }

    pub(super) fn stored_at(&self) -> DateTime<Utc> {
        self.store.stored_at()
    }

    /// Returns the revision that this transaction took; `NONE` if it wrote nothing, and in a rehearsal.
    pub fn written_revision(&self) -> Revision {
        self.taken.as_ref().map_or(Revision::NONE, |taken| taken.revision)
    }

    /// Writes the changes, all in the one revision of this transaction, and returns the records as
    /// they are now. A transaction may change each name only once. The change rows are written at
    /// the commit.
    pub async fn apply<R: Record>(
        &mut self,
        changes: Vec<RecordChange<R>>,
    ) -> Result<Vec<R>, StoreError> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let TakenRevision { revision, time, .. } = self.take_revision().await?;
        let (mut inserted, mut replaced, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        let mut answer = Vec::with_capacity(changes.len());
        for change in changes {
            let (verb, changed, mut record, list) = match change {
                RecordChange::Insert(record) => {
                    (Verb::Created, String::new(), record, &mut inserted)
                }
                RecordChange::Replace(before, after) => {
                    (Verb::Updated, changed_fields(&before, &after), after, &mut replaced)
                }
                RecordChange::Remove(record) => {
                    (Verb::Deleted, String::new(), record, &mut removed)
                }
            };
            if verb != Verb::Deleted {
                record.stamp(revision, time, verb == Verb::Created);
            }
            self.log.push(self.entry(revision, time, verb, changed, &record)?);
            list.push(record.clone());
            answer.push(record);
        }
        self.insert(inserted).await?;
        self.replace(replaced).await?;
        self.remove(removed).await?;
        Ok(answer)
    }

    fn entry<R: Record>(
        &self,
        revision: Revision,
        time: DateTime<Utc>,
        verb: Verb,
        changed_fields: String,
        record: &R,
    ) -> Result<change::Model, StoreError> {
        let Origin { actor, request_id, method, peer } = self.origin.clone();
        Ok(change::Model {
            revision,
            name: record.name().to_owned(),
            resource_type: R::Entity::default().table_name().to_owned(),
            verb,
            actor,
            time,
            resource: serde_json::to_string(record)?,
            request_id,
            method,
            peer,
            changed_fields,
            hash: String::new(),
        })
    }

    /// Chains the change rows to those before and writes them. Returns the hash of the last.
    async fn write_log(&mut self) -> Result<String, StoreError> {
        let mut log = std::mem::take(&mut self.log);
        let Some(taken) = self.taken.clone().filter(|_| !log.is_empty()) else {
            return Ok(String::new());
        };
        log.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let mut hash = taken.hash;
        for row in &mut log {
            row.hash = row.link(&hash);
            hash.clone_from(&row.hash);
        }
        self.insert_many::<change::Entity>(log, None).await?;
        let head = Query::update().table("revision").value("hash", hash.as_str()).to_owned();
        self.reads.connection.execute(&head).await?;
        Ok(hash)
    }

    async fn insert<R: Record>(&self, records: Vec<R>) -> Result<(), StoreError> {
        if !R::FOLDED.is_empty() {
            return self.insert_folded(&records, false).await;
        }
        self.insert_many::<R::Entity>(records, None).await
    }

    async fn replace<R: Record>(&self, records: Vec<R>) -> Result<(), StoreError> {
        if !R::FOLDED.is_empty() {
            return self.insert_folded(&records, true).await;
        }
        let columns = <R::Entity as EntityTrait>::Column::iter();
        let conflict = OnConflict::column("name")
            .update_columns(columns.filter(|column| column.as_str() != "name"))
            .to_owned();
        self.insert_many::<R::Entity>(records, Some(conflict)).await
    }

    async fn remove<R: Record>(&self, records: Vec<R>) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = records.iter().map(|r| r.name().to_owned()).collect();
        R::Entity::delete_many()
            .filter(self.any("name", &names))
            .exec(&self.reads.connection)
            .await?;
        Ok(())
    }

    async fn insert_many<E>(
        &self,
        rows: Vec<E::Model>,
        conflict: Option<OnConflict>,
    ) -> Result<(), StoreError>
    where
        E: EntityTrait<ActiveModel: Send>,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let most = dialect::BINDS / E::Column::iter().count();
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let size = statement_size(rows.len(), most);
            let chunk = rows.by_ref().take(size);
            let chunk: Vec<_> = chunk.map(IntoActiveModel::into_active_model).collect();
            let mut insert = E::insert_many(chunk);
            if let Some(conflict) = &conflict {
                insert = insert.on_conflict(conflict.clone());
            }
            insert.exec_without_returning(&self.reads.connection).await?;
        }
        Ok(())
    }

    /// Inserts or replaces records that have folded texts.
    async fn insert_folded<R: Record>(
        &self,
        mut records: &[R],
        replace: bool,
    ) -> Result<(), StoreError> {
        let most = dialect::BINDS / fold::width::<R>();
        while !records.is_empty() {
            let (chunk, rest) = records.split_at(statement_size(records.len(), most));
            self.reads.connection.execute(&fold::insert(chunk, replace)?).await?;
            records = rest;
        }
        Ok(())
    }

    /// Returns the revision and the time of this transaction. The first call raises the counter,
    /// whose row stays locked until the commit; this makes revisions follow the order of commits.
    async fn take_revision(&mut self) -> Result<TakenRevision, StoreError> {
        if let Some(taken) = &self.taken {
            return Ok(taken.clone());
        }
        let now = self.store.now();
        let taken = if self.dry_run {
            // The counter is not raised: others would wait for a write that is rolled back anyway.
            TakenRevision { revision: Revision::NONE, time: now, hash: String::new() }
        } else {
            let raise = dialect::raise_counter(self.store.dialect(), now);
            let row = self.reads.connection.query_one_raw(raise).await?;
            let row = row.ok_or(StoreError::RowMissing("revision"))?;
            let time = DateTime::from_timestamp_micros(row.try_get("", "time")?);
            let (revision, hash) = (row.try_get("", "revision")?, row.try_get("", "hash")?);
            TakenRevision { revision, time: time.unwrap_or(now), hash }
        };
        self.taken = Some(taken.clone());
        Ok(taken)
    }

    /// Prepares the transaction for its commit. In a rehearsal, rolls it back and returns `None`.
    pub(super) async fn finish(mut self) -> Result<Option<PendingCommit>, StoreError> {
        if self.dry_run {
            self.rollback().await?;
            return Ok(None);
        }
        let hash = self.write_log().await?;
        let (revision, time) =
            self.taken.map_or((Revision::NONE, None), |taken| (taken.revision, Some(taken.time)));
        Ok(Some(PendingCommit { transaction: self.reads.connection, revision, hash, time }))
    }

    pub(super) async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.reads.connection.rollback().await?)
    }
}

/// Number of rows in the next statement, of those that are left. It is a power of two: each connection keeps every
/// prepared statement it has seen, by its text, and one for a thousand rows is large. Whatever the sizes of calls,
/// there are few different statements.
fn statement_size(left: usize, most: usize) -> usize {
    1 << left.min(most).ilog2()
}

/// Lists the columns in which two records differ, without the standard ones, separated by commas.
fn changed_fields<R: Record>(before: &R, after: &R) -> String {
    let differs = |column: &Column<R>| {
        let standard = ["name", "revision", "create_time", "update_time"];
        !standard.contains(&column.as_str()) && before.get(*column) != after.get(*column)
    };
    let columns = Column::<R>::iter().filter(differs);
    columns.map(|column| column.as_str()).collect::<Vec<_>>().join(",")
}
