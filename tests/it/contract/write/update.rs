//! Update.

use digital_skills_registry::domain::Resource;
use sea_orm::IdenStatic;
use tonic::Code;

use super::logged;
use crate::{
    contract::{bare, comment, every_type, is_output, presence::set_defaults},
    harness::{Server, failure, fixture::Fixture, samples::RowOf, world::World},
};

every_type!(an_update_changes_the_fields_of_the_mask_only);
async fn an_update_changes_the_fields_of_the_mask_only<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    let mut wanted = made.clone();
    wanted.change();
    let mut sent = N::default();
    sent.change();
    let mut message = wanted.dynamic();
    let value = message.get_field_by_name(N::MUTABLE).unwrap().into_owned();
    message = sent.dynamic();
    message.set_field_by_name(N::MUTABLE, value);
    message.set_field_by_name("name", prost_reflect::Value::String(made.name().to_owned()));
    let sent = N::of_dynamic(&message);
    let updated = N::update(&server.channel, sent, Some(&[N::MUTABLE]), false).await.unwrap();
    assert_eq!(bare(&updated), bare(&wanted));
    assert!(updated.revision() > made.revision());
    assert_ne!(updated.etag(), made.etag());
    assert_eq!(updated.create_time(), made.create_time());
    assert!(
        updated.update_time().unwrap().nanos != made.update_time().unwrap().nanos
            || updated.update_time().unwrap().seconds > made.update_time().unwrap().seconds
    );
    assert_eq!(N::get(&server.channel, made.name()).await.unwrap(), updated);
}

every_type!(an_update_without_a_mask_changes_the_populated_fields);
async fn an_update_without_a_mask_changes_the_populated_fields<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let made = N::made(&server.channel, world, 1).await;
    let mut changed = made.clone();
    changed.change();
    let mut message = prost_reflect::DynamicMessage::new(N::descriptor());
    let value = changed.dynamic().get_field_by_name(N::MUTABLE).unwrap().into_owned();
    message.set_field_by_name(N::MUTABLE, value);
    message.set_field_by_name("name", prost_reflect::Value::String(made.name().to_owned()));
    let updated = N::update(&server.channel, N::of_dynamic(&message), None, false).await.unwrap();
    assert_eq!(bare(&updated), bare(&changed));
    // The whole resource sent back is populated too, and changes nothing of what cannot change.
    let mut again = updated.clone();
    again.change();
    let again = N::update(&server.channel, again, None, false).await.unwrap();
    assert!(again.revision() > updated.revision());
}

every_type!(a_star_mask_clears_what_is_empty);
async fn a_star_mask_clears_what_is_empty<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    // What must not be empty stays, and so does what cannot change.
    let mut sent = made.dynamic();
    for field in N::descriptor().fields() {
        let comment = comment::<N>(field.name()).unwrap_or_default();
        let stays = comment.starts_with("Required") || comment.starts_with("Immutable");
        if !stays && field.name() != "etag" && field.name() != "state" {
            sent.clear_field(&field);
        }
    }
    let sent = N::of_dynamic(&sent);
    if N::TITLE == "Skill" {
        // A skill without state is active, and then has no successor: `replaced_by` went too.
        let mut message = sent.dynamic();
        message.clear_field_by_name("state");
        let updated =
            N::update(&server.channel, N::of_dynamic(&message), Some(&["*"]), false).await;
        let mut expected = bare(&sent).dynamic();
        expected.set_field_by_name("state", prost_reflect::Value::EnumNumber(1));
        set_defaults::<N>(&mut expected);
        return assert_eq!(bare(&updated.unwrap()), N::of_dynamic(&expected));
    }
    let updated = N::update(&server.channel, sent.clone(), Some(&["*"]), false).await.unwrap();
    let mut expected = bare(&sent).dynamic();
    set_defaults::<N>(&mut expected);
    if N::TITLE == "Requirement" {
        expected.set_field_by_name("importance", prost_reflect::Value::EnumNumber(1));
    }
    assert_eq!(bare(&updated), N::of_dynamic(&expected));
}

every_type!(an_update_that_changes_nothing_writes_no_revision);
async fn an_update_that_changes_nothing_writes_no_revision<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let made = N::made(&server.channel, world, 1).await;
    let revision = server.revision().await;
    for mask in [None, Some(&["*"][..]), Some(&[N::MUTABLE][..])] {
        let updated = N::update(&server.channel, made.clone(), mask, false).await.unwrap();
        assert_eq!(updated, made);
    }
    assert_eq!(server.revision().await, revision);
    assert_eq!(logged(server, made.name()).await.len(), 1);
}

