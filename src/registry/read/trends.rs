//! Reads the gap snapshots that trends are drawn from.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    domain::{GapSnapshot, Organisation, Result, gap_snapshot, organisation},
    planning::{analysis, trend},
};

use super::view::View;

/// Gap snapshots that a query asks for.
pub(in crate::registry) async fn gap_snapshots(
    view: &View,
    query: &trend::TrendQuery,
) -> Result<Vec<GapSnapshot>> {
    let mut select =
        gap_snapshot::Entity::find().filter(gap_snapshot::Column::Parent.eq(query.plan.as_str()));
    let organisations = organisations(view, query).await?;
    if let Some(organisations) = &organisations {
        select = select.filter(view.any("organisation", organisations));
    }
    if !query.skills.is_empty() {
        select = select.filter(view.any("skill", &query.skills));
    }
    let organisations: Option<HashSet<String>> =
        organisations.map(|names| names.into_iter().collect());
    let skills: HashSet<&String> = query.skills.iter().collect();
    view.select(select, |row: &GapSnapshot| {
        row.parent == query.plan
            && organisations.as_ref().is_none_or(|names| names.contains(&row.organisation))
            && (skills.is_empty() || skills.contains(&row.skill))
    })
    .await
}

/// Organisations that a query asks for; `None` if it asks for all.
async fn organisations(view: &View, query: &trend::TrendQuery) -> Result<Option<Vec<String>>> {
    if query.organisations.is_empty() {
        return Ok(None);
    }
    let mut names = query.organisations.clone();
    if query.include_descendants {
        let all = view.select(organisation::Entity::find(), |_: &Organisation| true).await?;
        names = analysis::with_descendants(&all, &names);
        names.sort_unstable();
    }
    Ok(Some(names))
}
