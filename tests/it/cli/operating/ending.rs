//! The end of the process: announced, limited, and at once where it is asked twice.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use digital_skills_registry::api::v1::Role;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{serve, sqlite};
use crate::harness::{
    binary::{ServeProcess, program},
    connect,
    fixture::Fixture,
    postgres::Cluster,
    skip,
};

/// Longer than any test lasts.
const AN_HOUR: &str = "3600";

async fn health(serving: &ServeProcess) -> ServingStatus {
    let channel = connect(serving.address.parse().unwrap()).await;
    let request = HealthCheckRequest { service: String::new() };
    HealthClient::new(channel).check(request).await.unwrap().into_inner().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_sigterm_health_tells_and_new_callers_are_served_until_a_second_signal() {
    for (second, code) in [("-TERM", 143), ("-INT", 130)] {
        let database = sqlite().await;
        let mut command = serve(&database);
        command.args(["--lame-duck-seconds", AN_HOUR]);
        let mut serving = ServeProcess::start(command);
        assert_eq!(health(&serving).await, ServingStatus::Serving);
        serving.signal("-TERM");
        serving.wait_for("not serving");
        assert_eq!(health(&serving).await, ServingStatus::NotServing);
        let channel = connect(serving.address.parse().unwrap()).await;
        let role = Role { title: "A".into(), ..Role::default() };
        Role::create(&channel, "", "a", Some(role)).await.unwrap();
        assert_eq!(health(&serving).await, ServingStatus::NotServing);
        serving.signal(second);
        assert_eq!(serving.wait(Duration::from_secs(20)).0, Some(code));
        serving.wait_for("server stopped at once by a second signal");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_sigint_nobody_is_waited_for() {
    let database = sqlite().await;
    let mut command = serve(&database);
    command.args(["--lame-duck-seconds", AN_HOUR]);
    let mut serving = ServeProcess::start(command);
    serving.signal("-INT");
    assert_eq!(serving.wait(Duration::from_secs(30)).0, Some(0));
    serving.wait_for("server stopped");
}

/// A server of PostgreSQL that stands still until this is dropped.
struct PausedPostgres(Vec<String>);

impl PausedPostgres {
    fn of(cluster: &Cluster) -> Self {
        let file = PathBuf::from(&cluster.folder).join("data/postmaster.pid");
        let pid = std::fs::read_to_string(file).unwrap().lines().next().unwrap().to_owned();
        let children = Command::new("pgrep").args(["-P", &pid]).output().unwrap().stdout;
        let children = String::from_utf8(children).unwrap();
        let all: Vec<String> =
            children.lines().map(str::to_owned).chain([pid.to_owned()]).collect();
        assert!(Command::new("kill").arg("-STOP").args(&all).status().unwrap().success());
        Self(all)
    }
}

impl Drop for PausedPostgres {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg("-CONT").args(&self.0).stderr(Stdio::null()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_it_although_its_database_stands_still() {
    let cluster = match tokio::task::spawn_blocking(Cluster::start).await.unwrap() {
        Ok(cluster) => cluster,
        Err(why) => return skip(&why),
    };
    let mut command = program();
    command.args(["serve", "--database-url", &cluster.url]);
    command.args(["--lame-duck-seconds", "0", "--drain-seconds", "1"]);
    let mut serving = ServeProcess::start(command);
    let channel = connect(serving.address.parse().unwrap()).await;
    let role = Role { title: "A".into(), ..Role::default() };
    Role::create(&channel, "", "a", Some(role.clone())).await.unwrap();
    let stopped = PausedPostgres::of(&cluster);
    let calls: Vec<_> = (0..30)
        .map(|n| {
            let (channel, role) = (channel.clone(), role.clone());
            tokio::spawn(
                async move { Role::create(&channel, "", &format!("b{n}"), Some(role)).await },
            )
        })
        .collect();
    // Their connections are in use.
    tokio::time::sleep(Duration::from_millis(300)).await;
    serving.signal("-TERM");
    assert_eq!(serving.wait(Duration::from_secs(30)).0, Some(0));
    for call in calls {
        assert!(call.await.unwrap().is_err());
    }
    drop(stopped);
}
