//! Pieces: what was made of records at some revision and takes long to make. They are kept beside the
//! records, so that an instance that starts need not make them again. Nothing rests on them: all can be
//! removed at any time.

use sea_orm::{
    ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Func, OnConflict},
};

use super::{Store, StoreError, change, read::Reads};

/// A piece.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analysis_cache")]
pub struct Model {
    /// What it is of.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: String,
    /// How to read the content.
    pub format: i32,
    /// The revision of the registry that it was made at.
    pub revision: i64,
    /// What was made, in whatever form its maker reads.
    pub content: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What is known of a piece without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceHead {
    /// What it is of.
    pub place: String,
    /// The revision of the registry that it was made at.
    pub revision: i64,
    /// How many bytes the content has.
    pub bytes: usize,
}

impl<C: ConnectionTrait> Reads<C> {
    /// The pieces of a format that are kept of these places, in the order of the places.
    pub async fn pieces(
        &self,
        places: &[String],
        format: i32,
    ) -> Result<Vec<PieceHead>, StoreError> {
        let bytes = Func::cust("length").arg(Expr::col(Column::Content));
        let select = Entity::find()
            .select_only()
            .columns([Column::Place, Column::Revision])
            .expr(Expr::expr(bytes).cast_as("bigint"))
            .filter(self.any("key", places))
            .filter(Column::Format.eq(format))
            .order_by_asc(Column::Place);
        let rows: Vec<(String, i64, i64)> = self.select_tuple(select).await?;
        let head = |(place, revision, bytes)| PieceHead {
            place,
            revision,
            bytes: usize::try_from(bytes).unwrap_or_default(),
        };
        Ok(rows.into_iter().map(head).collect())
    }

    /// The pieces of these places, whatever their format, with their contents.
    pub async fn whole_pieces(&self, places: &[String]) -> Result<Vec<Model>, StoreError> {
        self.select(Entity::find().filter(self.any("key", places))).await
    }

    /// The revision of the oldest piece of a format that is not older than `revision`.
    pub async fn oldest_piece(
        &self,
        format: i32,
        revision: i64,
    ) -> Result<Option<i64>, StoreError> {
        let select = Entity::find()
            .select_only()
            .expr(Func::min(Expr::col(Column::Revision)))
            .filter(Column::Format.eq(format))
            .filter(Column::Revision.gte(revision));
        let oldest: Vec<Option<i64>> = self.select_tuple(select).await?;
        Ok(oldest.into_iter().flatten().next())
    }

    /// A revision after which there are fewer than `changes` changes, all of which can be told; the
    /// oldest such, nearly.
    pub async fn told_after(&self, changes: u64) -> Result<i64, StoreError> {
        let select = change::Entity::find()
            .select_only()
            .column(change::Column::Revision)
            .order_by_desc(change::Column::Revision)
            .offset(changes.saturating_sub(1))
            .limit(1);
        let last: Vec<i64> = self.select_tuple(select).await?;
        let retained = self.retained().await?.after;
        Ok(last.into_iter().fold(retained, Ord::max))
    }
}

impl Store {
    /// Keeps pieces, each in place of the one there was of its place.
    pub async fn keep_pieces(&self, mut pieces: Vec<Model>) -> Result<(), StoreError> {
        // One order for all who write the same keeps them from waiting for each other.
        pieces.sort_unstable_by(|a, b| a.place.cmp(&b.place));
        let rows = pieces.into_iter().map(IntoActiveModel::into_active_model);
        let conflict = OnConflict::column(Column::Place)
            .update_columns([Column::Format, Column::Revision, Column::Content])
            .to_owned();
        let insert = Entity::insert_many(rows).on_conflict(conflict);
        insert.exec_without_returning(self.writer()).await?;
        Ok(())
    }

    /// Removes the pieces that were made before a revision.
    pub async fn forget_pieces(&self, revision: i64) -> Result<(), StoreError> {
        let old = Entity::delete_many().filter(Column::Revision.lt(revision));
        old.exec(self.writer()).await?;
        Ok(())
    }
}
