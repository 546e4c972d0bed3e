//! An older program beside this one, on a database that a newer one has migrated.

use sea_orm::DatabaseConnection;
use tonic_health::pb::health_check_response::ServingStatus;

use super::{
    Instance,
    columns::{add_column, tables},
    load::Load,
    run, until,
};
use crate::{
    each_database,
    harness::{Db, TestDatabase, baseline, ledger::Connections, skip},
};

/// The older program; where there is none, says so.
fn older() -> Option<Vec<std::ffi::OsString>> {
    // It may have to be built first.
    let program = tokio::task::block_in_place(baseline::program);
    let program = program.inspect_err(|why| skip(why)).ok()?;
    Some(vec![program.get_program().to_owned()])
}

/// Does what a newer program may do to the schema of a database that older ones use.
async fn migrate(connection: &DatabaseConnection, db: Db) {
    for table in tables(connection, db).await {
        add_column(connection, &table).await;
    }
    let newer = "INSERT INTO seaql_migrations (version, applied_at) \
                 VALUES ('m20991231_000000_future', 1)";
    run(connection, newer).await;
}

/// Says that no program of today may use the database any more.
async fn raise_oldest_program(connection: &DatabaseConnection) {
    run(connection, "UPDATE compatibility SET oldest_program = 1000000").await;
}

/// A start is refused, with a word that an operator understands.
fn is_refused(instance: &mut Instance) {
    let log = instance.try_start_again().expect_err("it started");
    let says = |line: &String| line.contains("needs a program of schema 1000000");
    assert!(log.iter().any(says), "{log:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_program_runs_beside_this_one_while_the_schema_grows_on_postgres() {
    let Some(database) = TestDatabase::create(Db::Postgres).await else { return };
    let Some(older) = older() else { return };
    let mut older = Instance::start_program(older, &database.url, &[]);
    let own = Instance::start(&database.url);
    let mut load = Load::new(Connections::Hold);
    load.add(&older.address, 4, 1);
    load.add(&own.address, 4, 1);
    load.until_done(20).await;
    let connection = database.connect().await;
    migrate(&connection, Db::Postgres).await;
    load.until_done(50).await;
    assert_eq!(load.ledger.refused(), 0, "{:?}", load.ledger.summary());
    let ledger = load.stop().await;
    own.check(&ledger).await;
    // It starts again, too.
    older.kill();
    older.start_again();
    older.check(&ledger).await;
    raise_oldest_program(&connection).await;
    until("the older one tells that it is not well", async || {
        older.health("").await == Some(ServingStatus::NotServing)
    })
    .await;
    older.kill();
    is_refused(&mut older);
    drop((connection, older, own));
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_program_takes_over_after_this_one_while_the_schema_grows_on_sqlite() {
    let database = TestDatabase::create(Db::Sqlite).await.unwrap();
    let Some(older) = older() else { return };
    let mut older = Instance::start_program(older, &database.url, &[]);
    let mut load = Load::new(Connections::Hold);
    load.add(&older.address, 4, 1);
    load.until_done(20).await;
    let ledger = load.stop().await;
    older.kill();

    let mut own = Instance::start(&database.url);
    own.check(&ledger).await;
    let connection = database.connect().await;
    let mut load = Load::of(ledger);
    load.add(&own.address, 4, 1);
    load.until_done(20).await;
    migrate(&connection, Db::Sqlite).await;
    load.until_done(20).await;
    assert_eq!(load.ledger.refused(), 0, "{:?}", load.ledger.summary());
    let ledger = load.stop().await;
    own.check(&ledger).await;
    own.kill();

    older.start_again();
    let mut load = Load::of(ledger);
    load.add(&older.address, 4, 1);
    load.until_done(20).await;
    assert_eq!(load.ledger.refused(), 0, "{:?}", load.ledger.summary());
    let ledger = load.stop().await;
    older.check(&ledger).await;
    raise_oldest_program(&connection).await;
    older.kill();
    is_refused(&mut older);
    is_refused(&mut own);
}

each_database!(a_program_that_is_too_old_for_its_database_stops_taking_calls);
/// A program of before the oldest that may use the database stops taking calls, and does not start.
async fn a_program_that_is_too_old_for_its_database_stops_taking_calls(db: Db) {
    let Some(database) = TestDatabase::create(db).await else { return };
    let mut instance = Instance::start(&database.url);
    let load = Load::start(&instance.address, Connections::Hold);
    load.until_done(20).await;
    let connection = database.connect().await;
    raise_oldest_program(&connection).await;
    until("callers are told that it is superseded", async || {
        load.ledger.answers_with("Unavailable/PROGRAM_SUPERSEDED") > 10
    })
    .await;
    instance.until_health("", ServingStatus::NotServing).await;
    let before = load.ledger.done();
    load.until_refused(10).await;
    assert!(load.ledger.done() <= before + 8, "it still takes calls");
    let ledger = load.stop().await;
    instance.kill();
    is_refused(&mut instance);
    run(&connection, "UPDATE compatibility SET oldest_program = 1").await;
    instance.start_again();
    instance.check(&ledger).await;
    drop((connection, instance));
    database.remove().await;
}
