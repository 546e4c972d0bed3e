//! How many may watch, how large messages are, and what is told of what is not known here.

use digital_skills_registry::{
    api::v1::{watch_changes_response::Event, *},
    registry::{Registry, RegistryLimits},
};
use prost::Message;
use sea_orm::ConnectionTrait;
use tonic::Code;

use crate::{
    both,
    harness::{self, Server, failure, fixture::Fixture},
};

use super::{OpenWatch, WAIT_LIMIT, joined, list, numbers};

fn role(title: &str) -> Role {
    Role { title: title.into(), ..Role::default() }
}

/// Writes what a newer version of the service may write: a change of a type that is not known here.
async fn write_unknown(server: &Server, name: &str) -> i64 {
    let connection = server.database.connect().await;
    let raise = "UPDATE revision SET revision = revision + 1";
    connection.execute_unprepared(raise).await.unwrap();
    let revision = server.revision().await;
    let insert = format!(
        "INSERT INTO change (revision, name, resource_type, verb, actor, time, resource, request_id, method, \
         peer, changed_fields, hash) VALUES ({revision}, '{name}', 'course', 'CREATED', 'newer', \
         '2026-11-27T10:00:00+00:00', '{{\"name\":\"{name}\",\"hours\":[1,2]}}', '', 'm', '', '', '')"
    );
    connection.execute_unprepared(&insert).await.unwrap();
    connection.close().await.unwrap();
    revision
}

