//! The list of resource types. The build takes it from `change.proto`, whose `Resource` names them all.

use sea_orm::EntityName;

use super::{Noun, change::organisations_of};

include!(concat!(env!("OUT_DIR"), "/resource_types.rs"));

/// The table of the rows of a resource type.
fn table_of<N: Noun>() -> &'static str {
    <N::Entity as Default>::default().table_name()
}
