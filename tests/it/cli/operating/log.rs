//! What the log says, how often, and what happens when nobody reads it.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use digital_skills_registry::{
    api::v1::{CreateRoleRequest, GetRoleRequest, Role, role_service_client::RoleServiceClient},
    telemetry,
};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use tonic::{Code, Request, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{serve, sqlite};
use crate::{
    both,
    harness::{Server, TestDatabase, binary::ServeProcess},
};

/// `serve` on a port that was free, with a log and an output that nobody reads.
struct Unread {
    process: Child,
    address: std::net::SocketAddr,
}

impl Unread {
    fn start(mut command: Command) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        command.args(["--listen", &address.to_string()]);
        let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self { process, address }
    }

    async fn connect(&self) -> Channel {
        let endpoint = format!("http://{}", self.address);
        for _ in 0..600 {
            if let Ok(channel) = Channel::from_shared(endpoint.clone()).unwrap().connect().await {
                return channel;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not listen");
    }

    /// Waits for its end.
    fn end(&mut self) -> Option<i32> {
        for _ in 0..1_500 {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it still runs");
    }

    fn terminate(&self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn call_often(channel: &Channel, times: usize) {
    let mut roles = RoleServiceClient::new(channel.clone());
    for _ in 0..times {
        let request = GetRoleRequest { name: "roles/none".into(), ..Default::default() };
        assert_eq!(roles.get_role(request).await.unwrap_err().code(), Code::NotFound);
    }
    let request = HealthCheckRequest { service: String::new() };
    let health = HealthClient::new(channel.clone()).check(request).await.unwrap();
    assert_eq!(health.into_inner().status(), ServingStatus::Serving);
}

fn quickly_ending(database: &TestDatabase, level: &str) -> Command {
    let mut command = serve(database);
    command.args(["--lame-duck-seconds", "0", "--drain-seconds", "1"]).env("RUST_LOG", level);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_stops_no_call_and_not_the_end() {
    for level in ["debug", "trace"] {
        let database = sqlite().await;
        let mut unread = Unread::start(quickly_ending(&database, level));
        call_often(&unread.connect().await, 400).await;
        unread.terminate();
        assert_eq!(unread.end(), Some(0), "{level}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_were_lost_are_counted_when_the_log_is_read_again() {
    let database = sqlite().await;
    let mut unread = Unread::start(quickly_ending(&database, "trace"));
    call_often(&unread.connect().await, 1_000).await;
    let log = BufReader::new(unread.process.stderr.take().unwrap());
    let reader = tokio::task::spawn_blocking(move || {
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        let lost = lines.filter(|line| line["message"] == "log lines lost");
        lost.map(|line| line["count"].as_u64().unwrap()).sum::<u64>()
    });
    call_often(&unread.connect().await, 10).await;
    unread.terminate();
    assert_eq!(unread.end(), Some(0));
    assert!(reader.await.unwrap() > 0);
}

fn parsed(serving: &ServeProcess) -> Vec<Value> {
    serving.lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

both!(a_fault_says_whose_call_it_was_and_is_a_line_a_second_with_a_count);
async fn a_fault_says_whose_call_it_was_and_is_a_line_a_second_with_a_count(server: &Server) {
    let connection = server.database.connect().await;
    connection.execute_unprepared("ALTER TABLE role RENAME TO away").await.unwrap();
    let mut serving = ServeProcess::start(quickly_ending(&server.database, "info"));
    let channel = crate::harness::connect(serving.address.parse().unwrap()).await;
    let mut roles = RoleServiceClient::new(channel);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let id = "0e6a2c5e-8f0c-4c57-9b4c-0d8b9d5b2f11";
    let mut request = Request::new(CreateRoleRequest {
        role: Some(Role { title: "A".into(), ..Role::default() }),
        request_id: id.into(),
        ..Default::default()
    });
    let metadata = request.metadata_mut();
    metadata.insert("registry-caller", "planner".parse().unwrap());
    metadata.insert("traceparent", format!("00-{trace}-00f067aa0ba902b7-01").parse().unwrap());
    assert_eq!(roles.create_role(request).await.unwrap_err().code(), Code::Internal);
    let line: Value = serde_json::from_str(&serving.wait_for("call failed")).unwrap();
    for (field, value) in [
        ("level", "ERROR"),
        ("message", "call failed"),
        ("method", "digitalskills.v1.RoleService/CreateRole"),
        ("code", "INTERNAL"),
        ("reason", "INTERNAL"),
        ("caller", "planner"),
        ("request_id", id),
        ("trace_id", trace),
        ("peer", "127.0.0.1"),
    ] {
        assert_eq!(line[field], value, "{line}");
    }
    assert!(line["error"].as_str().unwrap().contains("role"), "{line}");
    assert!(line.get("span").is_none() && line.get("spans").is_none(), "{line}");

    let failures = 300;
    for _ in 0..failures {
        let request = GetRoleRequest { name: "roles/a".into(), ..Default::default() };
        assert_eq!(roles.get_role(request).await.unwrap_err().code(), Code::Internal);
    }
    serving.signal("-TERM");
    serving.wait_for("server stopped");
    assert_eq!(serving.wait(Duration::from_secs(30)).0, Some(0));
    serving.read_on();
    let faults = parsed(&serving).into_iter().filter(|line| line["message"] == "call failed");
    let repeated: Vec<u64> = faults.map(|line| line["repeated"].as_u64().unwrap_or(0)).collect();
    assert!(repeated.len() < failures / 2, "{repeated:?}");
    let told = repeated.len() as u64 + repeated.iter().sum::<u64>();
    assert_eq!(told, 1 + failures as u64);
    // Every line is whole, and each key stands once.
    for line in &serving.lines {
        let keys: BTreeMap<String, Value> = serde_json::from_str(line).unwrap();
        for key in keys.keys() {
            assert_eq!(line.matches(&format!("\"{key}\":")).count(), 1, "{key}: {line}");
        }
    }
}

/// Says to this very test that it is the process that panics.
const PANICS: &str = "TEST_THAT_PANICS";

#[tokio::test]
async fn a_panic_is_a_line_of_the_log_without_what_a_caller_sent() {
    if std::env::var_os(PANICS).is_some() {
        let _telemetry = telemetry::begin("info").unwrap();
        let _ = std::thread::spawn(|| panic!("words of the program")).join();
        // Of another kind by a second only: the first of a second is written at once, the other at the end.
        let sent = "Jane Doe";
        let _ = std::thread::spawn(move || panic!("no such person: {sent}")).join();
        telemetry::flush(Duration::from_secs(30));
        return;
    }
    let name = std::thread::current().name().unwrap().to_owned();
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name, "--nocapture"])
        .env(PANICS, "1")
        .output()
        .unwrap();
    let err = String::from_utf8(run.stderr).unwrap();
    let lines = err.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let panics: Vec<Value> = lines.filter(|line| line["message"] == "panic").collect();
    assert_eq!(panics.len(), 2, "{err}");
    assert_eq!(panics[0]["error"], "words of the program");
    for panic in panics {
        assert_eq!(panic["level"], "ERROR");
        assert!(panic["location"].as_str().unwrap().contains("log.rs:"), "{panic}");
    }
    assert!(!err.contains("Jane Doe"), "{err}");
}
