//! Connections: silent ones, too many, and those that cannot be accepted.

use std::{process::Command, time::Duration};

use digital_skills_registry::{api::v1::*, server::Limits};
use serde_json::json;
use tokio::net::TcpStream;
use tonic_health::pb::HealthCheckRequest;

use super::{Http2, LimitedServer, WAIT_LIMIT, http1, limits, send, until_closed};
use crate::{
    both,
    harness::{
        Db, Server, TestDatabase,
        binary::{ServeProcess, program},
        fixture::Fixture,
        run,
    },
    protocols::{Http, seal},
};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const WATCH: &str = "ChangeService/WatchChanges";

/// Short enough for a test, long enough for a busy machine.
const SHORT: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_does_not_begin_is_closed() {
    run(Db::Sqlite, async |server| {
        let limited =
            LimitedServer::start(server, limits(|limits| limits.first_request = SHORT)).await;
        for begins in [&b""[..], &PREFACE[..10], b"GET /livez HTTP/1.1\r\nhost:"] {
            assert_eq!(until_closed(&mut limited.send(begins).await).await, "", "{begins:?}");
        }
        limited.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_falls_silent_is_closed() {
    run(Db::Sqlite, async |server| {
        let silence = limits(|limits| limits.connection_silence = SHORT);
        let limited = LimitedServer::start(server, silence).await;
        // The settings of the server, and a ping that is not answered.
        until_closed(&mut limited.send(PREFACE).await).await;
        let answered =
            until_closed(&mut limited.send(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await).await;
        assert!(answered.ends_with("alive\n"), "{answered}");
        limited.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_caller_of_http2_may_say_nothing() {
    run(Db::Sqlite, async |server| {
        let silence = limits(|limits| limits.connection_silence = SHORT);
        let limited = LimitedServer::start(server, silence).await;
        let connection = limited.http2().await;
        tokio::time::sleep(SHORT * 4).await;
        let (roles, _) =
            connection.call("RoleService/ListRoles", &[], &ListRolesRequest::default()).await;
        assert_eq!(roles.len(), 1);
        limited.stop().await;
    })
    .await;
}

both!(a_watch_over_http1_outlives_the_silence_of_its_caller);
async fn a_watch_over_http1_outlives_the_silence_of_its_caller(server: &Server) {
    let silence = limits(|limits| limits.connection_silence = SHORT);
    let limited = LimitedServer::start(server, silence).await;
    let url = format!("http://{}/digitalskills.v1.{WATCH}", limited.address);
    let asked = Http::One.client().post(url).header("content-type", "application/connect+json");
    let mut answer = asked
        .body(seal(0, json!({"checkpointSeconds": 60}).to_string().as_bytes()))
        .send()
        .await
        .unwrap();
    let first = answer.chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("checkpoint"));
    tokio::time::sleep(SHORT * 4).await;
    let role = Role { title: "Heard".into(), ..Role::default() };
    Role::create(&server.channel, "", "heard", Some(role)).await.unwrap();
    let change = answer.chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&change).contains("roles/heard"));
    drop(answer);
    limited.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_is_closed_at_once() {
    run(Db::Sqlite, async |server| {
        let limited = LimitedServer::start(server, limits(|limits| limits.connections = 2)).await;
        let (one, two) = (limited.http2().await, limited.http2().await);
        let request = ListRolesRequest::default();
        for connection in [&one, &two] {
            assert_eq!(connection.call("RoleService/ListRoles", &[], &request).await.0.len(), 1);
        }
        let probe = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        assert_eq!(until_closed(&mut limited.send(probe).await).await, "");
        drop(one);
        // Until the server has noticed.
        let begun = std::time::Instant::now();
        while until_closed(&mut limited.send(probe).await).await.is_empty() {
            assert!(begun.elapsed() < WAIT_LIMIT);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(two);
        limited.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_out_of_files_says_so_and_accepts_again_when_there_are_some() {
    let database = TestDatabase::create(Db::Sqlite).await.unwrap();
    let mut serving = with_files(&database, 64);
    let address = serving.address.parse().unwrap();
    let before = Http2::to(address).await;
    let health = HealthCheckRequest { service: "liveness".into() };
    let (answers, _) = before.call("grpc.health.v1.Health/Check", &[], &health).await;
    assert_eq!(answers.len(), 1);
    serving.limit("--nofile=16:");
    let mut many = Vec::new();
    for _ in 0..20 {
        many.push(TcpStream::connect(address).await.unwrap());
    }
    serving.wait_for("connections cannot be accepted");
    // Who was there before is answered all the while.
    let (answers, _) = before.call("grpc.health.v1.Health/Check", &[], &health).await;
    assert_eq!(answers.len(), 1);
    serving.limit("--nofile=64:");
    drop(many);
    let probe = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answered = until_closed(&mut send(address, probe).await).await;
    assert!(answered.ends_with("alive\n"), "{answered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_leave_files_to_the_database() {
    let database = TestDatabase::create(Db::Sqlite).await.unwrap();
    let mut serving = with_files(&database, 64);
    let address = serving.address.parse().unwrap();
    let before = Http2::to(address).await;
    let request = ListRolesRequest::default();
    assert_eq!(before.call("RoleService/ListRoles", &[], &request).await.0.len(), 1);
    let mut many = Vec::new();
    for _ in 0..80 {
        many.push(TcpStream::connect(address).await.unwrap());
    }
    serving.wait_for("too many connections");
    assert_eq!(before.call("RoleService/ListRoles", &[], &request).await.0.len(), 1);
}

/// A server that may open so many files.
fn with_files(database: &TestDatabase, files: u32) -> ServeProcess {
    let mut limited = Command::new("sh");
    let limit = format!("ulimit -n {files}; exec \"$@\"");
    limited.args(["-c", &limit, "sh"]).arg(program().get_program());
    limited.args(["serve", "--drain-seconds", "1", "--database-url", &database.url]);
    ServeProcess::start(limited)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_that_are_given_up_do_not_end_the_connection() {
    run(Db::Sqlite, async |server| {
        let limited = LimitedServer::start(server, Limits::default()).await;
        let connection = limited.http2().await;
        for _ in 0..20 {
            for _ in 0..50 {
                let mut call = connection.grpc("RoleService/ListRoles", &[]).await;
                call.body.send_reset(h2::Reason::CANCEL);
            }
            let request = ListRolesRequest::default();
            assert_eq!(connection.call("RoleService/ListRoles", &[], &request).await.0.len(), 1);
        }
        limited.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_balancers_learn_by_http_whether_it_lives_and_is_ready() {
    run(Db::Sqlite, async |server| {
        for http in [Http::One, Http::Two] {
            for probe in ["livez", "readyz"] {
                let url = format!("http://{}/{probe}", server.address);
                assert_eq!(http.client().get(&url).send().await.unwrap().status(), 200);
                assert_eq!(http.client().head(&url).send().await.unwrap().status(), 200);
            }
        }
        let request = http1("RoleService/ListRoles", &[("content-type", "application/json")], b"");
        drop(send(server.address, &request).await);
    })
    .await;
}
