//! How long a change takes to those who watch, beside etcd's watch of a key on the same machine in the same
//! run: alone, under load, across two instances, and with a thousand who watch.
//!
//! `cargo bench --bench watch`. Where there is no PostgreSQL or no etcd, they are left out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that fails says so"
)]

mod etcd;
#[allow(dead_code, reason = "the bench of imports needs more of it")]
#[path = "../import/postgres.rs"]
mod postgres;
mod registry;
#[allow(dead_code, reason = "the bench of imports needs more of it")]
#[path = "../import/server.rs"]
mod server;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use tokio::{sync::mpsc, task::JoinSet};

use etcd::Etcd;
use postgres::Postgres;
use registry::Registry;
use server::Server;

/// How many writes are timed, and how long there is between them.
const WRITES: usize = 1_000;
const PAUSE: Duration = Duration::from_millis(4);

/// How many others write as fast as they can, where there is load.
const LOAD: usize = 8;

/// How many watch at once, over how many connections, and how many writes they are told of.
const WATCHERS: usize = 1_000;
const CONNECTIONS: usize = 20;
const MEASURED: usize = 200;

/// What tells of writes.
pub trait Feed: Clone + Send + Sync + 'static {
    /// Writes the value of that number.
    fn write(&self, number: usize) -> impl Future<Output = ()> + Send;
    /// Writes something that is not timed.
    fn other(&self, number: usize) -> impl Future<Output = ()> + Send;
    /// Watches over a connection of the same number: calls `told` with the number of every value, once it
    /// watches.
    fn watch(
        &self,
        connection: usize,
        told: impl FnMut(usize) + Send + 'static,
    ) -> impl Future<Output = ()> + Send;
    /// The resident memory of the server, in KiB.
    fn memory(&self) -> u64;
}

/// Times in order.
struct Times(Vec<f64>);

impl Times {
    fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    fn at(&self, share: f64) -> String {
        let index = ((self.0.len() - 1) as f64 * share).round() as usize;
        format!("{:.2}", self.0[index] * 1_000.0)
    }
}

#[tokio::main]
async fn main() {
    let mut delays = Table::new();
    delays.load_style(UTF8_FULL_CONDENSED).set_header([
        "ms",
        "load",
        "write median",
        "99 %",
        "call to watcher median",
        "99 %",
        "commit to watcher median",
        "99 %",
    ]);
    let mut crowds = Table::new();
    crowds.load_style(UTF8_FULL_CONDENSED).set_header([
        "1,000 watch",
        "MiB before",
        "MiB with them",
        "KiB each",
        "call to watcher median ms",
        "99 %",
        "last",
    ]);

    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}/registry.db?mode=rwc", folder.path().display());
    let server = Arc::new(Server::start(&sqlite));
    let feed = Registry::new(server.clone(), server).await;
    delay("registry, SQLite", &feed, &mut delays).await;
    crowd("registry, SQLite", &feed, &mut crowds).await;
    drop(feed);

    match Postgres::start() {
        None => println!("left out: PostgreSQL is not installed"),
        Some(postgres) => {
            let one = Arc::new(Server::start(&postgres.url()));
            let other = Arc::new(Server::start(&postgres.url()));
            let same = Registry::new(one.clone(), one.clone()).await;
            delay("registry, PostgreSQL, same instance", &same, &mut delays).await;
            let across = Registry::new(one.clone(), other).await;
            delay("registry, PostgreSQL, across instances", &across, &mut delays).await;
            crowd("registry, PostgreSQL, across instances", &across, &mut crowds).await;
        }
    }
    match Etcd::start().await {
        None => println!("left out: etcd is not installed"),
        Some(feed) => {
            delay("etcd", &feed, &mut delays).await;
            crowd("etcd", &feed, &mut crowds).await;
        }
    }
    println!("{delays}\n{crowds}");
}

/// Measures one who watches, alone and under load.
async fn delay(name: &str, feed: &impl Feed, table: &mut Table) {
    for load in [0, LOAD] {
        let done = Arc::new(AtomicBool::new(false));
        let others = Arc::new(AtomicUsize::new(0));
        let mut loaders = JoinSet::new();
        for loader in 0..load {
            let (feed, done, others) = (feed.clone(), done.clone(), others.clone());
            loaders.spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    feed.other(others.fetch_add(1, Ordering::Relaxed) * LOAD + loader).await;
                }
            });
        }
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let watching = tokio::spawn({
            let feed = feed.clone();
            async move {
                feed.watch(0, move |number| {
                    let _ = sender.send((number, Instant::now()));
                })
                .await
            }
        });
        tokio::time::sleep(Duration::from_millis(500)).await;
        let (mut writes, mut from_call, mut from_commit) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..WRITES {
            let called = Instant::now();
            feed.write(number).await;
            let answered = Instant::now();
            let told = loop {
                let (told, when) = receiver.recv().await.unwrap();
                if told == number {
                    break when;
                }
            };
            writes.push((answered - called).as_secs_f64());
            from_call.push((told - called).as_secs_f64());
            // It may be told before the writer has its answer.
            from_commit.push(told.saturating_duration_since(answered).as_secs_f64());
            tokio::time::sleep(PAUSE).await;
        }
        done.store(true, Ordering::Relaxed);
        watching.abort();
        while loaders.join_next().await.is_some() {}
        let mut row = vec![name.to_owned(), format!("{load} writers")];
        for times in [writes, from_call, from_commit] {
            let times = Times::of(times);
            row.extend([times.at(0.5), times.at(0.99)]);
        }
        table.add_row(row);
    }
}

/// Measures many who watch.
async fn crowd(name: &str, feed: &impl Feed, table: &mut Table) {
    let before = feed.memory();
    let told: Arc<Mutex<Vec<(usize, Instant)>>> = Arc::default();
    let mut watching = JoinSet::new();
    for watcher in 0..WATCHERS {
        let (feed, told) = (feed.clone(), told.clone());
        watching.spawn(async move {
            feed.watch(watcher % CONNECTIONS, move |number| {
                told.lock().unwrap().push((number, Instant::now()));
            })
            .await;
        });
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut called = Vec::new();
    for number in 0..MEASURED {
        called.push(Instant::now());
        feed.write(number).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for _ in 0..600 {
        if told.lock().unwrap().len() >= MEASURED * WATCHERS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let with = feed.memory();
    let told = std::mem::take(&mut *told.lock().unwrap());
    assert_eq!(told.len(), MEASURED * WATCHERS, "{name}: every one is told everything");
    let times = told.iter().map(|(number, when)| (*when - called[*number]).as_secs_f64());
    let times = Times::of(times.collect());
    let mib = |kib: u64| format!("{:.0}", kib as f64 / 1_024.0);
    table.add_row([
        name.to_owned(),
        mib(before),
        mib(with),
        format!("{:.0}", with.saturating_sub(before) as f64 / WATCHERS as f64),
        times.at(0.5),
        times.at(0.99),
        times.at(1.0),
    ]);
    watching.abort_all();
}
