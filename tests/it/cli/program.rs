//! `skills-registry` as a process: serving, its sample, its gaps, and the way out.

use std::{net::TcpStream, process::Command, time::Duration};

use digital_skills_registry::{api::v1::*, store::Store};
use serde_json::Value;
use tonic::Code;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::world_with_a_gap;
use crate::{
    both,
    harness::{
        Db, Server, TestDatabase,
        binary::{Run, ServeProcess, program, run},
        failure,
        fixture::Fixture,
    },
};

fn serve(database: &TestDatabase) -> Command {
    let mut command = program();
    command.args(["serve", "--database-url", &database.url]);
    command
}

async fn sqlite() -> TestDatabase {
    TestDatabase::create(Db::Sqlite).await.unwrap()
}

/// Runs the program against a process that serves.
fn ask(serving: &ServeProcess, arguments: &[&str]) -> Run {
    let endpoint = format!("http://{}", serving.address);
    Run::of(&program().args(arguments).env("REGISTRY_ENDPOINT", endpoint).output().unwrap())
}

#[test]
fn it_refuses_an_address_that_others_can_reach_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/r.db?mode=rwc", folder.path().display());
    let arguments = ["serve", "--listen", "0.0.0.0:0", "--database-url", &url];
    let refused = Run::of(&program().args(arguments).output().unwrap());
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("--insecure"), "{}", refused.err);
    assert!(!folder.path().join("r.db").exists());

    let mut command = program();
    command.args(["serve", "--insecure", "--database-url", &url]);
    let serving = ServeProcess::start(command);
    assert_eq!(ask(&serving, &["healthcheck"]).code, Some(0));
}

