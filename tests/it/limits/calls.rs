//! Calls: too many at once, and their deadlines.

use std::time::Duration;

use digital_skills_registry::{
    api::v1::*,
    registry::{Registry, RegistryLimits},
    server::Limits,
};
use prost::Message;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;

use super::{Http2, LimitedServer, WAIT_LIMIT, limits, web_status};
use crate::{
    both,
    harness::{Db, Server, failure, fixture::Fixture, serve_within},
    protocols::{Http, as_status, open, seal},
};

const CREATE: &str = "RoleService/CreateRole";
const GET: &str = "RoleService/GetRole";
const WATCH: &str = "ChangeService/WatchChanges";

/// Keeps every write of roles waiting for as long as it lives.
async fn lock(server: &Server) -> sea_orm::DatabaseTransaction {
    let lock = server.database.connect().await.begin().await.unwrap();
    let sql = match server.database.db {
        Db::Sqlite => "UPDATE revision SET revision = revision",
        Db::Postgres => "LOCK TABLE role",
    };
    lock.execute_unprepared(sql).await.unwrap();
    lock
}

fn create(id: &str) -> CreateRoleRequest {
    let role = Role { title: id.into(), ..Role::default() };
    CreateRoleRequest { role_id: id.into(), role: Some(role), ..Default::default() }
}

both!(one_call_too_many_is_told_to_come_again_and_health_is_answered);
async fn one_call_too_many_is_told_to_come_again_and_health_is_answered(server: &Server) {
    let limited = LimitedServer::start(server, limits(|limits| limits.calls = 2)).await;
    let connection = limited.http2().await;
    // A watch counts while it opens, and not while it waits; nor does a request that has not come.
    let mut watch = connection.grpc(WATCH, &[]).await;
    watch.body.send_data(seal(0, &[]).into(), true).unwrap();
    assert_eq!(watch.answer.await.unwrap().status(), 200);
    let mut unfinished = Vec::new();
    for _ in 0..3 {
        let mut call = connection.grpc(CREATE, &[]).await;
        call.send(vec![0, 0]);
        unfinished.push(call);
    }
    let (_, status) = connection.call(CREATE, &[], &create("before")).await;
    assert_eq!(status.code(), Code::Ok, "{status:?}");

    let lock = lock(server).await;
    let mut waiting = Vec::new();
    for id in ["one", "two"] {
        let connection = connection.clone();
        waiting.push(tokio::spawn(async move { connection.call(CREATE, &[], &create(id)).await }));
    }
    // What is no method takes no seat, and so does not wait where the two have not begun.
    let begun = std::time::Instant::now();
    let request = GetRoleRequest { name: "roles/none".into(), ..Default::default() };
    let told = loop {
        let (_, status) = connection.call("RoleService/CheckNothing", &[], &request).await;
        if status.code() == Code::ResourceExhausted {
            break status;
        }
        assert!(begun.elapsed() < WAIT_LIMIT);
    };
    let failure = failure::<()>(Err(told), Code::ResourceExhausted);
    assert_eq!((failure.reason.as_str(), failure.fact("limit")), ("OVERLOADED", "calls"));
    let url = format!("http://{}/digitalskills.v1.{GET}", limited.address);
    let answer = Http::One.client().post(url).json(&json!({})).send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let (health, status) =
        connection.call("grpc.health.v1.Health/Check", &[], &HealthCheckRequest::default()).await;
    assert_eq!((health.len(), status.code()), (1, Code::Ok));

    lock.rollback().await.unwrap();
    for call in waiting {
        let (_, status) = call.await.unwrap();
        assert_eq!(status.code(), Code::Ok, "{status:?}");
    }
    let (_, status) = connection.call(GET, &[], &request).await;
    assert_eq!(status.code(), Code::NotFound);
    drop(unfinished);
    limited.stop().await;
}

