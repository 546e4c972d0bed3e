//! Answers to requests that carry a request id: a request that is repeated gets the stored answer
//! and changes nothing.

use chrono::TimeDelta;
use sea_orm::{EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, entity::prelude::*};

use super::{Store, StoreError, write::Transaction};

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "request")]
pub struct Model {
    /// Principal that called. A request id has a meaning for one caller only.
    #[sea_orm(primary_key, auto_increment = false)]
    pub caller: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Fingerprint of the request: the same id with another fingerprint is another request.
    pub fingerprint: String,
    /// The answer, as JSON.
    pub answer: String,
    pub time: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Number of requests that are deleted in one transaction.
const FORGOTTEN_AT_ONCE: u64 = 1_000;

impl Transaction {
    /// Returns the fingerprint and the answer of the caller's request of this id, if it is known.
    /// Otherwise reserves the id: until this transaction ends, others that use it wait.
    pub async fn recall(
        &mut self,
        id: &str,
        fingerprint: &str,
    ) -> Result<Option<(String, String)>, StoreError> {
        let key = (self.actor().to_owned(), id.to_owned());
        let known = Entity::find_by_id(key).one(self.connection()).await?;
        if let Some(known) = known {
            return Ok(Some((known.fingerprint, known.answer)));
        }
        let row = Model {
            caller: self.actor().to_owned(),
            id: id.to_owned(),
            fingerprint: fingerprint.to_owned(),
            answer: String::new(),
            time: self.stored_at(),
        };
        Entity::insert(row.into_active_model()).exec_without_returning(self.connection()).await?;
        Ok(None)
    }

    /// Stores the answer of a request whose id [`Transaction::recall`] reserved.
    pub async fn remember(&mut self, id: &str, answer: String) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::Answer, Expr::value(answer))
            .filter(Column::Caller.eq(self.actor()))
            .filter(Column::Id.eq(id))
            .exec(self.connection())
            .await?;
        Ok(())
    }
}

impl Store {
    /// Deletes the requests that were answered longer ago than `age`, a few at a time so that
    /// writers do not wait long. Returns the number deleted.
    pub async fn forget_requests(&self, age: TimeDelta) -> Result<usize, StoreError> {
        let mut forgotten = 0;
        let time = self.retention_time().await? - age;
        loop {
            let old = Entity::find()
                .select_only()
                .columns([Column::Caller, Column::Id])
                .filter(Column::Time.lt(time))
                .limit(FORGOTTEN_AT_ONCE);
            let old: Vec<(String, String)> = self.reads().select_tuple(old).await?;
            if old.is_empty() {
                return Ok(forgotten);
            }
            forgotten += old.len();
            let ids: Vec<String> = old.into_iter().map(|(_, id)| id).collect();
            // Requests among them that were answered again in the meantime stay.
            let delete = Entity::delete_many()
                .filter(self.reads().any("id", &ids))
                .filter(Column::Time.lt(time));
            delete.exec(self.writer()).await?;
        }
    }
}
