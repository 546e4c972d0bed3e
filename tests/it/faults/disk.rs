//! A disk that is full: the size of a file has a limit, as where the disk has no more room.

use std::{fs, process::Command};

use tonic_health::pb::health_check_response::ServingStatus;

use super::{Instance, file, load::Load};
use crate::harness::{Db, TestDatabase, ledger::Connections};

/// Starts the registry so that a write past the limit fails, and does not end it.
pub const SPARED: [&str; 4] = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

/// Lets no file of the registry grow past this many bytes; any size where there is none.
pub fn limit_files(instance: &mut Instance, bytes: Option<u64>) {
    let most = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let pid = instance.process().process.id().to_string();
    let limited =
        Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={most}:")]).status();
    assert!(limited.unwrap().success(), "the limit of files cannot be set");
}

/// Leaves no room for what is not yet there.
pub fn fill(instance: &mut Instance, database: &TestDatabase) {
    let log = fs::metadata(file(database, "-wal")).map_or(0, |file| file.len());
    // What memory the log shares between processes is a file too, of 32 KiB.
    limit_files(instance, Some(log.max(64 << 10)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let database = TestDatabase::create(Db::Sqlite).await.unwrap();
    let mut instance = Instance::start_by(&SPARED, &database.url, &[]);
    let load = Load::start(&instance.address, Connections::Hold);
    load.until_done(50).await;
    fill(&mut instance, &database);
    load.until_refused(30).await;
    instance.until_health_tells().await;
    assert_eq!(instance.health("read").await, Some(ServingStatus::Serving));
    limit_files(&mut instance, None);
    instance.until_well().await;
    load.until_done(50).await;
    let ledger = load.stop().await;
    instance.check(&ledger).await;
    instance.kill();
    instance.start_again();
    instance.check(&ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_the_disk_is_full_loses_nothing_that_was_acknowledged() {
    let database = TestDatabase::create(Db::Sqlite).await.unwrap();
    let mut instance = Instance::start_by(&SPARED, &database.url, &[]);
    let load = Load::start(&instance.address, Connections::Break);
    load.until_done(50).await;
    fill(&mut instance, &database);
    load.until_refused(30).await;
    instance.kill();
    instance.start_again();
    load.until_done(20).await;
    let ledger = load.stop().await;
    instance.check(&ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_and_empties_twenty_times_loses_nothing_that_was_acknowledged() {
    let database = TestDatabase::create(Db::Sqlite).await.unwrap();
    let mut instance = Instance::start_by(&SPARED, &database.url, &[]);
    let load = Load::start(&instance.address, Connections::Hold);
    for _ in 0..20 {
        load.until_done(20).await;
        fill(&mut instance, &database);
        load.until_refused(10).await;
        limit_files(&mut instance, None);
    }
    load.until_done(20).await;
    let ledger = load.stop().await;
    instance.kill();
    instance.start_again();
    instance.check(&ledger).await;
}
