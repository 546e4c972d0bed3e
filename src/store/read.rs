//! The read path: every read of records goes through [`Reads`].

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
    revision::Revision,
};

/// Whether a read locks the rows until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// No lock.
    None,
    /// Others may read and share the rows but not change them.
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

    /// Reads the newest revision.
    pub async fn revision(&self) -> Result<Revision, StoreError> {
        let query = Query::select().column("revision").from("revision").to_owned();
        let row = self.connection.query_one(&query).await?;
        let row = row.ok_or(StoreError::RowMissing("revision"))?;
        Ok(row.try_get("", "revision")?)
    }

    /// Reads the records of these names, in no particular order. Leaves out names that do not
    /// exist.
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
            // Transactions that lock the same rows take one order, so that they cannot deadlock.
            .order_by_asc(Expr::col("name"));
        let select = match lock {
            Lock::None => select,
            Lock::Share => select.lock(LockType::Share),
            Lock::Update => select.lock(LockType::Update),
        };
        Ok(select.all(&self.connection).await?)
    }

    /// Reads the records that `select` selects.
    pub async fn select<E: EntityTrait>(
        &self,
        select: Select<E>,
    ) -> Result<Vec<E::Model>, StoreError> {
        Ok(select.all(&self.connection).await?)
    }

    /// Reads the rows that `select` selects, each as a tuple of the selected columns.
    pub async fn select_tuple<E: EntityTrait, T: TryGetableMany + Send + Sync>(
        &self,
        select: Select<E>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(select.into_tuple().all(&self.connection).await?)
    }

    /// Finds which of `names` are referred to in `column`. Returns each with the name of one
    /// referring record, which is not among `except`. With `key`, the column holds a JSON list of
    /// objects that each have the reference under that key.
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

    /// Reads the records whose `columns`, taken together, equal one of the `keys`.
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

    /// Reads the last state of each of `names` from its latest deletion row.
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

    /// Builds the condition that `column` is one of `values`. The SQL text is the same for any
    /// number of values.
    pub fn any(&self, column: &str, values: &[String]) -> Condition {
        dialect::any(self.dialect, Expr::col(Alias::new(column)), values)
    }
}
