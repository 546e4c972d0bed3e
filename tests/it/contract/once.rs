//! Writes that are only checked, writes that come again, and writes of many at once.

use std::collections::HashSet;

use tonic::Code;
use uuid::Uuid;

use super::{bare, every_type};
use crate::harness::{
    Server,
    client::WriteCall,
    failure,
    fixture::{Fixture, ListCall},
    world::World,
};

/// The resources there are, by name.
async fn all<N: Fixture>(server: &Server, world: &World) -> Vec<N> {
    let listing = ListCall { parent: N::parent(world), page_size: 1_000, ..ListCall::default() };
    N::list_as(&server.channel, listing).await.unwrap().rows
}

fn rows<N: Fixture>(world: &World, numbers: impl Iterator<Item = usize>) -> Vec<(String, N)> {
    numbers.map(|n| (N::id(n), N::nth(world, n))).collect()
}

fn names<N: Fixture>(world: &World, numbers: impl Iterator<Item = usize>) -> Vec<(String, String)> {
    numbers.map(|n| (N::nth_name(world, n), String::new())).collect()
}

every_type!(what_is_only_checked_is_answered_and_not_done);
async fn what_is_only_checked_is_answered_and_not_done<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    let (parent, revision) = (N::parent(world), server.revision().await);
    let before = all::<N>(server, world).await;
    let channel = &server.channel;
    let check = WriteCall::to_validate;

    let created =
        N::create_as(channel, &parent, &N::id(2), Some(N::nth(world, 2)), check()).await.unwrap();
    assert_eq!(bare(&created), bare(&N::nth(world, 2)));
    assert_eq!((created.etag(), created.revision()), ("", 0));
    assert_eq!(created.name(), N::nth_name(world, 2));
    let taken = N::create_as(channel, &parent, &N::id(1), Some(N::nth(world, 3)), check()).await;
    assert_eq!(failure(taken, Code::AlreadyExists).reason, "NAME_TAKEN");
    let empty = N::create_as(channel, &parent, &N::id(3), Some(N::default()), check()).await;
    failure(empty, Code::InvalidArgument);

    let mut changed = made.clone();
    changed.change();
    let updated = N::update_as(channel, changed.clone(), None, false, check()).await.unwrap();
    assert_eq!((bare(&updated), updated.etag()), (bare(&changed), ""));
    let mut stale = changed.clone();
    stale.set_etag("7f");
    let stale = N::update_as(channel, stale, None, false, check()).await;
    assert_eq!(failure(stale, Code::Aborted).reason, "ETAG_MISMATCH");

    N::delete_as(channel, made.name(), "", false, check()).await.unwrap();
    let missing = N::delete_as(channel, &N::nth_name(world, 9), "", false, check()).await;
    failure(missing, Code::NotFound);

    let batch = N::batch_create(channel, &parent, rows(world, 4..7), check()).await.unwrap();
    assert_eq!(batch.len(), 3);
    N::batch_delete(channel, &parent, names::<N>(world, 1..2), check()).await.unwrap();

    assert_eq!(all::<N>(server, world).await, before);
    assert_eq!(server.revision().await, revision);
}

every_type!(a_request_that_comes_again_is_done_once_and_answered_the_same);
async fn a_request_that_comes_again_is_done_once_and_answered_the_same<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let (channel, parent) = (&server.channel, N::parent(world));
    let (first, second) = (N::id(1), N::id(2));
    let (create, update, delete) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let made =
        N::create_as(channel, &parent, &first, Some(N::nth(world, 1)), WriteCall::once(create));
    let made = made.await.unwrap();
    let mut changed = made.clone();
    changed.change();
    let updated =
        N::update_as(channel, changed.clone(), None, false, WriteCall::once(update)).await.unwrap();
    N::delete_as(channel, made.name(), updated.etag(), false, WriteCall::once(delete))
        .await
        .unwrap();
    let revision = server.revision().await;

    // The first answers, although the resource is gone by now and its etag another.
    let again =
        N::create_as(channel, &parent, &first, Some(N::nth(world, 1)), WriteCall::once(create));
    assert_eq!(again.await.unwrap(), made);
    let again = N::update_as(channel, changed, None, false, WriteCall::once(update)).await;
    assert_eq!(again.unwrap(), updated);
    N::delete_as(channel, made.name(), updated.etag(), false, WriteCall::once(delete))
        .await
        .unwrap();
    assert_eq!(server.revision().await, revision);

    let other =
        N::create_as(channel, &parent, &second, Some(N::nth(world, 2)), WriteCall::once(create));
    let failure = failure(other.await, Code::FailedPrecondition);
    assert_eq!(failure.reason, "REQUEST_ID_REUSED");
    assert_eq!(failure.fact("request_id"), create.to_string());
    assert_eq!(server.revision().await, revision);
}

