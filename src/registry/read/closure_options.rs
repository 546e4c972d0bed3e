//! Reads closure options.

use sea_orm::EntityTrait;

use crate::domain::{ClosureOption, Result, closure_option};

use super::view::View;

/// All closure options, ordered by name.
pub(in crate::registry) async fn closure_options(view: &View) -> Result<Vec<ClosureOption>> {
    let mut options = view.select(closure_option::Entity::find(), |_: &ClosureOption| true).await?;
    options.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(options)
}