#[test]
fn a_database_that_cannot_be_opened_is_told_without_its_password() {
    let url = "postgres://registry:s3cret@127.0.0.1:1/registry";
    let mut command = program();
    command.args(["migrate", "status", "--database-url", url]).env("RUST_LOG", "trace");
    let failed = Run::of(&command.output().unwrap());
    assert_eq!(failed.code, Some(1));
    assert!(failed.err.contains("cannot open the database"), "{}", failed.err);
    assert!(!failed.err.contains("s3cret") && !failed.out.contains("s3cret"), "{}", failed.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_is_loaded_and_loading_it_again_changes_nothing() {
    let database = sqlite().await;
    let mut command = serve(&database);
    command.arg("--sample");
    let mut serving = ServeProcess::start(command);
    serving.wait_for("the sample is loaded");
    let gaps = ask(
        &serving,
        &["gaps", "sample-digital-2026", "--format", "json", "--as-of", "2026-11-23"],
    );
    assert_eq!(gaps.code, Some(0), "{gaps:?}");
    let gaps: Value = serde_json::from_str(&gaps.out).unwrap();
    assert_eq!(gaps["context"]["plan"]["state"], "PLAN_STATE_APPROVED");
    let revision = gaps["context"]["readRevision"].clone();
    let plan = &gaps["context"]["plan"];
    assert_ne!(plan["author"], plan["approver"]);
    assert!(gaps["rows"].as_array().unwrap().len() >= 25);
    let severities: std::collections::HashSet<_> = gaps["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["figures"]["severity"].to_string())
        .collect();
    assert!(severities.len() >= 3, "{severities:?}");
    assert_eq!(gaps["warnings"].as_array().unwrap().len(), 2);
    let report = ask(&serving, &["report", "sample-digital-2026", "--output", "-"]).out;
    assert!(report.contains("Between 30 April 2026 and 31 October 2026 the shortfall fell by"));
    serving.signal("-INT");
    assert_eq!(serving.wait(Duration::from_secs(20)).0, Some(0));
    drop(serving);

    let mut command = serve(&database);
    command.arg("--sample");
    let mut serving = ServeProcess::start(command);
    serving.wait_for("the sample is loaded");
    let again = ask(
        &serving,
        &["gaps", "plans/sample-digital-2026", "--format", "json", "--as-of", "2026-11-23"],
    );
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(again["context"]["readRevision"], revision);
    assert_eq!(again, gaps);
}

both!(gaps_are_shown_as_a_table_json_and_csv);
async fn gaps_are_shown_as_a_table_json_and_csv(server: &Server) {
    let world = world_with_a_gap(server).await;
    Staffing::made(&server.channel, &world, 1).await;
    let show = async |more: &[&str]| {
        let mut arguments = vec!["gaps", "world-plan", "--as-of", "2026-07-01"];
        arguments.extend(more);
        let shown = run(server, &arguments).await;
        assert_eq!(shown.code, Some(0), "{shown:?}");
        shown.out
    };
    let table = show(&[]).await;
    assert!(
        table.starts_with("Plan (plans/world-plan, draft), period 2027-03-31 as of 2026-07-01"),
        "{table}"
    );
    for word in ["unfunded", "vacant", "unassessed", "0.60", "6.00", "CRITICAL", "(money)"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let csv = show(&["--format", "csv"]).await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headings = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    let cell = |heading: &str| {
        let place = headings.iter().position(|other| other == heading).unwrap();
        rows[0].get(place).unwrap().to_owned()
    };
    assert_eq!((cell("needed_fte").as_str(), cell("skilled_fte").as_str()), ("6.00001", "0"));
    assert_eq!(cell("skill"), world.skill);
    let json: Value =
        serde_json::from_str(&show(&["--format", "json", "--group-by", "family"]).await).unwrap();
    assert_eq!(json["rows"][0]["family"], "DATA");
    assert_eq!(json["rows"][0]["figures"]["neededFte"], 6.00001);
    let narrowed = show(&[
        "--format",
        "csv",
        "--organisation",
        "world3",
        "--descendants",
        "--family",
        "DATA",
        "--period",
        "-",
    ])
    .await;
    assert_eq!(narrowed.lines().count(), 1);
    let missing = run(server, &["gaps", "nothing"]).await;
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("NotFound: plans/nothing does not exist"), "{}", missing.err);
}

both!(health_is_told_for_every_service);
async fn health_is_told_for_every_service(server: &Server) {
    let mut health = HealthClient::new(server.channel.clone());
    for service in ["", "digitalskills.v1.RoleService", "digitalskills.v1.GapService"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let none = HealthCheckRequest { service: "nothing".into() };
    assert_eq!(health.check(none).await.unwrap_err().code(), Code::NotFound);
    let healthy = run(server, &["healthcheck"]).await;
    assert_eq!((healthy.code, healthy.out.trim()), (Some(0), "SERVING"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_drains_and_ends_although_a_silent_client_stays_connected() {
    for signal in ["-TERM", "-INT"] {
        let database = sqlite().await;
        let mut command = serve(&database);
        command.args(["--drain-seconds", "1"]);
        let mut serving = ServeProcess::start(command);
        let silent = TcpStream::connect(&serving.address).unwrap();
        // An import that is under way is told to come again.
        let channel = crate::harness::connect(serving.address.parse().unwrap()).await;
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let batches = Box::pin(tokio_stream::wrappers::ReceiverStream::new(receiver));
        let mut answers = Role::import_stream(&channel, batches).await.unwrap();
        let role = Role { name: "roles/a".into(), title: "A".into(), ..Role::default() };
        sender.send(crate::harness::client::Batch::of("", vec![role])).await.unwrap();
        assert_eq!(answers.next().await.unwrap().unwrap().outcomes.len(), 1);
        serving.signal(signal);
        let told = failure(answers.next().await, Code::Unavailable);
        assert_eq!(told.reason, "SHUTTING_DOWN");
        assert!(told.details.retry_info().is_some());
        let (code, took) = serving.wait(Duration::from_secs(20));
        assert_eq!(code, Some(0), "{signal}");
        assert!(took < Duration::from_secs(10), "{took:?}");
        drop(silent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill() {
    let database = sqlite().await;
    let serving = ServeProcess::start(serve(&database));
    let channel = crate::harness::connect(serving.address.parse().unwrap()).await;
    let mut acknowledged = Vec::new();
    for n in 0..20 {
        let role = Role { title: format!("Role {n}"), ..Role::default() };
        acknowledged.push(Role::create(&channel, "", &format!("r{n}"), Some(role)).await.unwrap());
    }
    serving.signal("-KILL");
    drop(serving);
    let serving = ServeProcess::start(serve(&database));
    let channel = crate::harness::connect(serving.address.parse().unwrap()).await;
    for role in acknowledged {
        assert_eq!(Role::get(&channel, &role.name).await.unwrap(), role);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_are_shown_and_applied() {
    let database = sqlite().await;
    // There, and without a table.
    Store::open(&database.url).await.unwrap().close().await;
    let migrate = |action: &str| {
        Run::of(
            &program().args(["migrate", action, "--database-url", &database.url]).output().unwrap(),
        )
    };
    let before = migrate("status");
    assert_eq!(before.code, Some(0), "{before:?}");
    let names = |run: &Run, state: &str| -> Vec<String> {
        let name = |line: &str| line.strip_prefix(state).map(|name| name.trim().to_owned());
        run.out.lines().map(|line| name(line).unwrap_or_else(|| panic!("{run:?}"))).collect()
    };
    let pending = names(&before, "pending");
    assert!(!pending.is_empty());
    let up = migrate("up");
    assert_eq!(names(&up, "applied"), pending);
    assert_eq!(migrate("status").out, up.out);
}

#[test]
fn a_registry_that_is_not_there_is_told() {
    for arguments in
        [&["healthcheck"][..], &["gaps", "p"], &["audit-plan", "p"], &["import", "ods", "x.csv"]]
    {
        let run =
            program().args(arguments).args(["--endpoint", "http://127.0.0.1:1"]).output().unwrap();
        let run = Run::of(&run);
        assert_eq!(run.code, Some(1));
        assert!(run.err.contains("no registry answers at http://127.0.0.1:1"), "{}", run.err);
    }
}
