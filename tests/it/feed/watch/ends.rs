//! Watches end: where their readers are slow, what they need was forgotten, or the service ends them.

use std::time::Duration;

use digital_skills_registry::{
    api::v1::{watch_changes_response::Event, *},
    registry::{Registry, RegistryLimits},
    store::Store,
};
use tonic::Code;

use super::role;
use crate::{
    both,
    feed::{OpenWatch, compact, joined, numbers},
    harness::{self, Server, failure, fixture::Fixture},
};

both!(one_who_does_not_keep_up_is_ended_and_goes_on_without_a_hole);
/// One that does not read holds up nobody, and is told after which revision to go on.
async fn one_who_does_not_keep_up_is_ended_and_goes_on_without_a_hole(server: &Server) {
    let limits = RegistryLimits { buffer_bytes: 200_000, ..RegistryLimits::default() };
    let (address, stop, serving) =
        harness::serve_with(Registry::with_limits(server.store.clone(), limits)).await;
    let channel = harness::connect(address).await;
    let mut slow = OpenWatch::open(&channel, WatchChangesRequest::default()).await.unwrap();
    slow.event().await.unwrap();
    let mut quick =
        OpenWatch::open(&harness::connect(address).await, WatchChangesRequest::default())
            .await
            .unwrap();
    let mut seen = Vec::new();
    for n in 0..60 {
        let rows = (0..10).map(|i| {
            (format!("r{n:03}-{i}"), Role { description: "y".repeat(5_000), ..role("R") })
        });
        Role::batch_create(&server.channel, "", rows.collect(), Default::default()).await.unwrap();
        seen.extend(numbers(&joined(quick.until(n + 1).await)));
    }
    assert_eq!(seen, (1..=60).collect::<Vec<i64>>());
    let (mut told, behind) = slow.until_it_fails(Code::ResourceExhausted).await;
    assert_eq!(behind.reason, "WATCH_BEHIND");
    let resume: i64 = behind.fact("revision").parse().unwrap();
    assert_eq!(told, (1..=resume).collect::<Vec<i64>>());
    assert!(resume < 60);
    told.extend(numbers(&joined(OpenWatch::after(&channel, resume).await.until(60).await)));
    assert_eq!(told, (1..=60).collect::<Vec<i64>>());
    let _ = stop.send(());
    serving.await.unwrap();
}

both!(one_who_catches_up_too_slowly_is_told_what_was_forgotten);
/// What is forgotten before one who catches up has come to it is told as forgotten, and not passed over.
async fn one_who_catches_up_too_slowly_is_told_what_was_forgotten(server: &Server) {
    let channel = &server.channel;
    let rows = (0..200)
        .map(|i| (format!("r{i:03}"), Role { description: "y".repeat(5_000), ..role("R") }));
    let mut rows =
        Role::batch_create(channel, "", rows.collect(), Default::default()).await.unwrap();
    for n in 0..20 {
        rows.iter_mut().for_each(|row| row.title = format!("R{n}"));
        rows = Role::batch_update(channel, "", rows, false, Default::default()).await.unwrap();
    }
    let mut slow = OpenWatch::after(channel, 0).await;
    slow.event().await.unwrap();
    assert_eq!(compact(server).await, 21);
    let (told, forgotten) = slow.until_it_fails(Code::OutOfRange).await;
    assert_eq!(forgotten.reason, "REVISION_COMPACTED");
    let [resume, oldest] =
        ["revision", "oldest"].map(|fact| forgotten.fact(fact).parse::<i64>().unwrap());
    assert_eq!(told, (1..=resume).collect::<Vec<i64>>());
    assert!(resume < oldest, "{resume} {oldest}");
}

both!(a_watch_ends_in_time_with_a_checkpoint_to_go_on_from);
async fn a_watch_ends_in_time_with_a_checkpoint_to_go_on_from(server: &Server) {
    let limits =
        RegistryLimits { watch_duration: Duration::from_millis(500), ..RegistryLimits::default() };
    let (address, stop, serving) =
        harness::serve_with(Registry::with_limits(server.store.clone(), limits)).await;
    let channel = harness::connect(address).await;
    let mut watching = OpenWatch::open(&channel, WatchChangesRequest::default()).await.unwrap();
    watching.event().await.unwrap();
    Role::create(&channel, "", "a", Some(role("A"))).await.unwrap();
    watching.until(1).await;
    let last = watching.event().await.unwrap();
    assert!(matches!(last, Some(Event::Checkpoint(at)) if at.revision == 1));
    assert_eq!(watching.event().await.unwrap(), None);
    let _ = stop.send(());
    serving.await.unwrap();
}

both!(a_watch_is_told_that_the_service_shuts_down);
async fn a_watch_is_told_that_the_service_shuts_down(server: &Server) {
    let (address, stop, serving) = harness::serve(server.store.clone()).await;
    let mut watching =
        OpenWatch::open(&harness::connect(address).await, WatchChangesRequest::default())
            .await
            .unwrap();
    watching.event().await.unwrap();
    let _ = stop.send(());
    let closing = failure(watching.event().await, Code::Unavailable);
    assert_eq!(closing.reason, "SHUTTING_DOWN");
    serving.await.unwrap();
}

both!(what_was_forgotten_before_an_instance_looked_ends_its_watches);
/// An instance that nothing tells of the others' writes, and that finds some of them forgotten when it
/// looks, does not pass over them.
async fn what_was_forgotten_before_an_instance_looked_ends_its_watches(server: &Server) {
    let other = Store::open(&server.database.url).await.unwrap();
    let limits = RegistryLimits { poll: Duration::from_secs(600), ..RegistryLimits::default() };
    let (address, stop, serving) =
        harness::serve_with(Registry::with_limits(other.clone(), limits)).await;
    let channel = harness::connect(address).await;
    let mut watching = OpenWatch::open(&channel, WatchChangesRequest::default()).await.unwrap();
    watching.event().await.unwrap();
    Role::create(&channel, "", "a", Some(role("A"))).await.unwrap();
    let mut told = numbers(&watching.until(1).await);
    for title in ["B", "C", "D"] {
        let row = Role { name: "roles/a".into(), ..role(title) };
        Role::update(&server.channel, row, None, false).await.unwrap();
    }
    assert_eq!(compact(server).await, 4);
    // Its own write makes it look.
    Role::create(&channel, "", "b", Some(role("B"))).await.unwrap();
    while told.last() != Some(&5) {
        match watching.event().await {
            Ok(Some(Event::Changes(changes))) => told.push(changes.revision),
            Ok(event) => assert!(event.is_some(), "it ended as if all was well"),
            Err(status) => {
                let behind = failure::<()>(Err(status), Code::ResourceExhausted);
                assert_eq!(
                    (behind.reason.as_str(), behind.fact("revision")),
                    ("WATCH_BEHIND", "1")
                );
                let after = OpenWatch::open(
                    &channel,
                    WatchChangesRequest { after_revision: Some(1), ..Default::default() },
                );
                assert_eq!(
                    failure(after.await.map(|_| ()), Code::OutOfRange).reason,
                    "REVISION_COMPACTED"
                );
                break;
            }
        }
    }
    // All of them, where it was told in time.
    assert!(told == [1] || told == [1, 2, 3, 4, 5], "{told:?}");
    let _ = stop.send(());
    serving.await.unwrap();
    other.close().await;
}
