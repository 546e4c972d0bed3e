//! The one read path.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IdenStatic, QueryFilter, QueryOrder,
    QuerySelect, Select, TryGetableMany,
    sea_query::{Alias, Expr, ExprTrait, Func, LockType, Query, Value},
};

use super::{
    StoreError, change,
    change::Verb,
    dialect::{self, Dialect},
    record::{Column, Record},
};

/// Whether a read keeps others from changing the rows until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// It does not.
    None,
    /// Nobody else may change the rows; others may read and share them.
    Share,
    /// The rows are about to be changed.
    Update,
}

/// What reads can go through: connections of a pool, or an open transaction.
pub trait ReadConnection: ConnectionTrait {}

impl<C: ConnectionTrait> ReadConnection for C {}

/// Reads through a connection or a transaction.
pub struct Reads<C> {
    pub(super) connection: C,
    pub(super) dialect: Dialect,
}

impl<C: ConnectionTrait> Reads<C> {
    pub(super) fn new(connection: C, dialect: Dialect) -> Self {
        Self { connection, dialect }
    }

    /// The newest revision.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        let query = Query::select().column("revision").from("revision").to_owned();
        let row = self.connection.query_one(&query).await?;
        let row = row.ok_or_else(|| sea_orm::DbErr::RecordNotFound("revision".to_owned()))?;
        Ok(row.try_get("", "revision")?)
    }

    /// The records of these names, in no certain order; names that do not exist are left out.
    pub async fn find<R: Record>(
        &self,
        names: &[String],
        lock: Lock,
    ) -> Result<Vec<R>, StoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let select = R::Entity::find()
            .filter(self.any("name", names))
            // One order for all who lock the same rows keeps them from waiting for each other.
            .order_by_asc(Expr::col("name"));
        let select = match lock {
            Lock::None => select,
            Lock::Share => select.lock(LockType::Share),
            Lock::Update => select.lock(LockType::Update),
        };
        Ok(select.all(&self.connection).await?)
    }

    /// The records that a query of the caller's own selects.
    pub async fn select<E: EntityTrait>(
        &self,
        select: Select<E>,
    ) -> Result<Vec<E::Model>, StoreError> {
        Ok(select.all(&self.connection).await?)
    }

    /// The rows of a query of the caller's own, each as a tuple of the columns that it selects.
    pub async fn select_tuple<E: EntityTrait, T: TryGetableMany + Send + Sync>(
        &self,
        select: Select<E>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(select.into_tuple().all(&self.connection).await?)
    }

    /// Those of `names` that records refer to in `column`, each with the name of one record that does
    /// and is not among `except`. With `key`, the column holds a JSON list of objects and the
    /// reference is under that key of each.
    pub async fn referrers<R: Record>(
        &self,
        column: Column<R>,
        key: Option<&str>,
        names: &[String],
        except: &[String],
    ) -> Result<Vec<(String, String)>, StoreError> {
        let select = R::Entity::find().select_only();
        let other = self.any("name", except).not();
        let Some(key) = key else {
            let rows = select
                .column_as(Expr::col(column), "target")
                .column_as(Expr::expr(Func::min(Expr::col("name"))), "referrer")
                .filter(self.any(column.as_str(), names))
                .filter(other)
                .group_by(Expr::col(column));
            return Ok(rows.into_tuple().all(&self.connection).await?);
        };
        let holds = dialect::json_list_holds(self.dialect, column.as_str(), key, names);
        let rows: Vec<(serde_json::Value, String)> = select
            .column_as(Expr::col(column), "list")
            .column_as(Expr::col("name"), "referrer")
            .filter(holds)
            .filter(other)
            .into_tuple()
            .all(&self.connection)
            .await?;
        let pairs = rows.iter().flat_map(|(list, referrer)| {
            let targets = list.as_array().into_iter().flatten();
            let targets = targets.filter_map(|item| item.get(key)?.as_str());
            targets.map(|target| (target.to_owned(), referrer.clone()))
        });
        Ok(pairs.filter(|(target, _)| names.contains(target)).collect())
    }

    /// The records whose `columns` have, together, one of the `keys`.
    pub async fn with_key<R: Record>(
        &self,
        columns: &[Column<R>],
        keys: Vec<Vec<Value>>,
    ) -> Result<Vec<R>, StoreError> {
        let mut found = Vec::new();
        for keys in keys.chunks(dialect::BINDS / columns.len().max(1)) {
            let tuple = Expr::tuple(columns.iter().map(|column| Expr::col(*column)));
            let keys = keys
                .iter()
                .map(|key| Expr::tuple(key.iter().map(|value| Expr::value(value.clone()))));
            let select = R::Entity::find().filter(tuple.is_in(keys));
            found.extend(select.all(&self.connection).await?);
        }
        Ok(found)
    }

    /// The last state of each of `names` that was deleted, if that is the last thing known of it.
    pub async fn deleted<R: Record>(&self, names: &[String]) -> Result<Vec<R>, StoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let rows = change::Entity::find()
            .filter(self.any("name", names))
            .filter(change::Column::Verb.eq(Verb::Deleted))
            .order_by_desc(change::Column::Revision)
            .all(&self.connection)
            .await?;
        let mut seen = std::collections::HashSet::new();
        rows.iter()
            .filter(|row| seen.insert(row.name.as_str()))
            .map(|row| serde_json::from_str(&row.resource))
            .collect::<Result<_, _>>()
            .map_err(StoreError::from)
    }

    /// The condition that `column` is one of `values`, in a form whose text does not depend on how
    /// many there are.
    pub fn any(&self, column: &str, values: &[String]) -> Condition {
        dialect::any(self.dialect, Expr::col(Alias::new(column)), values)
    }
}
