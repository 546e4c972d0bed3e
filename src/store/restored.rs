//! Databases that were restored from a backup. The revisions that the lost history assigned are
//! bare numbers and must not be mistaken for those of this history. The counter is therefore raised
//! past them, and the numbers in between are marked as belonging to another history.

use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement},
};

use super::{Store, StoreError, read::Reads, revision::Revision};

/// Default amount by which the revision is raised: more than any lost history can have written.
pub const RAISE: i64 = 1_000_000_000;

/// A range of skipped revisions: those between the two heads belong to another history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Newest revision of the backup.
    pub old_head: Revision,
    /// Newest revision after it was raised.
    pub new_head: Revision,
}

impl PassedOver {
    /// Whether a revision lies in the range.
    pub fn holds(&self, revision: Revision) -> bool {
        self.old_head < revision && revision < self.new_head
    }
}

mod span {
    use sea_orm::entity::prelude::*;

    use super::Revision;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "passed_over")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub old_head: Revision,
        pub new_head: Revision,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A marker row that every live database has. A backup lacks it, which shows that it was restored.
mod original {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "original")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Selects the skipped range around a revision; no row if there is none.
pub(super) fn span_over(revision: Revision) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from("passed_over")
        .and_where(Expr::col("old_head").lt(revision))
        .and_where(Expr::col("new_head").gt(revision))
        .to_owned()
}

impl<C: ConnectionTrait> Reads<C> {
    /// Whether the database is live: false for a copy made by `backup` that nobody has opened
    /// since.
    pub async fn is_original(&self) -> Result<bool, StoreError> {
        Ok(original::Entity::find().count(&self.connection).await? > 0)
    }

    /// Reads the newest revision and the ranges that restores skipped.
    pub async fn revision_state(&self) -> Result<(Revision, Vec<PassedOver>), StoreError> {
        // The revision is read first. If a restore raises it in between, this look sees the range
        // and the next one the revision.
        let newest = self.revision().await?;
        let spans = span::Entity::find().all(&self.connection).await?;
        let spans = spans.into_iter();
        let spans =
            spans.map(|span| PassedOver { old_head: span.old_head, new_head: span.new_head });
        Ok((newest, spans.collect()))
    }

    /// Whether restores alone raised the counter from `last`, the revision of the last change, to
    /// `head`.
    pub(super) async fn raised_from(
        &self,
        last: Revision,
        head: Revision,
    ) -> Result<bool, StoreError> {
        let mut at = last;
        while at < head {
            let next = span::Entity::find_by_id(at).one(&self.connection).await?;
            let Some(span) = next.filter(|span| span.new_head > at) else { return Ok(false) };
            at = span.new_head;
        }
        Ok(at == head)
    }
}

impl Store {
    /// Raises the revision by `by` and marks the numbers in between as those of another history, in
    /// one transaction.
    pub async fn restored(&self, by: i64) -> Result<PassedOver, StoreError> {
        let connection = self.migrator().await?;
        let transaction = Self::begin_migration(&connection).await?;
        let passed_over = raise(&transaction, by).await?;
        transaction.commit().await?;
        connection.close().await?;
        Ok(passed_over)
    }
}

/// Raises the revision of a copy made by `backup` when it is first opened, as [`Store::restored`]
/// does.
pub(super) async fn adopt(transaction: &DatabaseTransaction) -> Result<(), StoreError> {
    if original::Entity::find().count(transaction).await? > 0 {
        return Ok(());
    }
    let PassedOver { old_head, new_head } = raise(transaction, RAISE).await?;
    tracing::warn!(
        old_head = old_head.number(),
        new_head = new_head.number(),
        "backup opened as a live database: revision raised"
    );
    Ok(())
}

async fn raise(transaction: &DatabaseTransaction, by: i64) -> Result<PassedOver, StoreError> {
    let raise = Query::update()
        .table("revision")
        .value("revision", Expr::col("revision").add(by))
        .returning_col("revision")
        .to_owned();
    let row = transaction.query_one(&raise).await?;
    let row = row.ok_or(StoreError::RowMissing("revision"))?;
    let new_head: Revision = row.try_get("", "revision")?;
    let old_head = Revision::new(new_head.number() - by);
    let span = span::ActiveModel { old_head: Set(old_head), new_head: Set(new_head) };
    span::Entity::insert(span).exec_without_returning(transaction).await?;
    let row = original::ActiveModel { id: Set(1) };
    let stored = OnConflict::column(original::Column::Id).do_nothing().to_owned();
    original::Entity::insert(row).on_conflict(stored).exec_without_returning(transaction).await?;
    Ok(PassedOver { old_head, new_head })
}
