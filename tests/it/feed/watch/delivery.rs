//! Watches deliver everything: with writers at work, from what exists on, and in parts.

use std::{collections::BTreeMap, time::Duration};

use digital_skills_registry::{
    api::v1::{watch_changes_response::Event, *},
    store::Store,
};
use tokio::task::JoinSet;
use tonic::transport::Channel;

use super::role;
use crate::{
    both,
    contract::of_every_type,
    feed::{OpenWatch, joined, list, numbers},
    harness::{self, Server, fixture::Fixture, samples::Samples, world::World},
};

/// Writers of batches of mixed sizes; each creates, changes and deletes.
fn writers(channels: Vec<Channel>, rounds: usize) -> JoinSet<()> {
    let mut writers = JoinSet::new();
    for (writer, channel) in channels.into_iter().enumerate() {
        writers.spawn(async move {
            for round in 0..rounds {
                let names: Vec<String> =
                    (0..=(writer + round) % 7).map(|i| format!("w{writer}-{round}-{i}")).collect();
                let rows = names.iter().map(|id| (id.clone(), role(id))).collect();
                let made =
                    Role::batch_create(&channel, "", rows, Default::default()).await.unwrap();
                let changed = made.iter().cloned().map(|mut row| {
                    row.change();
                    row
                });
                Role::batch_update(&channel, "", changed.collect(), false, Default::default())
                    .await
                    .unwrap();
                Role::delete(&channel, &made[0].name, "", false).await.unwrap();
            }
        });
    }
    writers
}

/// What a reader holds who keeps its own copy.
#[derive(Default)]
struct Copy(BTreeMap<String, Role>);

impl Copy {
    fn apply(&mut self, revisions: &[RevisionChanges]) {
        for change in revisions.iter().flat_map(|revision| &revision.changes) {
            let row = Role::of_resource(change.resource.clone().unwrap()).unwrap();
            let before = match change.verb() {
                ChangeVerb::Deleted => self.0.remove(&change.name),
                _ => self.0.insert(change.name.clone(), row),
            };
            assert_eq!(before.is_some(), change.verb() != ChangeVerb::Created, "{}", change.name);
        }
    }
}

async fn roles(channel: &Channel) -> BTreeMap<String, Role> {
    let pages = Role::export(channel, Default::default()).await.unwrap();
    pages.into_iter().flat_map(|page| page.rows).map(|row| (row.name.clone(), row)).collect()
}

