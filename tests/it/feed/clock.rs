//! Clocks that are wrong for a while: times of revisions never run back, and nothing is forgotten.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use digital_skills_registry::{
    api::v1::{change_service_client::ChangeServiceClient, *},
    migration,
    registry::Registry,
    store::{Clock, Store},
};
use prost_types::Timestamp;
use tonic::transport::Channel;

use crate::harness::{Db, TestDatabase, connect, fixture::Fixture, serve_with};

const DAY: i64 = 86_400;

/// A clock that is as many seconds wrong as the number says.
fn wrong_clock() -> (Clock, Arc<AtomicI64>) {
    let wrong_by = Arc::new(AtomicI64::new(0));
    let told = wrong_by.clone();
    let clock = Clock::new(move || Utc::now() + TimeDelta::seconds(told.load(Ordering::Relaxed)));
    (clock, wrong_by)
}

/// Runs a test body with a registry whose clock can be set wrong.
async fn run(db: Db, body: impl AsyncFnOnce(&Channel, &Registry, &AtomicI64)) {
    let Some(database) = TestDatabase::create(db).await else { return };
    let (clock, wrong_by) = wrong_clock();
    let store = Store::open_with(&database.url, clock).await.unwrap();
    store.migrate(migration::all).await.unwrap();
    let registry = Registry::new(store.clone());
    let (address, stop, serving) = serve_with(registry.clone()).await;
    body(&connect(address).await, &registry, &wrong_by).await;
    let _ = stop.send(());
    serving.await.unwrap();
    store.close().await;
    database.remove().await;
}

async fn changes(channel: &Channel) -> Vec<Change> {
    let request = ListChangesRequest { page_size: 1_000, ..Default::default() };
    let answer = ChangeServiceClient::new(channel.clone()).list_changes(request).await;
    answer.unwrap().into_inner().revisions.into_iter().flat_map(|one| one.changes).collect()
}

fn order(time: Option<&Timestamp>) -> (i64, i32) {
    time.map(|time| (time.seconds, time.nanos)).unwrap()
}

async fn role(channel: &Channel, id: &str) -> Role {
    let role = Role { title: id.to_owned(), ..Role::default() };
    Role::create(channel, "", id, Some(role)).await.unwrap()
}

async fn times_never_run_back(channel: &Channel, _: &Registry, wrong_by: &AtomicI64) {
    let mut made = role(channel, "a").await;
    for days in [-1, -400, 400, -400, 0] {
        wrong_by.store(days * DAY, Ordering::Relaxed);
        made.title = format!("by {days} days");
        made = Role::update(channel, made, None, false).await.unwrap();
        assert!(order(made.create_time.as_ref()) <= order(made.update_time.as_ref()), "{made:?}");
    }
    let changes = changes(channel).await;
    let times: Vec<_> = changes.iter().map(|change| order(change.change_time.as_ref())).collect();
    assert_eq!(times.len(), 6);
    assert!(times.is_sorted(), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn times_never_run_back_whatever_the_clock_does_on_sqlite() {
    run(Db::Sqlite, times_never_run_back).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_never_run_back_whatever_the_clock_does_on_postgres() {
    run(Db::Postgres, times_never_run_back).await;
}

async fn nothing_is_forgotten(channel: &Channel, registry: &Registry, wrong_by: &AtomicI64) {
    for n in 0..20 {
        let made = role(channel, &format!("r{n}")).await;
        Role::update(channel, Role { title: "changed".to_owned(), ..made }, None, false)
            .await
            .unwrap();
    }
    let request = CreateRoleRequest {
        role: Some(Role { title: "once".to_owned(), ..Role::default() }),
        request_id: uuid::Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let mut roles = role_service_client::RoleServiceClient::new(channel.clone());
    let first = roles.create_role(request.clone()).await.unwrap().into_inner();
    for days in [400, -400, 400, 0] {
        wrong_by.store(days * DAY, Ordering::Relaxed);
        registry.compact(Duration::from_secs(90 * 86_400)).await.unwrap();
        registry.forget_requests().await.unwrap();
    }
    assert_eq!(changes(channel).await.len(), 41);
    let again = roles.create_role(request).await.unwrap().into_inner();
    assert_eq!(again, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_for_a_while_forgets_nothing_on_sqlite() {
    run(Db::Sqlite, nothing_is_forgotten).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_for_a_while_forgets_nothing_on_postgres() {
    run(Db::Postgres, nothing_is_forgotten).await;
}
