//! Rows as they are now or as they were at a revision, through the same queries.

use sea_orm::{
    Condition, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    domain::{AsOf, Resource, Result},
    store::Snapshot,
};

/// Rows of a snapshot, in one state of the registry.
#[derive(Clone, Copy)]
pub(super) struct RowsAsOf<'a> {
    pub snapshot: &'a Snapshot,
    pub as_of: AsOf,
}

impl RowsAsOf<'_> {
    /// Reads rows. `select` and `holds` must state the same condition: as a query, and for a row whose former
    /// state is not in its table.
    pub async fn select<N: Resource>(
        self,
        select: Select<N::Entity>,
        holds: impl Fn(&N) -> bool,
    ) -> Result<Vec<N>> {
        Ok(match self.as_of {
            AsOf::Latest => self.snapshot.select(select).await?,
            AsOf::At(revision) => self.snapshot.as_of(select, revision, holds).await?,
        })
    }

    /// Restricts a condition to rows that have not changed since the state to read.
    pub fn unchanged(self, condition: Condition) -> Condition {
        match self.as_of {
            AsOf::Latest => condition,
            AsOf::At(revision) => condition.add(Expr::col("revision").lte(revision)),
        }
    }
}
