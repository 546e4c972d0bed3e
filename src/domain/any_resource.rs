//! A resource of any type, and properties of types that are known at run time only. `build.rs` generates the
//! matches, from the same list as [`ResourceType`].

use sea_orm::EntityName;

use super::{Resource, ResourceType, name};

include!(concat!(env!("OUT_DIR"), "/any_resource.rs"));

/// Name of the table of a resource type.
fn table_of<N: Resource>() -> &'static str {
    <N::Entity as Default>::default().table_name()
}

/// Organisations that a row belongs to: itself, its ancestors in the name, and those that it refers to.
fn organisations_of<N: Resource>(row: &N) -> Vec<String> {
    if N::TYPE == ResourceType::Organisation {
        return vec![row.name().to_owned()];
    }
    let prefix = format!("{}/", ResourceType::Organisation.collection());
    let above = name::ancestors(row.name()).filter(|name| name.starts_with(&prefix));
    let named =
        N::REFERENCES.iter().filter(|reference| reference.kinds == [ResourceType::Organisation]);
    let named = named.flat_map(|reference| reference.names(row)).map(|(_, name)| name);
    above.map(str::to_owned).chain(named).collect()
}
