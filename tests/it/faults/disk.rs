//! A disk that is full: the size of a file has a limit, as where the disk has no more room. Where FULL_DISK
//! names a folder on a small disk of its own, that one is filled instead.

use std::{
    env,
    fs::{self, File},
    io::Write,
    path::PathBuf,
};

use tempfile::TempDir;
use tonic_health::pb::health_check_response::ServingStatus;

use super::{Instance, file, load::Load, run};
use crate::harness::{Db, TestDatabase, ledger::Connections};

/// Starts the registry so that a write past the limit fails, and does not end it.
pub const SPARED: [&str; 4] = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

/// A disk with a database of SQLite on it.
pub struct Disk {
    pub database: TestDatabase,
    /// What takes up all the room there is, on a disk of its own.
    filler: Option<PathBuf>,
    _folder: Option<TempDir>,
}

impl Disk {
    /// A new database.
    fn create() -> Self {
        let small = env::var_os("FULL_DISK").map(PathBuf::from);
        let folder = match &small {
            Some(small) => tempfile::tempdir_in(small).unwrap(),
            None => tempfile::tempdir().unwrap(),
        };
        let filler = small.map(|small| small.join("filler"));
        let database = TestDatabase::sqlite_in(folder.path());
        Self { database, filler, _folder: Some(folder) }
    }

    /// The disk of a database that stays.
    pub fn with(database: TestDatabase) -> Self {
        Self { database, filler: None, _folder: None }
    }

    /// Leaves no room for what is not yet there.
    pub fn fill(&self, instance: &mut Instance) {
        if let Some(filler) = &self.filler {
            let mut filler = File::create(filler).unwrap();
            while filler.write_all(&[0; 4096]).is_ok() {}
            return;
        }
        let log = fs::metadata(file(&self.database, "-wal")).map_or(0, |file| file.len());
        // What memory the log shares between processes is a file too, of 32 KiB.
        limit_files(instance, &log.max(64 << 10).to_string());
    }

    /// Makes room again.
    pub fn free(&self, instance: &mut Instance) {
        limit_files(instance, "unlimited");
        self.free_after_end();
    }

    /// Makes room again after a process has ended, whose limit went with it.
    fn free_after_end(&self) {
        if let Some(filler) = &self.filler {
            fs::remove_file(filler).unwrap();
        }
    }
}

/// Lets no file of the registry grow past this many bytes.
fn limit_files(instance: &mut Instance, most: &str) {
    instance.process().limit(&format!("--fsize={most}:"));
}

/// Under load a disk is filled, and has room again: it is told, nothing acknowledged is lost, and all is
/// well by itself.
async fn is_told_and_passes(
    mut instance: Instance,
    fill: impl AsyncFnOnce(&mut Instance),
    free: impl AsyncFnOnce(&mut Instance),
) {
    let load = Load::start(&instance.address, Connections::Hold);
    load.until_done(50).await;
    fill(&mut instance).await;
    load.until_refused(30).await;
    instance.until_health_tells().await;
    assert_eq!(instance.health("read").await, Some(ServingStatus::Serving));
    free(&mut instance).await;
    instance.until_well().await;
    load.until_done(50).await;
    let ledger = load.stop().await;
    assert!(ledger.answers_with("Unavailable/DATABASE_FULL") > 0, "{:?}", ledger.summary());
    instance.check(&ledger).await;
    instance.kill();
    instance.start_again();
    instance.check(&ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let disk = Disk::create();
    let instance = Instance::start_by(&SPARED, &disk.database.url, &[]);
    is_told_and_passes(
        instance,
        async |instance: &mut Instance| disk.fill(instance),
        async |instance: &mut Instance| disk.free(instance),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_the_disk_is_full_loses_nothing_that_was_acknowledged() {
    let disk = Disk::create();
    let mut instance = Instance::start_by(&SPARED, &disk.database.url, &[]);
    let load = Load::start(&instance.address, Connections::Break);
    load.until_done(50).await;
    disk.fill(&mut instance);
    load.until_refused(30).await;
    instance.kill();
    disk.free_after_end();
    instance.start_again();
    load.until_done(20).await;
    let ledger = load.stop().await;
    instance.check(&ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_and_empties_twenty_times_loses_nothing_that_was_acknowledged() {
    let disk = Disk::create();
    let mut instance = Instance::start_by(&SPARED, &disk.database.url, &[]);
    let load = Load::start(&instance.address, Connections::Hold);
    for _ in 0..20 {
        load.until_done(20).await;
        disk.fill(&mut instance);
        load.until_refused(10).await;
        disk.free(&mut instance);
    }
    load.until_done(20).await;
    let ledger = load.stop().await;
    instance.kill();
    instance.start_again();
    instance.check(&ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_fills_the_disk_is_moved_to_the_database_and_frees_it() {
    let database = TestDatabase::create(Db::Sqlite).await.expect("a database of SQLite");
    let mut instance = Instance::start_by(&SPARED, &database.url, &[]);
    let load = Load::start(&instance.address, Connections::Hold);
    load.until_done(50).await;
    // The log outgrows it long before the database does.
    limit_files(&mut instance, "8000000");
    load.until_refused(1).await;
    load.until_done(50).await;
    let ledger = load.stop().await;
    instance.until_well().await;
    assert!(ledger.answers_with("Unavailable/DATABASE_FULL") > 0, "{:?}", ledger.summary());
    instance.check(&ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_without_room_is_told_and_written_again_when_it_has_some() {
    let Some(database) = TestDatabase::create(Db::Postgres).await else { return };
    let connection = database.connect().await;
    is_told_and_passes(
        Instance::start(&database.url),
        async |_: &mut Instance| {
            // What the server says where it cannot make a file larger. A write of a probe needs less room
            // than those of callers, and finds it.
            let no_room = "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 RAISE EXCEPTION 'could not extend file: No space left on device' \
                 USING ERRCODE = '53100'; END $$";
            run(&connection, no_room).await;
            let fill = "CREATE TRIGGER no_room BEFORE INSERT ON change EXECUTE FUNCTION no_room()";
            run(&connection, fill).await;
        },
        async |_: &mut Instance| run(&connection, "DROP FUNCTION no_room CASCADE").await,
    )
    .await;
    drop(connection);
    database.remove().await;
}
