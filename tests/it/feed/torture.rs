//! The six promises of the change feed, held under everything at once: many writers on every instance, with
//! delays where they hurt, watches that come, go, and are slow, changes being forgotten, and an
//! instance that is killed.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use digital_skills_registry::api::v1::{
    ChangeVerb, Role, WatchChangesRequest, watch_changes_response::Event,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tokio::task::JoinSet;
use tonic::{
    Code, Status,
    transport::{Channel, Endpoint},
};
use uuid::Uuid;

use crate::{
    each_database,
    feed::OpenWatch,
    harness::{
        Db, TestDatabase,
        binary::{Run, ServeProcess, program},
        client::WriteCall,
        dice::Dice,
        fixture::Fixture,
        samples::Samples,
    },
};

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

/// The answer to a write, on its way.
type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Status>> + Send>>;

/// Does a write until it is acknowledged, by whatever instance, and once.
async fn until_acknowledged<T>(
    run: &Story,
    dice: &mut Dice,
    channel: &mut Channel,
    write: impl Fn(Channel, WriteCall) -> Answer<T>,
) -> (T, i64) {
    let id = Uuid::now_v7();
    loop {
        let asked = WriteCall::once(id);
        match write(channel.clone(), asked.clone()).await {
            Ok(answer) => return (answer, asked.revision()),
            Err(status) => {
                let again = [Code::Unavailable, Code::Unknown, Code::Cancelled, Code::Internal];
                assert!(again.contains(&status.code()), "{status:?}");
                // The service itself does not fail: only the connection to it does.
                assert!(
                    status.code() != Code::Internal || status.details().is_empty(),
                    "{status:?}"
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
                *channel = run.connect(dice).await;
            }
        }
    }
}

/// One who creates, changes and deletes, a few at a time or many.
async fn writer(run: Arc<Story>, number: usize, wanted: usize) {
    let mut dice = Dice::new(number as u64 + 1);
    let mut channel = run.connect(&mut dice).await;
    let mut round = 0;
    while run.count.load(Ordering::SeqCst) < wanted {
        round += 1;
        let most = [20, 20, 20, 60, 60, 300][dice.below(6)];
        let size = 1 + dice.below(most);
        let rows: Vec<(String, Role)> = (0..size)
            .map(|i| {
                (format!("w{number}-{round}-{i}"), Role { title: "R".into(), ..Role::default() })
            })
            .collect();
        let (made, revision) =
            until_acknowledged(&run, &mut dice, &mut channel, |channel, asked| {
                let rows = rows.clone();
                Box::pin(async move { Role::batch_create(&channel, "", rows, asked).await })
            })
            .await;
        run.note(revision, made.iter().map(|row| row.name.clone()).collect());
        let mut some: Vec<Role> = made.clone();
        some.truncate(1 + dice.below(size));
        some.iter_mut().for_each(Samples::change);
        let (_, revision) = until_acknowledged(&run, &mut dice, &mut channel, |channel, asked| {
            let some = some.clone();
            Box::pin(async move { Role::batch_update(&channel, "", some, false, asked).await })
        })
        .await;
        run.note(revision, some.iter().map(|row| row.name.clone()).collect());
        let name = made[dice.below(size)].name.clone();
        let (_, revision) = until_acknowledged(&run, &mut dice, &mut channel, |channel, asked| {
            let name = name.clone();
            Box::pin(async move { Role::delete_as(&channel, &name, "", false, asked).await })
        })
        .await;
        run.note(revision, BTreeSet::from([name]));
        if dice.below(10) == 0 {
            channel = run.connect(&mut dice).await;
        }
    }
}

/// How one watches.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Manner {
    /// Comes and goes.
    Restless,
    /// Reads slowly.
    Slow,
    /// Begins in the middle, with what exists.
    Late,
}

