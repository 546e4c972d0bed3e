//! The one write path: set-based, never a statement for a row.

use std::collections::HashSet;

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityName, EntityTrait, IdenStatic,
    IntoActiveModel, Iterable, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

use super::{
    StoreError,
    change::{self, Verb},
    dialect::{self, Dialect},
    read::Reads,
    record::Record,
};

/// What shall become of a record.
#[derive(Clone, Debug)]
pub enum Change<R> {
    /// It is new.
    Insert(R),
    /// It takes the place of the record of the same name.
    Replace(R),
    /// The record, in its last state, goes.
    Remove(R),
}

/// A write transaction. Reads through it see what it wrote.
pub struct Transaction {
    reads: Reads<DatabaseTransaction>,
    actor: String,
    /// Whether everything shall be taken back in the end.
    rehearsal: bool,
    taken: Option<(i64, DateTime<Utc>)>,
}

impl std::ops::Deref for Transaction {
    type Target = Reads<DatabaseTransaction>;

    fn deref(&self) -> &Self::Target {
        &self.reads
    }
}

impl Transaction {
    pub(super) async fn begin(
        connection: &DatabaseConnection,
        dialect: Dialect,
        actor: String,
        rehearsal: bool,
    ) -> Result<Self, StoreError> {
        let transaction = dialect::begin_write(connection).await?;
        Ok(Self { reads: Reads::new(transaction, dialect), actor, rehearsal, taken: None })
    }

    pub(super) fn actor(&self) -> &str {
        &self.actor
    }

    pub(super) fn connection(&self) -> &DatabaseTransaction {
        &self.reads.connection
    }

    /// The revision written so far; 0 where nothing was, and in a rehearsal.
    pub fn written(&self) -> i64 {
        self.taken.map_or(0, |(revision, _)| revision)
    }

    /// Writes the changes and a change row for each, all in the one revision of this transaction,
    /// and gives the records back as they now stand. A name may stand in one change only.
    pub async fn apply<R: Record>(
        &mut self,
        changes: Vec<Change<R>>,
    ) -> Result<Vec<R>, StoreError> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let (revision, now) = self.revision_to_write().await?;
        let (mut inserted, mut replaced, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        let mut log = Vec::with_capacity(changes.len());
        let mut answer = Vec::with_capacity(changes.len());
        for change in changes {
            let (verb, mut record, list) = match change {
                Change::Insert(record) => (Verb::Created, record, &mut inserted),
                Change::Replace(record) => (Verb::Updated, record, &mut replaced),
                Change::Remove(record) => (Verb::Deleted, record, &mut removed),
            };
            if verb != Verb::Deleted {
                record.stamp(revision, now, verb == Verb::Created);
            }
            log.push(self.log(revision, now, verb, &record)?);
            list.push(record.clone());
            answer.push(record);
        }
        debug_assert_eq!(
            log.iter().map(|row| &row.name).collect::<HashSet<_>>().len(),
            log.len(),
            "a name stands in two changes"
        );
        self.insert(inserted).await?;
        self.replace(replaced).await?;
        self.remove(removed).await?;
        self.insert_many::<change::Entity>(log, None).await?;
        Ok(answer)
    }

    fn log<R: Record>(
        &self,
        revision: i64,
        time: DateTime<Utc>,
        verb: Verb,
        record: &R,
    ) -> Result<change::Model, StoreError> {
        Ok(change::Model {
            revision,
            name: record.name().to_owned(),
            noun: R::Entity::default().table_name().to_owned(),
            verb,
            actor: self.actor.clone(),
            time,
            resource: serde_json::to_string(record)
                .map_err(|error| sea_orm::DbErr::Json(error.to_string()))?,
        })
    }

    async fn insert<R: Record>(&self, records: Vec<R>) -> Result<(), StoreError> {
        self.insert_many::<R::Entity>(records, None).await
    }

    async fn replace<R: Record>(&self, records: Vec<R>) -> Result<(), StoreError> {
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
            // Powers of two: connections keep every statement they have seen, by its text, and one of a
            // thousand rows is large. There are few of these, whatever sizes the batches have.
            let size = 1 << rows.len().min(most).ilog2();
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

    /// The revision and the time of this transaction. The first call raises the counter; its row
    /// stays locked until the commit, which makes revisions follow the order of commits.
    async fn revision_to_write(&mut self) -> Result<(i64, DateTime<Utc>), StoreError> {
        if let Some(taken) = self.taken {
            return Ok(taken);
        }
        if self.rehearsal {
            // The counter is not raised: others would wait for what is taken back anyway.
            let taken = (0, Utc::now().trunc_subsecs(6));
            self.taken = Some(taken);
            return Ok(taken);
        }
        let raise = Query::update()
            .table("revision")
            .value("revision", Expr::col("revision").add(1))
            .returning_col("revision")
            .to_owned();
        let row = self.reads.connection.query_one(&raise).await?;
        let row = row.ok_or_else(|| sea_orm::DbErr::RecordNotFound("revision".to_owned()))?;
        // PostgreSQL keeps microseconds: what is written must be what is read back.
        let taken = (row.try_get("", "revision")?, Utc::now().trunc_subsecs(6));
        self.taken = Some(taken);
        Ok(taken)
    }

    pub(super) async fn commit(self) -> Result<i64, StoreError> {
        let revision = self.written();
        match self.rehearsal {
            true => self.rollback().await?,
            false => self.reads.connection.commit().await?,
        }
        Ok(revision)
    }

    pub(super) async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.reads.connection.rollback().await?)
    }
}
