//! The persisted cache: what was built from records at some revision and takes long to build, beside the
//! records, so that an instance that starts need not build it again. Nothing rests on it: all entries can be
//! removed at any time.

use sea_orm::{
    ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Func, OnConflict},
};

use super::{Store, StoreError, change, read::Reads, revision::Revision};

/// An entry of the persisted cache.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analysis_cache")]
pub struct Model {
    /// Key of the block.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Number of the format of the content.
    pub format: i32,
    /// The revision of the registry that it was built at.
    pub revision: Revision,
    /// What was built, as its owner encodes it.
    pub content: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// An entry without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheHead {
    /// Key of the block.
    pub key: String,
    /// The revision of the registry that it was built at.
    pub revision: Revision,
    /// Length of the content.
    pub bytes: usize,
}

impl<C: ConnectionTrait> Reads<C> {
    /// The heads of the entries of a format with these keys, in the order of the keys.
    pub async fn cache_heads(
        &self,
        keys: &[String],
        format: i32,
    ) -> Result<Vec<CacheHead>, StoreError> {
        let bytes = Func::cust("length").arg(Expr::col(Column::Content));
        let select = Entity::find()
            .select_only()
            .columns([Column::Key, Column::Revision])
            .expr(Expr::expr(bytes).cast_as("bigint"))
            .filter(self.any("key", keys))
            .filter(Column::Format.eq(format))
            .order_by_asc(Column::Key);
        let rows: Vec<(String, Revision, i64)> = self.select_tuple(select).await?;
        let head = |(key, revision, bytes)| CacheHead {
            key,
            revision,
            bytes: usize::try_from(bytes).unwrap_or_default(),
        };
        Ok(rows.into_iter().map(head).collect())
    }

    /// The entries with these keys, whatever their format.
    pub async fn cache_entries(&self, keys: &[String]) -> Result<Vec<Model>, StoreError> {
        self.select(Entity::find().filter(self.any("key", keys))).await
    }

    /// The revision of the oldest entry of a format that is not older than `revision`.
    pub async fn oldest_cache_entry(
        &self,
        format: i32,
        revision: Revision,
    ) -> Result<Option<Revision>, StoreError> {
        let select = Entity::find()
            .select_only()
            .expr(Func::min(Expr::col(Column::Revision)))
            .filter(Column::Format.eq(format))
            .filter(Column::Revision.gte(revision));
        let oldest: Vec<Option<Revision>> = self.select_tuple(select).await?;
        Ok(oldest.into_iter().flatten().next())
    }

    /// A revision after which there are fewer than `changes` changes, all of which are retained: the
    /// oldest one found.
    pub async fn known_after(&self, changes: u64) -> Result<Revision, StoreError> {
        let select = change::Entity::find()
            .select_only()
            .column(change::Column::Revision)
            .order_by_desc(change::Column::Revision)
            .offset(changes.saturating_sub(1))
            .limit(1);
        let last: Vec<Revision> = self.select_tuple(select).await?;
        let retained = self.retained().await?.after;
        Ok(last.into_iter().fold(retained, Ord::max))
    }
}

impl Store {
    /// Writes entries, each in place of the one that had its key.
    pub async fn write_cache(&self, mut entries: Vec<Model>) -> Result<(), StoreError> {
        // One order for all who write the same keeps them from waiting for each other.
        entries.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        let rows = entries.into_iter().map(IntoActiveModel::into_active_model);
        let conflict = OnConflict::column(Column::Key)
            .update_columns([Column::Format, Column::Revision, Column::Content])
            .to_owned();
        let insert = Entity::insert_many(rows).on_conflict(conflict);
        insert.exec_without_returning(self.writer()).await?;
        Ok(())
    }

    /// Removes the entries that were built before a revision.
    pub async fn trim_cache(&self, revision: Revision) -> Result<(), StoreError> {
        let old = Entity::delete_many().filter(Column::Revision.lt(revision));
        old.exec(self.writer()).await?;
        Ok(())
    }
}