both!(a_call_without_a_deadline_is_given_one);
async fn a_call_without_a_deadline_is_given_one(server: &Server) {
    let short = limits(|limits| limits.unary_deadline = Duration::from_millis(300));
    let limited = LimitedServer::start(server, short).await;
    let lock = lock(server).await;
    let (_, status) = limited.http2().await.call(CREATE, &[], &create("late")).await;
    assert_eq!(failure::<()>(Err(status), Code::DeadlineExceeded).reason, "DEADLINE_EXCEEDED");
    lock.rollback().await.unwrap();
    limited.stop().await;
}

both!(a_deadline_ends_a_watch_over_every_protocol);
async fn a_deadline_ends_a_watch_over_every_protocol(server: &Server) {
    let ended = |status: Status| {
        let failure = failure::<()>(Err(status), Code::DeadlineExceeded);
        assert_eq!(failure.reason, "DEADLINE_EXCEEDED");
    };
    let connection = Http2::to(server.address).await;
    let timeout = [("grpc-timeout", "300m")];
    let (events, status) = connection.call(WATCH, &timeout, &WatchChangesRequest::default()).await;
    assert_eq!(events.len(), 1, "the first checkpoint");
    ended(status);
    for http in [Http::One, Http::Two] {
        let post = |content: &'static str| http.post(server, WATCH).header("content-type", content);
        let asked = post("application/connect+json").header("connect-timeout-ms", "300");
        let answer = asked.body(seal(0, b"{}")).send().await.unwrap();
        let (flags, end) = open(&answer.bytes().await.unwrap()).pop().unwrap();
        assert_eq!(flags, 2);
        let end: Value = serde_json::from_slice(&end).unwrap();
        ended(as_status(&end["error"]));

        let asked = post("application/grpc-web").header("grpc-timeout", "300m");
        ended(web_status(asked.body(seal(0, &[])).send().await.unwrap()).await);
    }
}

both!(a_deadline_ends_the_work_for_a_watch_that_nobody_reads);
async fn a_deadline_ends_the_work_for_a_watch_that_nobody_reads(server: &Server) {
    let long = Role { title: "R".into(), description: "x".repeat(9_000), ..Role::default() };
    let roles = (0..60).map(|n| (format!("r{n}"), long.clone())).collect();
    Role::batch_create(&server.channel, "", roles, Default::default()).await.unwrap();
    let one = RegistryLimits {
        max_watches: 1,
        send_timeout: Duration::from_secs(3_600),
        ..RegistryLimits::default()
    };
    let registry = Registry::with_limits(server.store.clone(), one);
    let (address, stop, serving) = serve_within(registry, Limits::default()).await;
    let (unread, other) = (Http2::to(address).await, Http2::to(address).await);
    let everything = WatchChangesRequest { send_initial_state: true, ..Default::default() };
    let mut first = unread.grpc(WATCH, &[("grpc-timeout", "1S")]).await;
    first.body.send_data(seal(0, &everything.encode_to_vec()).into(), true).unwrap();
    let first = first.answer.await.unwrap();
    assert!(Status::from_header_map(first.headers()).is_none());
    // There is room for the next watch when the work for the first has ended.
    let opened = async {
        loop {
            let mut watch = other.grpc(WATCH, &[]).await;
            watch.body.send_data(seal(0, &[]).into(), true).unwrap();
            let answer = watch.answer.await.unwrap();
            match Status::from_header_map(answer.headers()) {
                None => break,
                Some(full) => assert_eq!(full.code(), Code::ResourceExhausted),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(WAIT_LIMIT, opened).await.expect("the first watch should end");
    drop((first, unread, other));
    let _ = stop.send(());
    serving.await.unwrap();
}

both!(a_deadline_ends_an_import_that_goes_on);
async fn a_deadline_ends_an_import_that_goes_on(server: &Server) {
    let connection = Http2::to(server.address).await;
    let mut call = connection.grpc("RoleService/ImportRoles", &[("grpc-timeout", "300m")]).await;
    call.send(seal(0, &[]));
    let (_, status) = call.end().await;
    assert_eq!(failure::<()>(Err(status), Code::DeadlineExceeded).reason, "DEADLINE_EXCEEDED");
}
