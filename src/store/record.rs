//! What the store requires of a row.

use sea_orm::{EntityTrait, FromQueryResult, IntoActiveModel, ModelTrait};
use serde::{Serialize, de::DeserializeOwned};

use super::revision::Revision;

/// The columns of a record's table.
pub type Column<R> = <<R as ModelTrait>::Entity as EntityTrait>::Column;

/// A row with the standard columns: `name` (the primary key), `revision`, `create_time` and
/// `update_time`. Change rows use the table's name as the resource type.
pub trait Record:
    ModelTrait<Entity: EntityTrait<Model = Self, ActiveModel: Send>>
    + FromQueryResult
    + IntoActiveModel<<Self::Entity as EntityTrait>::ActiveModel>
    + Serialize
    + DeserializeOwned
    + PartialEq
    + Sync
    + 'static
{
    /// Text columns that are also kept folded, each in a column called [`super::folded_column`].
    const FOLDED: &'static [&'static str] = &[];

    /// Texts of the columns of [`Self::FOLDED`], folded, in that order.
    fn folded(&self) -> Vec<String> {
        Vec::new()
    }

    /// The resource name.
    fn name(&self) -> &str;

    /// Revision of the last change of the record; `NONE` if it was never written.
    fn revision(&self) -> Revision;

    /// The create time and the update time.
    fn times(&self) -> [chrono::DateTime<chrono::Utc>; 2];

    /// Sets the revision and the times: `update_time` to `now`, and with `created` also
    /// `create_time`.
    fn stamp(&mut self, revision: Revision, now: chrono::DateTime<chrono::Utc>, created: bool);
}
