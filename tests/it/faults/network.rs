//! A network to PostgreSQL that breaks, and a PostgreSQL that stands still.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tonic_health::pb::health_check_response::ServingStatus;

use super::{Instance, load::Load, until};
use crate::harness::{
    Db, TestDatabase,
    ledger::Connections,
    postgres::Cluster,
    proxy::{Mode, Proxy},
    skip,
};

/// A database, a wire to it, and a registry at the end of the wire, under load.
struct ProxiedInstance {
    database: TestDatabase,
    proxy: Proxy,
    instance: Instance,
    load: Load,
}

impl ProxiedInstance {
    async fn start() -> Option<Self> {
        let database = TestDatabase::create(Db::Postgres).await?;
        let proxy = Proxy::to(&database).await;
        let instance = Instance::start(&proxy.url);
        let load = Load::start(&instance.address, Connections::Hold);
        load.until_done(50).await;
        Some(Self { database, proxy, instance, load })
    }

    /// All is well again by itself, and what callers were told is true.
    async fn end(self) {
        self.instance.until_well().await;
        self.load.until_done(50).await;
        let ledger = self.load.stop().await;
        self.instance.check(&ledger).await;
        drop((self.instance, self.proxy));
        self.database.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_vanish_without_a_word_are_replaced() {
    let Some(wired) = ProxiedInstance::start().await else { return };
    wired.proxy.forget_all();
    wired.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_swallows_everything_is_told_and_survived() {
    let Some(wired) = ProxiedInstance::start().await else { return };
    wired.proxy.set(Mode::Swallow);
    wired.instance.until_health_tells().await;
    wired.load.until_refused(10).await;
    wired.proxy.set(Mode::Pass);
    wired.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_reset_again_and_again_are_no_failure_of_the_registry() {
    let Some(wired) = ProxiedInstance::start().await else { return };
    for _ in 0..20 {
        wired.proxy.reset_all();
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    wired.proxy.set(Mode::Reset);
    wired.instance.until_health_tells().await;
    wired.proxy.set(Mode::Pass);
    wired.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_network_is_no_fault() {
    let Some(wired) = ProxiedInstance::start().await else { return };
    wired.proxy.set(Mode::Delay(Duration::from_millis(50)));
    wired.load.until_done(20).await;
    wired.proxy.set(Mode::Pass);
    wired.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_stands_still_is_told_and_every_call_is_answered() {
    let cluster = match Cluster::start() {
        Ok(cluster) => cluster,
        Err(why) => return skip(&why),
    };
    let instance = Instance::start(&cluster.url);
    let load = Load::start(&instance.address, Connections::Hold);
    load.until_done(50).await;
    cluster.signal_all("-STOP");
    instance.until_health_tells().await;
    // Everybody who calls meanwhile is answered.
    load.until_refused(20).await;
    cluster.signal_all("-CONT");
    instance.until_well().await;
    load.until_done(50).await;
    let ledger = load.stop().await;
    instance.check(&ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_killed_and_started_again_is_used_again() {
    let cluster = match Cluster::start() {
        Ok(cluster) => cluster,
        Err(why) => return skip(&why),
    };
    let instance = Instance::start(&cluster.url);
    let load = Load::start(&instance.address, Connections::Hold);
    for _ in 0..3 {
        load.until_done(50).await;
        cluster.end_at_once();
        load.until_refused(10).await;
        cluster.begin().unwrap();
        until("a write is acknowledged again", async || {
            let before = load.ledger.done();
            tokio::time::sleep(Duration::from_millis(200)).await;
            load.ledger.done() > before
        })
        .await;
    }
    instance.until_well().await;
    let ledger = load.stop().await;
    instance.check(&ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_without_connections_for_more_is_used_over_those_there_are() {
    let cluster = match Cluster::start() {
        Ok(cluster) => cluster,
        Err(why) => return skip(&why),
    };
    cluster.configure("max_connections = 40").unwrap();
    cluster.end_at_once();
    cluster.begin().unwrap();
    let instance = Instance::start(&cluster.url);
    let mut load = Load::new(Connections::Hold);
    load.add(&instance.address, 1, 1);
    load.until_done(20).await;
    let mut others = Vec::new();
    while let Ok(other) = PgConnection::connect(&cluster.url).await {
        others.push(other);
    }
    load.add(&instance.address, 8, 8);
    load.until_done(200).await;
    assert_eq!(instance.health("").await, Some(ServingStatus::Serving));
    let ledger = load.stop().await;
    assert_eq!(ledger.refused(), 0, "{:?}", ledger.summary());
    drop(others);
    instance.check(&ledger).await;
}