every_type!(a_request_id_must_be_a_uuid);
async fn a_request_id_must_be_a_uuid<N: Fixture>(server: &Server, world: &World) {
    let asked = || WriteCall { request_id: "again".into(), ..WriteCall::default() };
    let (channel, parent) = (&server.channel, N::parent(world));
    let created = N::create_as(channel, &parent, "BAD_ID", Some(N::default()), asked()).await;
    let created = failure(created, Code::InvalidArgument);
    assert!(created.violates("request_id", "MALFORMED"));
    assert!(created.violates(&format!("{}_id", N::SINGULAR), "MALFORMED"));
    let deleted = N::delete_as(channel, &N::nth_name(world, 1), "", true, asked()).await;
    assert!(failure(deleted, Code::InvalidArgument).violates("request_id", "MALFORMED"));
}

every_type!(a_request_that_failed_may_succeed_when_it_comes_again);
async fn a_request_that_failed_may_succeed_when_it_comes_again<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let (channel, asked) = (&server.channel, WriteCall::once(Uuid::now_v7()));
    let mut row = N::row(world, 1);
    row.change();
    let missing = N::update_as(channel, row.clone(), None, false, asked.clone()).await;
    failure(missing, Code::NotFound);
    N::made(channel, world, 1).await;
    N::update_as(channel, row, None, false, asked).await.unwrap();
}

