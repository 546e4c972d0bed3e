//! The clock: while it is wrong, times of revisions do not go back and nothing is forgotten; today is the day in
//! London.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use digital_skills_registry::{
    api::v1::{change_service_client::ChangeServiceClient, *},
    migration,
    registry::Registry,
    store::{Clock, Store},
};
use prost_types::Timestamp;
use tonic::transport::Channel;

use crate::{
    each_database,
    harness::{Db, TestDatabase, connect, fixture::Fixture, serve_with},
};

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

each_database!(times_never_run_back_whatever_the_clock_does, db => super::run(
    db,
    super::times_never_run_back_whatever_the_clock_does,
));
async fn times_never_run_back_whatever_the_clock_does(
    channel: &Channel,
    _: &Registry,
    wrong_by: &AtomicI64,
) {
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

each_database!(a_clock_that_is_wrong_for_a_while_forgets_nothing, db => super::run(
    db,
    super::a_clock_that_is_wrong_for_a_while_forgets_nothing,
));
async fn a_clock_that_is_wrong_for_a_while_forgets_nothing(
    channel: &Channel,
    registry: &Registry,
    wrong_by: &AtomicI64,
) {
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

each_database!(a_day_that_nobody_names_is_today_in_london, db => super::run(
    db,
    super::a_day_that_nobody_names_is_today_in_london,
));
/// At half past eleven on a summer evening in UTC, it is already the next day in London.
async fn a_day_that_nobody_names_is_today_in_london(
    channel: &Channel,
    _: &Registry,
    wrong_by: &AtomicI64,
) {
    let evening: DateTime<Utc> = "2026-06-30T23:30:00Z".parse().unwrap();
    wrong_by.store((evening - Utc::now()).num_seconds(), Ordering::Relaxed);
    let role = role(channel, "analyst").await.name;
    let organisation = Organisation {
        title: "Trust".into(),
        kind: OrganisationKind::Trust as i32,
        region_code: "Y56".into(),
        ..Organisation::default()
    };
    let owner = Organisation::create(channel, "", "RX1", Some(organisation)).await.unwrap().name;
    let plan = Plan {
        title: "Plan".into(),
        owner: owner.clone(),
        first_period_end_date: "2027-03-31".into(),
        last_period_end_date: "2029-03-31".into(),
        ..Plan::default()
    };
    let plan = Plan::create(channel, "", "p", Some(plan)).await.unwrap().name;
    let gap = Gap { organisation: owner, role, kind: GapKind::Reported as i32, ..Gap::default() };
    let gap = Gap::create(channel, &plan, "g", Some(gap)).await.unwrap();
    assert_eq!(gap.first_seen_date, "2026-07-01");

    let query = GapQuery { plan: plan.clone(), ..GapQuery::default() };
    let request = AnalyseGapsRequest { query: Some(query), ..Default::default() };
    let mut gaps = gap_service_client::GapServiceClient::new(channel.clone());
    let context = gaps.analyse_gaps(request).await.unwrap().into_inner().context.unwrap();
    assert_eq!(context.query.unwrap().as_of_date, "2026-07-01");

    let query = PlanAuditQuery { plan, ..PlanAuditQuery::default() };
    let request = AuditPlanRequest { query: Some(query), ..Default::default() };
    let mut plans = plan_service_client::PlanServiceClient::new(channel.clone());
    let context = plans.audit_plan(request).await.unwrap().into_inner().context.unwrap();
    assert_eq!(context.query.unwrap().as_of_date, "2026-07-01");
}
