//! Condition for people in post.

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select};

use crate::domain::{Staffing, staffing};

/// Selects staffing records in post on a day whose parents meet a condition.
pub(in crate::registry) fn in_post_on(
    parents: Condition,
    day: NaiveDate,
) -> Select<staffing::Entity> {
    staffing::Entity::find().filter(parents).filter(staffing::Column::StartDate.lte(day)).filter(
        Condition::any()
            .add(staffing::Column::EndDate.is_null())
            .add(staffing::Column::EndDate.gt(day)),
    )
}

/// Whether a staffing record counts people in post on a day: the condition of [`in_post_on`], for a row.
pub(in crate::registry) fn is_in_post_on(row: &Staffing, day: NaiveDate) -> bool {
    row.start_date <= day && row.end_date.is_none_or(|end| end > day)
}
