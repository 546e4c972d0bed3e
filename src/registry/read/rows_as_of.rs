//! Rows as they are, or as they were at a revision, by the same queries.

use sea_orm::{
    Condition, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    domain::{AsOf, Noun, Result},
    store::Snapshot,
};

/// The rows of a snapshot, in one state of the registry.
#[derive(Clone, Copy)]
pub(super) struct RowsAsOf<'a> {
    pub snapshot: &'a Snapshot,
    pub as_of: AsOf,
}

impl RowsAsOf<'_> {
    /// The rows that `select` gives. `holds` must say of a row what `select` asks of it: what the row
    /// was at a revision is not in its table.
    pub async fn select<N: Noun>(
        self,
        select: Select<N::Entity>,
        holds: impl Fn(&N) -> bool,
    ) -> Result<Vec<N>> {
        Ok(match self.as_of {
            AsOf::Latest => self.snapshot.select(select).await?,
            AsOf::At(revision) => self.snapshot.as_of(select, revision, holds).await?,
        })
    }

    /// Of the rows that meet a condition, those that are now what they are to be read as.
    pub fn unchanged(self, condition: Condition) -> Condition {
        match self.as_of {
            AsOf::Latest => condition,
            AsOf::At(revision) => condition.add(Expr::col("revision").lte(revision)),
        }
    }
}
