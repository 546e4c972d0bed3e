//! A SQLite database whose files are taken away while the registry uses them.

use std::{fs, path::Path, time::Duration};

use tonic_health::pb::health_check_response::ServingStatus;

use super::{Instance, file, load::Load, until};
use crate::harness::{Db, TestDatabase, ledger::Connections};

/// Does something to a file of a database under load. Health tells, or the process ends; from then on
/// nothing is acknowledged.
async fn shows_in_health(suffix: &str, harm: impl Fn(&Path)) {
    let database = TestDatabase::create(Db::Sqlite).await.unwrap();
    let mut instance = Instance::start(&database.url);
    // The process may end for good.
    let load = Load::start(&instance.address, Connections::Break);
    load.until_done(30).await;
    harm(&file(&database, suffix));
    until("health tells, or the process ends", async || {
        matches!(instance.health("").await, None | Some(ServingStatus::NotServing))
    })
    .await;
    let before = load.ledger.done();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after = load.ledger.done();
    // Those that were under way when health told may still be answered.
    assert!(after <= before + 8, "{} acknowledged", after - before);
    if !instance.has_ended() {
        assert_eq!(instance.health("").await, Some(ServingStatus::NotServing));
    }
    let ledger = load.stop().await;
    assert!(ledger.answers_with("Unavailable/DATABASE_BROKEN") > 0, "{:?}", ledger.summary());
    ledger.check_complaints();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_file_that_is_deleted_is_told_and_nothing_more_acknowledged() {
    shows_in_health("", |file| fs::remove_file(file).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_file_that_is_cut_off_is_told_and_nothing_more_acknowledged() {
    shows_in_health("", |file| {
        fs::File::options().write(true).open(file).unwrap().set_len(0).unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_file_that_is_deleted_is_told_and_nothing_more_acknowledged() {
    shows_in_health("-wal", |file| fs::remove_file(file).unwrap()).await;
}
