//! The gap snapshots that trends are drawn from.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    domain::{GapSnapshot, Result, gap_snapshot, organisation},
    planning::{analysis, trend},
    store::Snapshot,
};

/// The gap snapshots that a query asks for.
pub(in crate::registry) async fn gap_snapshots(
    snapshot: &Snapshot,
    query: &trend::Query,
) -> Result<Vec<GapSnapshot>> {
    let plan = gap_snapshot::Column::Parent.eq(query.plan.as_str());
    let mut select = gap_snapshot::Entity::find().filter(plan);
    if !query.organisations.is_empty() {
        let mut names = query.organisations.clone();
        if query.include_descendants {
            let all = snapshot.select(organisation::Entity::find()).await?;
            names = analysis::with_descendants(&all, &names);
            names.sort_unstable();
        }
        select = select.filter(snapshot.any("organisation", &names));
    }
    if !query.skills.is_empty() {
        select = select.filter(snapshot.any("skill", &query.skills));
    }
    Ok(snapshot.select(select).await?)
}