every_type!(an_unknown_path_in_a_mask_is_invalid);
async fn an_unknown_path_in_a_mask_is_invalid<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    for mask in [&[N::MUTABLE, "nothing"][..], &["name.x", "nothing"], &["Title", "nothing"]] {
        let mut row = made.clone();
        row.change();
        let updated = N::update(&server.channel, row, Some(mask), false).await;
        let failure = failure(updated, Code::InvalidArgument);
        assert!(failure.violates("update_mask.paths[1]", "UNKNOWN_FIELD"), "{failure:?}");
    }
    let both = N::update(&server.channel, made.clone(), Some(&["*", N::MUTABLE]), false).await;
    assert!(failure(both, Code::InvalidArgument).violates("update_mask", "MALFORMED"));
    assert_eq!(N::get(&server.channel, made.name()).await.unwrap(), made);
}

every_type!(output_only_fields_are_ignored);
async fn output_only_fields_are_ignored<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    let mut message = made.dynamic();
    let mut mask = vec!["revision", "create_time", "update_time"];
    let known = N::descriptor();
    let output = known.fields().map(|field| field.name().to_owned());
    let output: Vec<String> = output.filter(|field| is_output::<N>(field)).collect();
    mask.extend(output.iter().map(String::as_str));
    for field in &output {
        message.clear_field_by_name(field);
    }
    message.set_field_by_name("revision", prost_reflect::Value::I64(99));
    let etag = prost_reflect::Value::String(made.etag().to_owned());
    message.set_field_by_name("etag", etag);
    let updated = N::update(&server.channel, N::of_dynamic(&message), Some(&mask), false).await;
    assert_eq!(updated.unwrap(), made);
    let mut fresh = N::nth(world, 2).dynamic();
    fresh.set_field_by_name("revision", prost_reflect::Value::I64(99));
    fresh.set_field_by_name("etag", prost_reflect::Value::String("x".into()));
    fresh.set_field_by_name("name", prost_reflect::Value::String("whatever".into()));
    let fresh = N::of_dynamic(&fresh);
    let fresh =
        N::create(&server.channel, &N::parent(world), &N::id(2), Some(fresh)).await.unwrap();
    assert_eq!(fresh.revision(), server.revision().await);
    assert_eq!(fresh.name(), N::nth_name(world, 2));
}

every_type!(immutable_fields_cannot_change);
async fn immutable_fields_cannot_change<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    let mut changed = made.clone();
    changed.change_identity(world);
    let immutable: Vec<_> = RowOf::<N>::IMMUTABLE.iter().map(IdenStatic::as_str).collect();
    if immutable.is_empty() {
        return;
    }
    for mask in [Some(&["*"][..]), Some(&immutable)] {
        let updated = N::update(&server.channel, changed.clone(), mask, false).await;
        let failure = failure(updated, Code::InvalidArgument);
        for field in &immutable {
            let path = format!("{}.{field}", N::SINGULAR);
            assert!(failure.violates(&path, "IMMUTABLE"), "{path}: {failure:?}");
        }
    }
    assert_eq!(N::get(&server.channel, made.name()).await.unwrap(), made);
}

every_type!(updating_what_does_not_exist_is_not_found_or_creates);
async fn updating_what_does_not_exist_is_not_found_or_creates<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let row = N::row(world, 1);
    let updated = N::update(&server.channel, row.clone(), None, false).await;
    assert_eq!(failure(updated, Code::NotFound).fact("resource"), row.name());
    // The mask does not count where the resource is new.
    let made = N::update(&server.channel, row.clone(), Some(&[N::MUTABLE]), true).await.unwrap();
    assert_eq!(bare(&made), bare(&row));
    let mut changed = made.clone();
    changed.change();
    let changed = N::update(&server.channel, changed, None, true).await.unwrap();
    assert!(changed.revision() > made.revision());
    assert_eq!(changed.create_time(), made.create_time());
}

every_type!(a_stale_etag_is_aborted);
async fn a_stale_etag_is_aborted<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    let mut changed = made.clone();
    changed.change();
    let changed = N::update(&server.channel, changed, None, false).await.unwrap();
    let mut again = made.clone();
    again.change();
    let updated = N::update(&server.channel, again, None, false).await;
    let aborted = failure(updated, Code::Aborted);
    assert_eq!(aborted.reason, "ETAG_MISMATCH");
    assert_eq!(aborted.fact("etag"), changed.etag());
    let deleted = N::delete(&server.channel, made.name(), made.etag(), false).await;
    assert_eq!(failure(deleted, Code::Aborted).reason, "ETAG_MISMATCH");
    let mut missing = N::row(world, 2);
    missing.set_etag("1");
    failure(N::update(&server.channel, missing, None, true).await, Code::Aborted);
    assert_eq!(N::get(&server.channel, made.name()).await.unwrap(), changed);
    N::delete(&server.channel, made.name(), changed.etag(), false).await.unwrap();
}