both!(one_who_catches_up_under_load_misses_nothing);
async fn one_who_catches_up_under_load_misses_nothing(server: &Server) {
    let mut channels = Vec::new();
    for _ in 0..6 {
        channels.push(server.connect().await);
    }
    let mut writers = writers(channels, 10);
    let mut copies = JoinSet::new();
    for _ in 0..4 {
        let channel = server.connect().await;
        copies.spawn(async move {
            let mut copy = Copy::default();
            let told = joined(OpenWatch::after(&channel, 0).await.until(6 * 10 * 3).await);
            copy.apply(&told);
            assert!(told.iter().all(|revision| !revision.continues));
            copy
        });
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    while let Some(end) = writers.join_next().await {
        end.unwrap();
    }
    let all = roles(&server.channel).await;
    for copy in copies.join_all().await {
        assert_eq!(copy.0, all);
    }
    let listed = list(&server.channel, 0, None, 100).await.unwrap();
    assert_eq!(numbers(&listed), (1..=180).collect::<Vec<i64>>());
}

both!(what_exists_and_what_comes_after_it_leave_no_hole);
async fn what_exists_and_what_comes_after_it_leave_no_hole(server: &Server) {
    let mut channels = Vec::new();
    for _ in 0..4 {
        channels.push(server.connect().await);
    }
    let mut writers = writers(channels, 12);
    let mut copies = JoinSet::new();
    for _ in 0..4 {
        let channel = server.connect().await;
        copies.spawn(async move {
            let request = WatchChangesRequest { send_initial_state: true, ..Default::default() };
            let mut watching = OpenWatch::open(&channel, request).await.unwrap();
            let (mut copy, mut at) = (Copy::default(), None);
            loop {
                match watching.event().await.unwrap().unwrap() {
                    Event::InitialState(state) => {
                        assert!(at.is_none_or(|at| at == state.revision));
                        at = Some(state.revision);
                        for resource in state.resources {
                            let row = Role::of_resource(resource).unwrap();
                            assert!(copy.0.insert(row.name.clone(), row).is_none());
                        }
                    }
                    Event::Checkpoint(checkpoint) => {
                        assert!(at.is_none_or(|at| at == checkpoint.revision));
                        break;
                    }
                    Event::Changes(changes) => panic!("{changes:?} before all was told"),
                }
            }
            let told = watching.until(4 * 12 * 3).await;
            copy.apply(&told);
            copy
        });
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    while let Some(end) = writers.join_next().await {
        end.unwrap();
    }
    let all = roles(&server.channel).await;
    for copy in copies.join_all().await {
        assert_eq!(copy.0, all);
    }
}

both!(what_exists_comes_type_by_type_and_as_filtered);
async fn what_exists_comes_type_by_type_and_as_filtered(server: &Server) {
    let world = World::create(server).await;
    let request = WatchChangesRequest { send_initial_state: true, ..Default::default() };
    let mut watching = OpenWatch::open(&server.channel, request).await.unwrap();
    let mut names = Vec::new();
    while let Some(Event::InitialState(state)) = watching.event().await.unwrap() {
        assert_eq!(state.revision, server.revision().await);
        names.extend(state.resources.iter().map(name));
    }
    for name in [&world.trust, &world.framework, &world.role, &world.plan] {
        assert_eq!(names.iter().filter(|it| *it == name).count(), 1, "{name} in {names:?}");
    }
    let filter = ChangeFilter {
        resource_types: vec![ResourceType::Skill as i32],
        parent: world.framework.clone(),
        ..Default::default()
    };
    let request = WatchChangesRequest {
        send_initial_state: true,
        filter: Some(filter),
        ..Default::default()
    };
    let mut watching = OpenWatch::open(&server.channel, request).await.unwrap();
    while let Some(Event::InitialState(state)) = watching.event().await.unwrap() {
        for resource in &state.resources {
            assert!(name(resource).starts_with(&format!("{}/skills/", world.framework)));
        }
    }
}

both!(a_revision_that_is_too_large_for_a_message_comes_in_parts);
async fn a_revision_that_is_too_large_for_a_message_comes_in_parts(server: &Server) {
    let framework = Framework { title: "F".into(), ..Framework::default() };
    let framework = Framework::create(&server.channel, "", "f", Some(framework)).await.unwrap();
    let skill = |i: usize| Skill {
        title: format!("S{i}"),
        description: "x".repeat(9_000),
        ..Skill::default()
    };
    // A request is 4 MiB at most, so that two of them are revised into one revision below.
    let rows = (0..400).map(|i| (format!("s{i:04}"), skill(i))).collect();
    Skill::batch_create(&server.channel, &framework.name, rows, Default::default()).await.unwrap();
    let mut watching = OpenWatch::after(&server.channel, 1).await;
    let told = watching.until(2).await;
    assert!(told.len() > 1, "{}", told.len());
    let (last, parts) = told.split_last().unwrap();
    assert!(parts.iter().all(|part| part.continues) && !last.continues);
    let names: Vec<_> =
        told.iter().flat_map(|part| &part.changes).map(|change| change.name.clone()).collect();
    let expected: Vec<_> = (0..400).map(|i| format!("frameworks/f/skills/s{i:04}")).collect();
    assert_eq!(names, expected);
    let listed = list(&server.channel, 1, None, 1_000).await.unwrap();
    assert_eq!((listed.len(), listed[0].changes.len()), (1, 400));
}

both!(what_another_instance_writes_is_told);
/// Also where nothing tells of it: SQLite is looked at now and then.
async fn what_another_instance_writes_is_told(server: &Server) {
    let other = Store::open(&server.database.url).await.unwrap();
    let (address, stop, serving) = harness::serve(other.clone()).await;
    let mut watching =
        OpenWatch::open(&harness::connect(address).await, WatchChangesRequest::default())
            .await
            .unwrap();
    watching.event().await.unwrap();
    for n in 1..=5 {
        Role::create(&server.channel, "", &format!("r{n}"), Some(role("R"))).await.unwrap();
        assert_eq!(numbers(&watching.until(n).await), [n]);
    }
    let _ = stop.send(());
    serving.await.unwrap();
    other.close().await;
}

/// The name of a resource.
fn name(resource: &Resource) -> String {
    let of_type = of_every_type!(N => N::of_resource(resource.clone()).map(|row| row.name));
    of_type.into_iter().flatten().next().unwrap()
}
