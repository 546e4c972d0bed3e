//! What is kept of the gaps of a plan, locked to be changed.

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    domain::{
        Gap, GapSnapshot, Result,
        gap::{self, GapKind},
        gap_snapshot,
    },
    store::Transaction,
};

/// The gaps of a plan that are of one of these kinds.
pub(in crate::registry) async fn known_gaps(
    transaction: &Transaction,
    plan: &str,
    kinds: &[GapKind],
) -> Result<Vec<Gap>> {
    let gaps = gap::Entity::find()
        .filter(gap::Column::Parent.eq(plan))
        .filter(gap::Column::Kind.is_in(kinds.iter().copied()))
        .lock_exclusive();
    Ok(transaction.select(gaps).await?)
}

/// The gap snapshots of a plan that are of a day.
pub(in crate::registry) async fn known_gap_snapshots(
    transaction: &Transaction,
    plan: &str,
    day: NaiveDate,
) -> Result<Vec<GapSnapshot>> {
    let gap_snapshots = gap_snapshot::Entity::find()
        .filter(gap_snapshot::Column::Parent.eq(plan))
        .filter(gap_snapshot::Column::AsOfDate.eq(day))
        .lock_exclusive();
    Ok(transaction.select(gap_snapshots).await?)
}
