//! The contract of the standard methods: written once, run for every resource type on both databases.

mod bad_input;
mod concurrency;
mod errors;
mod exports;
mod filters;
mod history;
mod import;
mod list;
mod once;
mod paging;
mod presence;
mod read;
mod requests;
mod streams;
mod texts;
mod together;
mod write;

use crate::harness::{fixture::Fixture, world::World};

include!(concat!(env!("OUT_DIR"), "/every_type.rs"));

/// A resource without what the registry sets, to compare with what was sent.
fn bare<N: Fixture>(resource: &N) -> N {
    let mut message = resource.dynamic();
    for field in N::descriptor().fields().filter(|field| !is_set_by_callers::<N>(field.name())) {
        message.clear_field(&field);
    }
    N::of_dynamic(&message)
}

/// Name of a parent that does not exist, of a type that can be a parent of such resources.
fn missing_parent<N: Fixture>(world: &World) -> String {
    let parent = N::parent(world);
    let (collection, _) = parent.split_once('/').unwrap();
    format!("{collection}/{}", if collection == "organisations" { "NONE" } else { "none" })
}

/// Whether callers set the field.
fn is_set_by_callers<N: Fixture>(field: &str) -> bool {
    let standard = ["name", "etag", "revision", "create_time", "update_time"];
    !standard.contains(&field) && !is_output::<N>(field)
}

/// Whether the proto says that only the registry sets the field.
fn is_output<N: Fixture>(field: &str) -> bool {
    comment::<N>(field).is_some_and(|comment| comment.starts_with("Output only."))
}

/// What the proto says of a field.
fn comment<N: Fixture>(field: &str) -> Option<String> {
    let field = N::descriptor().get_field_by_name(field)?;
    let file = field.parent_message().parent_file();
    let file = file.file_descriptor_proto();
    let info = file.source_code_info.as_ref()?;
    let location = info.location.iter().find(|location| location.path == field.path())?;
    let comment = location.leading_comments();
    Some(comment.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The fields that the proto says lists can be filtered or ordered by.
fn listed<N: Fixture>(field: &str) -> Vec<String> {
    let pool = &digital_skills_registry::api::DESCRIPTORS;
    let lists = pool.all_messages().find(|message| {
        message.name().starts_with("List")
            && message.name().ends_with("Request")
            && message.parent_file() == N::descriptor().parent_file()
            && message.get_field_by_name("read_mask").is_some()
    });
    let field = lists.unwrap().get_field_by_name(field).unwrap();
    let file = field.parent_message().parent_file();
    let info = file.file_descriptor_proto().source_code_info.clone().unwrap();
    let location = info.location.iter().find(|location| location.path == field.path()).unwrap();
    let comment = location.leading_comments().split_whitespace().collect::<Vec<_>>().join(" ");
    let list = comment.split_once("Fields: ").unwrap().1.split('.').next().unwrap().to_owned();
    list.split(", ").map(|field| field.trim_matches('`').to_owned()).collect()
}