/// What one who watches was told: the names of each revision, in the order in which they came.
async fn watcher(
    run: Arc<Story>,
    number: usize,
    manner: Manner,
) -> (i64, Vec<(i64, BTreeSet<String>)>, BTreeMap<String, Role>) {
    let mut dice = Dice::new(1_000 + number as u64);
    let (mut at, mut told): (Option<i64>, Vec<(i64, BTreeSet<String>)>) = (None, Vec::new());
    let (mut copy, mut first) = (BTreeMap::new(), 0);
    if manner != Manner::Late {
        at = Some(0);
    } else {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    }
    loop {
        if at.is_some() && at == run.last() {
            return (first, told, copy);
        }
        let channel = run.connect(&mut dice).await;
        let request = WatchChangesRequest {
            after_revision: at,
            send_initial_state: at.is_none(),
            checkpoint_seconds: 1,
            ..Default::default()
        };
        let Ok(mut watching) = OpenWatch::open(&channel, request).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let stay = if manner == Manner::Restless { 20 + dice.below(400) } else { 1_000_000 };
        if at.is_none() {
            copy.clear();
        }
        let mut part = BTreeSet::new();
        for _ in 0..stay {
            if manner == Manner::Slow {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            match watching.event().await {
                Ok(Some(Event::InitialState(state))) => {
                    for resource in state.resources {
                        let row = Role::of_resource(resource).unwrap();
                        copy.insert(row.name.clone(), row);
                    }
                }
                Ok(Some(Event::Checkpoint(checkpoint))) => {
                    if at.is_none() {
                        first = checkpoint.revision;
                    }
                    at = Some(checkpoint.revision);
                }
                Ok(Some(Event::Changes(changes))) => {
                    for change in changes.changes {
                        assert!(part.insert(change.name.clone()), "{} twice", change.name);
                        let row = Role::of_resource(change.resource.unwrap()).unwrap();
                        match change.verb == ChangeVerb::Deleted as i32 {
                            true => copy.remove(&change.name),
                            false => copy.insert(change.name, row),
                        };
                    }
                    if !changes.continues {
                        told.push((changes.revision, std::mem::take(&mut part)));
                        at = Some(changes.revision);
                    }
                }
                Ok(None) => break,
                Err(status) => {
                    assert_ne!(status.code(), Code::OutOfRange, "{status:?}");
                    break;
                }
            }
            if at.is_some() && at == run.last() {
                return (first, told, copy);
            }
        }
    }
}

/// What a naive reader goes by: a number drawn from a sequence at the beginning of each write. And a
/// delay before the commit, and another after the number is drawn.
async fn set_traps(database: &TestDatabase) -> DatabaseConnection {
    let connection = database.connect().await;
    for statement in [
        "CREATE SEQUENCE naive_id",
        "CREATE TABLE naive (id bigint PRIMARY KEY, revision bigint NOT NULL)",
        "CREATE FUNCTION naive_draw() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF coalesce(current_setting('naive.id', true), '') = '' THEN \
                 PERFORM set_config('naive.id', nextval('naive_id')::text, true); \
                 PERFORM pg_sleep(random() * 0.002); \
             END IF; RETURN NULL; END $$",
        "CREATE TRIGGER naive_draw BEFORE UPDATE ON revision FOR EACH STATEMENT EXECUTE FUNCTION naive_draw()",
        "CREATE FUNCTION naive_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO naive SELECT current_setting('naive.id')::bigint, max(revision) FROM fresh \
                 ON CONFLICT DO NOTHING; \
             PERFORM pg_sleep(random() * 0.003); RETURN NULL; END $$",
        "CREATE TRIGGER naive_log AFTER INSERT ON change REFERENCING NEW TABLE AS fresh \
             FOR EACH STATEMENT EXECUTE FUNCTION naive_log()",
    ] {
        connection.execute_unprepared(statement).await.unwrap();
    }
    connection
}

/// Follows the number until there is nothing more to come. Gives how many writes it saw.
async fn naive_reader(connection: DatabaseConnection, done: Arc<AtomicBool>) -> usize {
    let (mut last, mut seen) = (0i64, 0);
    loop {
        let finished = done.load(Ordering::SeqCst);
        let sql = format!("SELECT id FROM naive WHERE id > {last} ORDER BY id");
        let rows = connection
            .query_all_raw(Statement::from_string(connection.get_database_backend(), sql))
            .await
            .unwrap();
        for row in &rows {
            last = row.try_get("", "id").unwrap();
            seen += 1;
        }
        if finished && rows.is_empty() {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
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
