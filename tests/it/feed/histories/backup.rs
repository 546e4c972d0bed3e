//! `backup`, and what becomes of the copy.

use std::{fs, path::Path, time::Duration};

use digital_skills_registry::api::v1::*;
use sea_orm::ConnectionTrait;

use crate::{
    both,
    harness::{
        Db, Server, TestDatabase,
        binary::{self, Run, ServeProcess},
        connect,
    },
};

use super::{COPIED, Mirror, copied, create, page, program, refused};

/// The names of all files in a folder.
fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    names.map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned()).collect()
}

both!(a_backup_that_is_put_back_knows_that_it_was);
async fn a_backup_that_is_put_back_knows_that_it_was(server: &Server) {
    let (server, copy) = copied(server).await;
    server.database.forget(copy).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    // While it is being written to.
    let write_options = tokio::spawn({
        let channel = server.channel.clone();
        async move {
            for n in 0.. {
                create(&channel, &format!("during-{n}"), "during").await;
            }
        }
    });
    let backup = program(&server, &["backup", file.to_str().unwrap()]).await;
    write_options.abort();
    let _ = write_options.await;
    assert_eq!(backup.code, Some(0), "{backup:?}");
    assert_eq!(files(folder.path()), ["backup"]);

    let mut mirror = Mirror::default();
    create(&server.channel, "lost", "lost").await;
    mirror.follow(&server).await;
    let lost = server.revision().await;
    let database = server.pause().await;
    database.put_back_backup(&file).await;
    let mut process = binary::program();
    process.arg("serve").env("DATABASE_URL", &database.url);
    let started = tokio::task::spawn_blocking(|| ServeProcess::start(process)).await.unwrap();
    let warned = started.lines.iter().filter(|line| line.contains("revision raised")).count();
    assert_eq!(warned, 1, "{:#?}", started.lines);
    let channel = connect(started.address.parse().unwrap()).await;
    let after = ListChangesRequest { after_revision: lost, ..Default::default() };
    refused("a lost revision", page(&channel, after).await, "REVISION_OTHER_HISTORY");
    drop((channel, started));

    // Once only.
    let server = Server::start(database).await;
    let head = server.revision().await;
    assert!((1_000_000_000 + COPIED..1_000_000_000 + lost).contains(&head), "{head}");
    mirror.follow(&server).await;
    mirror.is_equal(&server).await;
    assert_eq!(mirror.told, ["REVISION_OTHER_HISTORY"]);
    let up = program(&server, &["migrate", "up"]).await;
    assert_eq!((up.code, server.revision().await), (Some(0), head), "{up:?}");
    let whole = program(&server, &["audit", "verify"]).await;
    assert_eq!(whole.code, Some(0), "{whole:?}");
    // A backup of what was put back is one like any other.
    let again = folder.path().join("again");
    assert_eq!(program(&server, &["backup", again.to_str().unwrap()]).await.code, Some(0));
    let database = server.pause().await;
    database.put_back_backup(&again).await;
    let server = Server::start(database).await;
    assert_eq!(server.revision().await, head + 1_000_000_000);
    server.stop().await;
}

both!(a_backup_overwrites_nothing);
async fn a_backup_overwrites_nothing(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    fs::write(&file, "mine").unwrap();
    let refused = program(server, &["backup", file.to_str().unwrap()]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("already exists"), "{refused:?}");
    assert_eq!(
        (fs::read_to_string(&file).unwrap().as_str(), files(folder.path()).len()),
        ("mine", 1)
    );
    let nowhere = folder.path().join("nowhere/backup");
    let refused = program(server, &["backup", nowhere.to_str().unwrap()]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("cannot write"), "{refused:?}");
}

both!(the_restore_of_a_backup_that_was_told_is_not_told_again);
async fn the_restore_of_a_backup_that_was_told_is_not_told_again(server: &Server) {
    create(&server.channel, "a", "A").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    assert_eq!(program(server, &["backup", file.to_str().unwrap()]).await.code, Some(0));
    let server = server.another().await;
    let database = server.pause().await;
    database.put_back_backup(&file).await;
    let mut restored = binary::program();
    restored.args(["restored", "--by", "7"]).env("DATABASE_URL", &database.url);
    let run = move || Run::of(&restored.output().unwrap());
    let told = tokio::task::spawn_blocking(run).await.unwrap();
    assert_eq!(told.code, Some(0), "{told:?}");
    let server = Server::start(database).await;
    assert_eq!(server.revision().await, 8);
    server.stop().await;
}

#[test]
fn neither_command_makes_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("none.db").display());
    let backup = folder.path().join("backup");
    for arguments in [vec!["restored"], vec!["backup", backup.to_str().unwrap()]] {
        let mut program = binary::program();
        let run = Run::of(&program.args(&arguments).env("DATABASE_URL", &url).output().unwrap());
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.err.contains("there is no such file"), "{run:?}");
    }
    assert_eq!(files(folder.path()), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_schema_is_brought_up_to_date_first() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("old.db");
    let url = format!("sqlite://{}?mode=rwc", database.display());
    let connection = sea_orm::Database::connect(&url).await.unwrap();
    connection.execute_unprepared("CREATE TABLE other (id integer)").await.unwrap();
    connection.close().await.unwrap();
    let mut program = binary::program();
    let run = Run::of(&program.arg("restored").env("DATABASE_URL", &url).output().unwrap());
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("migrate up"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn that_the_program_of_the_database_is_missing_is_told() {
    let Some(database) = TestDatabase::create(Db::Postgres).await else { return };
    let server = Server::start(database).await;
    let folder = tempfile::tempdir().unwrap();
    let mut program = binary::program();
    program.args(["backup", folder.path().join("backup").to_str().unwrap()]);
    program.env("DATABASE_URL", &server.database.url).env("PATH", folder.path());
    let run = move || Run::of(&program.output().unwrap());
    let run = tokio::time::timeout(Duration::from_secs(60), tokio::task::spawn_blocking(run));
    let run = run.await.unwrap().unwrap();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("pg_dump is not installed"), "{run:?}");
    assert_eq!(files(folder.path()), [""; 0]);
    server.stop().await;
}
