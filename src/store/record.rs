//! What the store asks of a row.

use sea_orm::{EntityTrait, FromQueryResult, IntoActiveModel, ModelTrait};
use serde::{Serialize, de::DeserializeOwned};

/// The columns of a record's table.
pub type Column<R> = <<R as ModelTrait>::Entity as EntityTrait>::Column;

/// A row with the standard columns: `name` (the primary key), `revision`, `create_time` and
/// `update_time`. The table's name is the resource type in the change rows.
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
    /// The resource name.
    fn name(&self) -> &str;

    /// The revision in which the record was last changed; 0 where it was never written.
    fn revision(&self) -> i64;

    /// The times of its creation and of its last change.
    fn times(&self) -> [chrono::DateTime<chrono::Utc>; 2];

    /// Sets the revision and the times: `update_time` to `now`, and `create_time` too where
    /// `created` is set.
    fn stamp(&mut self, revision: i64, now: chrono::DateTime<chrono::Utc>, created: bool);
}
