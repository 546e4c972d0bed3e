//! The six promises of the change feed, held under everything at once: many writers on every instance, with
//! delays where they hurt, watches that come, go, and are slow, changes being forgotten, and an
//! instance that is killed.

mod naive_reader;
mod watchers;
mod writers;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use digital_skills_registry::api::v1::Role;
use tokio::task::JoinSet;
use tonic::transport::{Channel, Endpoint};

use crate::{
    each_database,
    harness::{
        Db, TestDatabase,
        binary::{Run, ServeProcess, program},
        dice::Dice,
        fixture::Fixture,
    },
};
use naive_reader::{naive_reader, set_traps};
use watchers::{Manner, watcher};
use writers::writer;

/// How many write at once.
const WRITERS: usize = 16;

/// How many changes there are at least: those of TORTURE_CHANGES, or fewer than that promises are
/// judged by, for a quick run.
fn wanted() -> usize {
    std::env::var("TORTURE_CHANGES").map_or(10_000, |number| number.parse().unwrap())
}

/// What there is to a run.
struct Story {
    /// Where instances answer.
    addresses: RwLock<Vec<String>>,
    /// The names that each revision that was acknowledged changed.
    written: Mutex<BTreeMap<i64, BTreeSet<String>>>,
    count: AtomicUsize,
    /// The last revision, when all is written.
    last: Mutex<Option<i64>>,
}

impl Story {
    /// A connection to one of the instances; another one each time.
    async fn connect(&self, dice: &mut Dice) -> Channel {
        loop {
            let address = {
                let addresses = self.addresses.read().unwrap();
                addresses[dice.below(addresses.len())].clone()
            };
            let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
            match endpoint.tcp_nodelay(true).connect().await {
                Ok(channel) => return channel,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn note(&self, revision: i64, names: BTreeSet<String>) {
        self.count.fetch_add(names.len(), Ordering::SeqCst);
        let before = self.written.lock().unwrap().insert(revision, names);
        assert!(before.is_none(), "revision {revision} was given twice");
    }

    fn last(&self) -> Option<i64> {
        *self.last.lock().unwrap()
    }
}

fn start(database: &TestDatabase) -> ServeProcess {
    let mut command = program();
    command.args(["serve", "--change-retention", "20s", "--database-url", &database.url]);
    ServeProcess::start(command)
}

each_database!(every_promise_holds);
async fn every_promise_holds(db: Db) {
    let Some(database) = TestDatabase::create(db).await else { return };
    // SQLite has one process on one machine.
    let mut instances = match db {
        Db::Sqlite => vec![start(&database)],
        Db::Postgres => vec![start(&database), start(&database)],
    };
    let wanted = wanted();
    let run = Arc::new(Story {
        addresses: RwLock::new(instances.iter().map(|it| it.address.clone()).collect()),
        written: Mutex::default(),
        count: AtomicUsize::new(0),
        last: Mutex::new(None),
    });
    let done = Arc::new(AtomicBool::new(false));
    let naive = match db {
        Db::Sqlite => None,
        Db::Postgres => Some(tokio::spawn(naive_reader(set_traps(&database).await, done.clone()))),
    };
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        writers.spawn(writer(run.clone(), number, wanted));
    }
    let mut watchers = JoinSet::new();
    for (number, manner) in
        [Manner::Restless, Manner::Restless, Manner::Restless, Manner::Slow, Manner::Late]
            .into_iter()
            .enumerate()
    {
        watchers.spawn(watcher(run.clone(), number, manner));
    }
    while run.count.load(Ordering::SeqCst) < wanted / 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // In the middle of it, one is killed without a word, and another takes its place.
    instances.pop().unwrap().signal("-KILL");
    let another = start(&database);
    *run.addresses.write().unwrap() =
        instances.iter().chain([&another]).map(|it| it.address.clone()).collect();
    instances.push(another);
    while let Some(end) = writers.join_next().await {
        end.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    let written = run.written.lock().unwrap().clone();
    let last = *written.keys().last().unwrap();
    *run.last.lock().unwrap() = Some(last);
    // Every revision was acknowledged, and none was given that was not.
    assert_eq!(written.keys().copied().collect::<Vec<_>>(), (1..=last).collect::<Vec<_>>());
    assert!(run.count.load(Ordering::SeqCst) >= wanted);

    let channel = run.connect(&mut Dice::new(7)).await;
    let pages = Role::export(&channel, Default::default()).await.unwrap();
    let all: BTreeMap<_, _> =
        pages.into_iter().flat_map(|page| page.rows).map(|row| (row.name.clone(), row)).collect();
    while let Some(end) = watchers.join_next().await {
        let (first, told, copy) = end.unwrap();
        let expected: Vec<_> = written
            .range(first + 1..)
            .map(|(revision, names)| (*revision, names.clone()))
            .collect();
        assert!(told == expected, "{} told of {}, after {first}", told.len(), expected.len());
        assert!(copy == all, "{} copied of {}", copy.len(), all.len());
    }
    if let Some(naive) = naive {
        let seen = naive.await.unwrap();
        assert!(
            seen < written.len(),
            "the naive reader missed nothing of {}: this bites nobody",
            written.len()
        );
    }
    let mut verify = program();
    verify.args(["audit", "verify"]).env("DATABASE_URL", &database.url);
    let verified = Run::of(&verify.output().unwrap());
    assert_eq!(verified.code, Some(0), "{verified:?}");
    drop(instances);
    database.remove().await;
}
