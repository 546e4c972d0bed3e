//! Reads movements of people into and out of posts.

use std::collections::HashSet;

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::domain::{Movement, Result, movement};

use super::view::View;

/// Movements of these organisations that ended on or before a day.
pub(in crate::registry) async fn movements(
    view: &View,
    organisations: &[String],
    day: NaiveDate,
) -> Result<Vec<Movement>> {
    let select = movement::Entity::find()
        .filter(view.any("parent", organisations))
        .filter(movement::Column::LastDate.lte(day));
    let organisations: HashSet<&String> = organisations.iter().collect();
    view.select(select, |row: &Movement| {
        organisations.contains(&row.parent) && row.last_date <= day
    })
    .await
}
