//! A resource of any type, and properties of types that are known at run time only. `build.rs` generates the
//! matches, from the same list as [`Kind`].

use sea_orm::EntityName;

use super::{Kind, Noun, name};

include!(concat!(env!("OUT_DIR"), "/any_resource.rs"));

/// Name of the table of a resource type.
fn table_of<N: Noun>() -> &'static str {
    <N::Entity as Default>::default().table_name()
}

/// Organisations that a row belongs to: itself, its ancestors in the name, and those that it refers to.
fn organisations_of<N: Noun>(row: &N) -> Vec<String> {
    if N::KIND == Kind::Organisation {
        return vec![row.name().to_owned()];
    }
    let prefix = format!("{}/", Kind::Organisation.collection());
    let above = name::ancestors(row.name()).filter(|name| name.starts_with(&prefix));
    let named = N::REFERENCES.iter().filter(|reference| reference.kinds == [Kind::Organisation]);
    let named = named.flat_map(|reference| reference.names(row)).map(|(_, name)| name);
    above.map(str::to_owned).chain(named).collect()
}
