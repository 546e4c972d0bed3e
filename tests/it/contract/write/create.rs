//! Create.

use digital_skills_registry::domain::Resource;
use sea_orm::IdenStatic;
use tonic::Code;

use crate::{
    contract::{comment, every_type, missing_parent},
    harness::{Server, failure, fixture::Fixture, samples::RowOf, world::World},
};

every_type!(the_server_makes_an_id_where_none_is_given);
async fn the_server_makes_an_id_where_none_is_given<N: Fixture>(server: &Server, world: &World) {
    let made = N::create(&server.channel, &N::parent(world), "", Some(N::nth(world, 1))).await;
    if N::TITLE == "Organisation" {
        let failure = failure(made, Code::InvalidArgument);
        return assert!(failure.violates("organisation_id", "REQUIRED"));
    }
    let name = made.unwrap().name().to_owned();
    let id: uuid::Uuid = name.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 7);
}

every_type!(creating_a_name_that_is_taken_already_exists);
async fn creating_a_name_that_is_taken_already_exists<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    let revision = server.revision().await;
    let parent = N::parent(world);
    let again = N::create(&server.channel, &parent, &N::id(1), Some(N::nth(world, 2))).await;
    let failure = failure(again, Code::AlreadyExists);
    assert_eq!(failure.reason, "NAME_TAKEN");
    assert_eq!(failure.fact("resource"), made.name());
    assert_eq!(N::get(&server.channel, made.name()).await.unwrap(), made);
    assert_eq!(server.revision().await, revision);
}

every_type!(creating_a_natural_key_that_is_taken_names_who_has_it);
async fn creating_a_natural_key_that_is_taken_names_who_has_it<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let made = N::made(&server.channel, world, 1).await;
    let (parent, id) = (N::parent(world), N::id(2));
    let again = N::create(&server.channel, &parent, &id, Some(N::nth(world, 1))).await;
    if RowOf::<N>::NATURAL_KEY.is_empty() {
        again.unwrap();
        return;
    }
    let failure = failure(again, Code::AlreadyExists);
    assert_eq!(failure.reason, "KEY_TAKEN");
    assert_eq!(failure.fact("resource"), made.name());
    let fields: Vec<_> = RowOf::<N>::NATURAL_KEY.iter().map(IdenStatic::as_str).collect();
    assert_eq!(failure.fact("fields"), fields.join(","));
}

every_type!(creating_reports_every_violation_at_once);
async fn creating_reports_every_violation_at_once<N: Fixture>(server: &Server, world: &World) {
    let empty = N::create(&server.channel, "bad", "BAD_ID", Some(N::default())).await;
    let failure = failure(empty, Code::InvalidArgument);
    assert_eq!(failure.reason, "INVALID_FIELDS");
    assert!(failure.violates(&format!("{}_id", N::SINGULAR), "MALFORMED"), "{failure:?}");
    assert_eq!(failure.violates("parent", "MALFORMED"), N::CHILD);
    for field in N::descriptor().fields() {
        let comment = comment::<N>(field.name()).unwrap_or_default();
        if comment.starts_with("Required.") {
            let path = format!("{}.{}", N::SINGULAR, field.name());
            let told = failure.violations().iter().any(|(field, _)| *field == path);
            assert!(told, "{path} is required: {failure:?}");
        }
    }
    let nothing = N::create(&server.channel, &N::parent(world), &N::id(1), None).await;
    let nothing = crate::harness::failure(nothing, Code::InvalidArgument);
    assert!(nothing.violates(N::SINGULAR, "REQUIRED"));
}

every_type!(creating_under_a_parent_that_does_not_exist_is_not_found);
async fn creating_under_a_parent_that_does_not_exist_is_not_found<N: Fixture>(
    server: &Server,
    world: &World,
) {
    if !N::CHILD {
        return;
    }
    let missing = missing_parent::<N>(world);
    let mut row = N::nth(world, 1).dynamic();
    // A skill's broader skill lies under its parent.
    row.clear_field_by_name("broader_skill");
    let row = N::of_dynamic(&row);
    let made = N::create(&server.channel, &missing, &N::id(1), Some(row)).await;
    assert_eq!(failure(made, Code::NotFound).fact("resource"), missing);
}
