//! Reads the recorded gaps of a plan, locked for update.

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

/// Gaps of a plan of these kinds.
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

/// Gap snapshots of a plan of one day.
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