both!(more_than_may_watch_are_refused_until_one_has_gone);
async fn more_than_may_watch_are_refused_until_one_has_gone(server: &Server) {
    let limits = RegistryLimits { max_watches: 2, ..RegistryLimits::default() };
    let registry = Registry::with_limits(server.store.clone(), limits);
    let (address, stop, serving) = harness::serve_with(registry).await;
    let channel = harness::connect(address).await;
    let open = async || OpenWatch::open(&channel, WatchChangesRequest::default()).await;
    let (first, second) = (open().await.unwrap(), open().await.unwrap());
    let refused = failure(open().await.map(|_| ()), Code::ResourceExhausted);
    assert_eq!((refused.reason.as_str(), refused.fact("most")), ("TOO_MANY_WATCHES", "2"));
    drop(first);
    let mut third = loop {
        match open().await {
            Ok(watching) => break watching,
            Err(status) => assert_eq!(status.code(), Code::ResourceExhausted),
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    Role::create(&server.channel, "", "r", Some(role("R"))).await.unwrap();
    assert_eq!(third.until(1).await.len(), 1);
    drop(second);
    let _ = stop.send(());
    serving.await.unwrap();
}

both!(a_watch_gets_checkpoints_as_often_as_the_server_is_set_to);
async fn a_watch_gets_checkpoints_as_often_as_the_server_is_set_to(server: &Server) {
    let checkpoint = std::time::Duration::from_millis(5);
    let limits = RegistryLimits { checkpoint, ..RegistryLimits::default() };
    let registry = Registry::with_limits(server.store.clone(), limits);
    let (address, stop, serving) = harness::serve_with(registry).await;
    let channel = harness::connect(address).await;
    let mut watching = OpenWatch::open(&channel, WatchChangesRequest::default()).await.unwrap();
    let ten = async {
        for _ in 0..10 {
            let event = watching.event().await.unwrap();
            assert!(matches!(event, Some(Event::Checkpoint(_))), "{event:?}");
        }
    };
    // By the default interval they take more than two minutes.
    tokio::time::timeout(WAIT_LIMIT, ten).await.expect("ten checkpoints should come");
    let _ = stop.send(());
    serving.await.unwrap();
}

both!(messages_are_small_whatever_was_written);
/// By one who follows, and by one who catches up, which is read in pieces.
async fn messages_are_small_whatever_was_written(server: &Server) {
    let channel = &server.channel;
    let mut live = OpenWatch::open(channel, WatchChangesRequest::default()).await.unwrap();
    live.event().await.unwrap();
    let large = |n: usize| Role { description: "d".repeat(1 + n * 137 % 9_000), ..role("R") };
    for batch in 0..3 {
        let rows = (0..150).map(|n| (format!("r{batch}-{n:03}"), large(n))).collect();
        Role::batch_create(channel, "", rows, Default::default()).await.unwrap();
    }
    let state = WatchChangesRequest { send_initial_state: true, ..Default::default() };
    let mut state = OpenWatch::open(channel, state).await.unwrap();
    let mut existing = 0;
    while let Some(Event::InitialState(part)) = state.event().await.unwrap() {
        assert!(part.encoded_len() <= 32 << 10, "{}", part.encoded_len());
        existing += part.resources.len();
    }
    assert_eq!(existing, 450);
    let filter =
        ChangeFilter { verbs: vec![ChangeVerb::Deleted as i32], ..ChangeFilter::default() };
    let request =
        WatchChangesRequest { after_revision: Some(0), filter: Some(filter), ..Default::default() };
    assert_eq!(OpenWatch::open(channel, request).await.unwrap().until(3).await, []);
    let listed = list(channel, 0, None, 1_000).await.unwrap();
    for mut watching in [live, OpenWatch::after(channel, 0).await] {
        let parts = watching.until(3).await;
        assert!(parts.len() > 10, "{}", parts.len());
        for part in &parts {
            let length =
                WatchChangesResponse { event: Some(Event::Changes(part.clone())) }.encoded_len();
            assert!(length <= 32 << 10, "{length}");
        }
        assert_eq!(joined(parts), listed);
    }
}

both!(a_revision_in_pieces_ends_for_a_filter_that_admits_only_its_beginning);
async fn a_revision_in_pieces_ends_for_a_filter_that_admits_only_its_beginning(server: &Server) {
    let organisation = |n: usize| Organisation {
        name: format!("organisations/N{n:04}"),
        title: "T".repeat(190),
        kind: OrganisationKind::Trust as i32,
        ..Organisation::default()
    };
    harness::load(server, "", (0..900).map(organisation).collect()).await;
    let filter =
        ChangeFilter { organisation: "organisations/N0003".into(), ..ChangeFilter::default() };
    let request =
        WatchChangesRequest { after_revision: Some(0), filter: Some(filter), ..Default::default() };
    let mut watching = OpenWatch::open(&server.channel, request).await.unwrap();
    let told = joined(watching.until(1).await);
    assert_eq!((told.len(), told[0].changes.len(), told[0].continues), (1, 1, false));
    assert_eq!(told[0].changes[0].name, "organisations/N0003");
}

both!(a_change_of_an_unknown_type_is_told_without_its_resource);
async fn a_change_of_an_unknown_type_is_told_without_its_resource(server: &Server) {
    let channel = &server.channel;
    let mut live = OpenWatch::open(channel, WatchChangesRequest::default()).await.unwrap();
    live.event().await.unwrap();
    Role::create(channel, "", "r", Some(role("R"))).await.unwrap();
    let revision = write_unknown(server, "organisations/RXX/courses/c").await;
    Role::create(channel, "", "s", Some(role("S"))).await.unwrap();
    let told = [
        live.until(3).await,
        OpenWatch::after(channel, 0).await.until(3).await,
        list(channel, 0, None, 0).await.unwrap(),
    ];
    for told in told {
        assert_eq!(numbers(&told), [1, revision, 3]);
        let change = &told[1].changes[0];
        assert_eq!(
            (change.resource_type(), change.verb(), &change.resource),
            (
                digital_skills_registry::api::v1::ResourceType::Unspecified,
                ChangeVerb::Created,
                &None
            )
        );
        assert_eq!(
            (change.name.as_str(), change.actor.as_str(), change.method.as_str(), change.revision),
            ("organisations/RXX/courses/c", "newer", "m", revision)
        );
        assert!(change.change_time.is_some());
    }
    let by =
        async |filter: ChangeFilter| numbers(&list(channel, 0, Some(filter), 0).await.unwrap());
    let role = digital_skills_registry::api::v1::ResourceType::Role as i32;
    assert_eq!(
        by(ChangeFilter { resource_types: vec![role], ..ChangeFilter::default() }).await,
        [1, 3]
    );
    assert_eq!(
        by(ChangeFilter { parent: "organisations/RXX".into(), ..ChangeFilter::default() }).await,
        [revision]
    );
    assert_eq!(
        by(ChangeFilter { organisation: "organisations/RXX".into(), ..ChangeFilter::default() })
            .await,
        [revision]
    );
    assert_eq!(
        by(ChangeFilter { parent: "organisations/RYY".into(), ..ChangeFilter::default() }).await,
        [0i64; 0]
    );
    assert_eq!(
        by(ChangeFilter { verbs: vec![ChangeVerb::Created as i32], ..ChangeFilter::default() })
            .await,
        [1, revision, 3]
    );
}
