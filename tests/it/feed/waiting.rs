//! Reads that wait for a revision: all are answered when it comes, and some at once.

use std::time::Duration;

use digital_skills_registry::{
    api::v1::{Role, role_service_client::RoleServiceClient, *},
    registry::{Registry, RegistryLimits},
    store::Store,
};
use tokio::task::JoinSet;
use tonic::{Code, Request, Status, transport::Channel};

use crate::{
    both,
    harness::{self, Server, failure, fixture::Fixture},
};

fn role(title: &str) -> Option<Role> {
    Some(Role { title: title.into(), ..Role::default() })
}

/// So many reads of a role that wait for a revision.
fn waiters(channel: &Channel, count: usize, revision: i64) -> JoinSet<Result<Role, Status>> {
    let mut waiters = JoinSet::new();
    for _ in 0..count {
        let channel = channel.clone();
        waiters.spawn(async move { Role::get_as(&channel, "roles/r", 0, revision).await });
    }
    waiters
}

both!(all_who_wait_are_answered_when_the_revision_comes);
async fn all_who_wait_are_answered_when_the_revision_comes(server: &Server) {
    Role::create(&server.channel, "", "r", role("Before")).await.unwrap();
    let other = Store::open(&server.database.url).await.unwrap();
    let (address, stop, serving) = harness::serve(other.clone()).await;
    let elsewhere = harness::connect(address).await;
    // A connection has room for the write beside them.
    let mut here = waiters(&server.channel, 150, 2);
    let mut there = waiters(&elsewhere, 150, 2);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(here.try_join_next().is_none() && there.try_join_next().is_none());
    let row = Role { name: "roles/r".into(), title: "After".into(), ..Role::default() };
    Role::update(&server.channel, row, None, false).await.unwrap();
    for answered in [here.join_all().await, there.join_all().await] {
        assert_eq!(answered.len(), 150);
        for answer in answered {
            assert_eq!(answer.unwrap().title, "After");
        }
    }
    // One that asks for what has been seen does not wait.
    assert_eq!(Role::get_as(&elsewhere, "roles/r", 0, 2).await.unwrap().title, "After");
    let _ = stop.send(());
    serving.await.unwrap();
    other.close().await;
}

both!(those_who_go_leave_the_others_waiting_as_before);
/// Whoever looks for all may go: another does then.
async fn those_who_go_leave_the_others_waiting_as_before(server: &Server) {
    Role::create(&server.channel, "", "r", role("Before")).await.unwrap();
    let mut gone = waiters(&server.channel, 20, 2);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let staying = waiters(&server.connect().await, 20, 2);
    tokio::time::sleep(Duration::from_millis(50)).await;
    gone.shutdown().await;
    let row = Role { name: "roles/r".into(), title: "After".into(), ..Role::default() };
    Role::update(&server.channel, row, None, false).await.unwrap();
    for answer in staying.join_all().await {
        assert_eq!(answer.unwrap().title, "After");
    }
}

both!(a_revision_far_in_the_future_is_refused_at_once);
async fn a_revision_far_in_the_future_is_refused_at_once(server: &Server) {
    Role::create(&server.channel, "", "r", role("R")).await.unwrap();
    for answer in waiters(&server.channel, 50, 10_002).join_all().await {
        let ahead = failure(answer, Code::OutOfRange);
        assert_eq!(
            (ahead.reason.as_str(), ahead.fact("revision"), ahead.fact("newest")),
            ("REVISION_AHEAD", "10002", "1")
        );
    }
    // One that is not so far is waited for.
    let mut near = Request::new(GetRoleRequest {
        name: "roles/r".into(),
        min_revision: 10_001,
        ..Default::default()
    });
    near.set_timeout(Duration::from_millis(500));
    let late = RoleServiceClient::new(server.channel.clone()).get_role(near).await;
    assert!(matches!(late.unwrap_err().code(), Code::DeadlineExceeded | Code::Cancelled));
}

both!(more_than_may_wait_are_refused);
async fn more_than_may_wait_are_refused(server: &Server) {
    Role::create(&server.channel, "", "r", role("R")).await.unwrap();
    let limits = RegistryLimits { max_waiting: 3, ..RegistryLimits::default() };
    let registry = Registry::with_limits(server.store.clone(), limits);
    let (address, stop, serving) = harness::serve_with(registry).await;
    let channel = harness::connect(address).await;
    let waiting = waiters(&channel, 3, 2);
    let refused = loop {
        let mut read = Request::new(GetRoleRequest {
            name: "roles/r".into(),
            min_revision: 2,
            ..Default::default()
        });
        read.set_timeout(Duration::from_millis(100));
        // Until the three wait, this one may be the third.
        match RoleServiceClient::new(channel.clone()).get_role(read).await {
            Err(status) if status.code() == Code::ResourceExhausted => break status,
            Err(_) => {}
            Ok(_) => panic!("the revision has not come"),
        }
    };
    let overloaded = failure::<()>(Err(refused), Code::ResourceExhausted);
    assert_eq!((overloaded.reason.as_str(), overloaded.fact("limit")), ("OVERLOADED", "waiting"));
    // Reads that do not wait go on.
    Role::get(&channel, "roles/r").await.unwrap();
    Role::create(&channel, "", "s", role("S")).await.unwrap();
    let answered = waiting.join_all().await;
    assert!(answered.iter().filter(|answer| answer.is_ok()).count() >= 2, "{answered:?}");
    Role::get_as(&channel, "roles/r", 0, 2).await.unwrap();
    let _ = stop.send(());
    serving.await.unwrap();
}