every_type!(sixteen_of_the_same_request_have_one_effect);
async fn sixteen_of_the_same_request_have_one_effect<N: Fixture>(server: &Server, world: &World) {
    let (parent, before) = (N::parent(world), server.revision().await);
    let asked = WriteCall::once(Uuid::now_v7());
    let calls = (0..16).map(|_| {
        let (channel, parent, asked) = (server.channel.clone(), parent.clone(), asked.clone());
        // Without an id of its own, each would make a resource.
        let (id, row) = if N::TITLE == "Organisation" {
            (N::id(1), N::nth(world, 1))
        } else {
            (String::new(), N::nth(world, 1))
        };
        tokio::spawn(async move { N::create_as(&channel, &parent, &id, Some(row), asked).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap().unwrap());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(server.revision().await, before + 1);
}

every_type!(a_batch_is_done_whole_in_one_revision);
async fn a_batch_is_done_whole_in_one_revision<N: Fixture>(server: &Server, world: &World) {
    let (channel, parent) = (&server.channel, N::parent(world));
    let before = server.revision().await;
    let made =
        N::batch_create(channel, &parent, rows(world, 1..41), WriteCall::default()).await.unwrap();
    assert_eq!(
        made.iter().map(|row| row.name().to_owned()).collect::<Vec<_>>(),
        (1..41).map(|n| N::nth_name(world, n)).collect::<Vec<_>>()
    );
    assert!(made.iter().all(|row| row.revision() == before + 1));
    let mut changed = made.clone();
    changed.iter_mut().take(5).for_each(N::change);
    let updated =
        N::batch_update(channel, &parent, changed, false, WriteCall::default()).await.unwrap();
    let revisions: Vec<i64> = updated.iter().map(N::revision).collect();
    assert!(revisions[..5].iter().all(|revision| *revision == before + 2));
    assert!(revisions[5..].iter().all(|revision| *revision == before + 1));
    assert_eq!(
        N::batch_get(channel, "", updated.iter().map(|row| row.name().to_owned()).collect())
            .await
            .unwrap(),
        updated
    );
    let going = updated.iter().map(|row| (row.name().to_owned(), row.etag().to_owned())).collect();
    N::batch_delete(channel, &parent, going, WriteCall::default()).await.unwrap();
    assert_eq!(server.revision().await, before + 3);
    let left: HashSet<String> =
        all::<N>(server, world).await.iter().map(|row| row.name().to_owned()).collect();
    assert!(made.iter().all(|row| !left.contains(row.name())));
}

every_type!(a_batch_with_one_failure_does_nothing_and_says_which);
async fn a_batch_with_one_failure_does_nothing_and_says_which<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let (channel, parent) = (&server.channel, N::parent(world));
    N::made(channel, world, 3).await;
    let (revision, before) = (server.revision().await, all::<N>(server, world).await);
    let taken = N::batch_create(channel, &parent, rows(world, 1..6), WriteCall::default()).await;
    let taken = failure(taken, Code::AlreadyExists);
    assert_eq!(
        (taken.fact("request"), taken.fact("resource")),
        ("requests[2]", N::nth_name(world, 3).as_str())
    );
    let mut bad = rows(world, 4..8);
    bad[1].1 = N::default();
    bad[3].0 = "BAD_ID".into();
    let bad = failure(
        N::batch_create(channel, &parent, bad, WriteCall::default()).await,
        Code::InvalidArgument,
    );
    assert!(bad.violates(&format!("requests[3].{}_id", N::SINGULAR), "MALFORMED"), "{bad:?}");
    let within = format!("requests[1].{}.", N::SINGULAR);
    assert!(bad.fields().any(|field| field.starts_with(&within)), "{bad:?}");
    let twice = rows(world, [5, 6, 5].into_iter());
    let twice = failure(
        N::batch_create(channel, &parent, twice, WriteCall::default()).await,
        Code::InvalidArgument,
    );
    assert!(twice.violates("requests[2].name", "DUPLICATE"), "{twice:?}");
    let missing = N::batch_update(
        channel,
        &parent,
        vec![N::row(world, 3), N::row(world, 4)],
        false,
        WriteCall::default(),
    )
    .await;
    assert_eq!(failure(missing, Code::NotFound).fact("request"), "requests[1]");
    let stale = vec![(N::nth_name(world, 3), "7f".to_owned())];
    let stale = failure(
        N::batch_delete(channel, &parent, stale, WriteCall::default()).await,
        Code::Aborted,
    );
    assert_eq!(stale.fact("request"), "requests[0]");
    let bad = vec![("x".to_owned(), String::new()), (N::nth_name(world, 3), String::new())];
    let bad = failure(
        N::batch_delete(channel, &parent, bad, WriteCall::default()).await,
        Code::InvalidArgument,
    );
    assert!(bad.violates("requests[0].name", "MALFORMED"));
    assert_eq!((server.revision().await, all::<N>(server, world).await), (revision, before));
}

every_type!(a_batch_of_none_of_too_many_or_of_others_is_invalid);
async fn a_batch_of_none_of_too_many_or_of_others_is_invalid<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let (channel, parent) = (&server.channel, N::parent(world));
    let none = N::batch_create(channel, &parent, Vec::new(), WriteCall::default()).await;
    assert!(failure(none, Code::InvalidArgument).violates("requests", "REQUIRED"));
    let many =
        N::batch_delete(channel, &parent, names::<N>(world, 0..1_001), WriteCall::default()).await;
    assert!(failure(many, Code::InvalidArgument).violates("requests", "TOO_LONG"));
    if N::CHILD {
        let other = N::batch_delete(
            channel,
            &N::other_parent(world),
            names::<N>(world, 1..2),
            WriteCall::default(),
        )
        .await;
        assert!(failure(other, Code::InvalidArgument).violates("requests[0].name", "NOT_ALLOWED"));
    }
}

every_type!(a_batch_that_comes_again_is_answered_the_same);
async fn a_batch_that_comes_again_is_answered_the_same<N: Fixture>(server: &Server, world: &World) {
    let (channel, parent, asked) =
        (&server.channel, N::parent(world), WriteCall::once(Uuid::now_v7()));
    let made = N::batch_create(channel, &parent, rows(world, 1..4), asked.clone()).await.unwrap();
    let again = N::batch_create(channel, &parent, rows(world, 1..4), asked).await.unwrap();
    assert_eq!(made, again);
    let asked = WriteCall::once(Uuid::now_v7());
    N::batch_delete(channel, &parent, names::<N>(world, 1..4), asked.clone()).await.unwrap();
    let revision = server.revision().await;
    N::batch_delete(channel, &parent, names::<N>(world, 1..4), asked).await.unwrap();
    assert_eq!(server.revision().await, revision);
}
