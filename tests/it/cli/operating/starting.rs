//! The start of the process: which command makes a database, what is said of one that cannot be opened,
//! and who waits for whom.

use std::{fs, net::TcpListener, path::Path, time::Duration};

use digital_skills_registry::{migration, store::Store};
use sea_orm::ConnectionTrait;
use serde_json::Value;

use super::{serve, sqlite};
use crate::harness::{
    Db, TestDatabase,
    binary::{Run, ServeProcess, program},
};

fn run(arguments: &[&str]) -> Run {
    Run::of(&program().args(arguments).env("RUST_LOG", "trace").output().unwrap())
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// The lines of a log; fails where one is none.
fn lines(run: &Run) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    run.err.lines().map(parse).collect()
}

#[test]
fn only_serve_and_migrate_up_make_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.db");
    for url in
        [format!("sqlite://{}?mode=rwc", path.display()), format!("sqlite://{}", path.display())]
    {
        for command in [&["migrate", "status"][..], &["audit", "verify"], &["audit", "export"]] {
            let refused = run(&[command, &["--database-url", &url]].concat());
            assert_eq!(refused.code, Some(1), "{refused:?}");
            assert!(refused.err.contains("there is no such file"), "{refused:?}");
            assert!(refused.err.contains("r.db"), "{refused:?}");
            assert!(files(folder.path()).is_empty());
        }
        let made = run(&["migrate", "up", "--database-url", &url]);
        assert_eq!(made.code, Some(0), "{made:?}");
        assert_eq!(run(&["audit", "verify", "--database-url", &url]).code, Some(0));
        assert!(files(folder.path()).iter().all(|file| !file.contains("new")));
        for file in files(folder.path()) {
            fs::remove_file(folder.path().join(file)).unwrap();
        }
        let mut command = program();
        command.args(["serve", "--database-url", &url]);
        drop(ServeProcess::start(command));
        for file in files(folder.path()) {
            assert!(file.starts_with("r.db"), "{file}");
            fs::remove_file(folder.path().join(file)).unwrap();
        }
    }
    let url = format!("sqlite://{}?mode=rw", path.display());
    assert_eq!(run(&["migrate", "up", "--database-url", &url]).code, Some(1));
    assert!(files(folder.path()).is_empty());
}

#[test]
fn an_empty_file_is_refused_unless_serve_is_told_to_create() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.db");
    fs::write(&path, "").unwrap();
    let url = format!("sqlite://{}?mode=rwc", path.display());
    for command in
        [&["serve"][..], &["migrate", "up"], &["migrate", "status"], &["audit", "verify"]]
    {
        let refused = run(&[command, &["--database-url", &url]].concat());
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.err.contains("0 bytes"), "{refused:?}");
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        assert_eq!(files(folder.path()), ["r.db"]);
    }
    let mut command = program();
    command.args(["serve", "--create", "--database-url", &url]);
    drop(ServeProcess::start(command));
    assert!(fs::metadata(&path).unwrap().len() > 0);
}

#[test]
fn a_password_is_never_told_however_the_url_is_wrong() {
    for url in [
        "postgres://registry:s3cret@127.0.0.1:1/registry",
        "postgres://registry:12#s3cret@127.0.0.1:1/registry",
        "postgres://registry:12/s3cret@127.0.0.1:1/registry",
        "postgres://registry:12?s3cret@127.0.0.1:1/registry",
        "postgres://registry:12@s3cret@127.0.0.1:1/registry",
        "postgres://registry:12@34/s3cret@127.0.0.1:1/registry",
        "postgres://registry:[s3cret@127.0.0.1:1/registry",
        "postgres://registry:[s3cret]@127.0.0.1:x/registry",
        "postgres://registry:%s3cret@127.0.0.1:1/registry",
        "postgres://registry:%ffs3cret@127.0.0.1:1/registry",
        "postgres://registry@127.0.0.1:1/registry?password=s3cret",
        "postgres://registry@127.0.0.1:1/registry?pasword=s3cret",
        "postgres:registry:s3cret@127.0.0.1:1/registry",
        "host=127.0.0.1 port=1 user=registry password=s3cret dbname=registry",
        "registry:s3cret@127.0.0.1:1/registry",
        "mysql://registry:s3cret@127.0.0.1:1/registry",
    ] {
        for command in
            [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate", "up"], &["audit", "verify"]]
        {
            let argument = program()
                .args(command)
                .args(["--database-url", url])
                .env("RUST_LOG", "trace")
                .output();
            let environment =
                program().args(command).env("DATABASE_URL", url).env("RUST_LOG", "trace").output();
            for output in [argument, environment] {
                let failed = Run::of(&output.unwrap());
                assert_eq!(failed.code, Some(1), "{url}");
                assert!(failed.err.contains("cannot open the database"), "{failed:?}");
                let told = format!("{}{}", failed.err, failed.out);
                assert!(!told.contains("s3cret"), "{url}: {told}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_whose_name_is_mistyped_is_not_told() {
    let Some(database) = TestDatabase::create(Db::Postgres).await else { return };
    let url = format!("{}&pasword=s3cret", database.url);
    let run = run(&["migrate", "up", "--database-url", &url]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(!run.err.contains("s3cret"), "{run:?}");
    database.remove().await;
}

#[test]
fn a_database_that_is_away_is_told_by_host_port_and_reason() {
    let url = "postgres://registry:s3cret@127.0.0.1:1/registry";
    let failed = run(&["migrate", "up", "--database-url", url]);
    for word in ["registry at 127.0.0.1:1", "Connection refused"] {
        assert!(failed.err.contains(word), "{failed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_url_is_read_from_a_file() {
    let database = sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    fs::write(&file, format!("{}\n", database.url)).unwrap();
    let mut command = program();
    command.args(["serve", "--database-url-file"]).arg(&file);
    command.env("DATABASE_URL", "postgres://127.0.0.1:1/none");
    drop(ServeProcess::start(command));
    let gone = run(&["migrate", "up", "--database-url-file", "/nowhere/url"]);
    assert!(gone.err.contains("/nowhere/url"), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_waits_for_postgresql_as_long_as_it_is_told() {
    let Some(database) = TestDatabase::create(Db::Postgres).await else { return };
    let url = url::Url::parse(&database.url).unwrap();
    let host = url.query_pairs().find(|(key, _)| key == "host").map(|(_, host)| host.into_owned());
    let Some(host) = host else {
        return crate::harness::skip("TEST_POSTGRES_URL names no folder of a socket");
    };
    let folder = tempfile::tempdir().unwrap();
    let away = database.url.replace(&host, &folder.path().display().to_string());
    let start = || {
        let mut command = program();
        command.args(["serve", "--wait-for-database", "10min", "--database-url", &away]);
        let mut serving = ServeProcess::begin(command);
        let line: Value = serde_json::from_str(&serving.wait_for("waiting for database")).unwrap();
        assert!(line["database"].as_str().unwrap().contains(" on /"), "{line}");
        assert!(line["error"].as_str().unwrap().contains("No such file"), "{line}");
        serving
    };
    let mut given_up = start();
    given_up.signal("-TERM");
    assert_eq!(given_up.wait(Duration::from_secs(20)).0, Some(143));

    let mut serving = start();
    let socket = ".s.PGSQL.5432";
    std::os::unix::fs::symlink(Path::new(&host).join(socket), folder.path().join(socket)).unwrap();
    serving.wait_until_it_serves();
    drop(serving);
    database.remove().await;
}

/// Starts `serve` while `locked` keeps others from migrating, and lets it go on.
async fn starts_after(database: &TestDatabase, release: &str, locked: sea_orm::DatabaseConnection) {
    let mut serving = ServeProcess::begin(serve(database));
    serving.wait_for("waiting for another instance to migrate");
    locked.execute_unprepared(release).await.unwrap();
    serving.wait_until_it_serves();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_waits_while_another_instance_migrates_postgresql() {
    let Some(database) = TestDatabase::create(Db::Postgres).await else { return };
    let mut options = sea_orm::ConnectOptions::new(&database.url);
    options.max_connections(1);
    let other = sea_orm::Database::connect(options).await.unwrap();
    other.execute_unprepared("SELECT pg_advisory_lock(7310427315504824690)").await.unwrap();
    starts_after(&database, "SELECT pg_advisory_unlock_all()", other).await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_waits_while_another_process_migrates_sqlite() {
    let database = sqlite().await;
    let store = Store::open(&database.url).await.unwrap();
    store.migrate(migration::all).await.unwrap();
    store.close().await;
    let other = database.connect().await;
    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    starts_after(&database, "ROLLBACK", other).await;
}

#[test]
fn a_start_that_fails_is_a_line_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/r.db", folder.path().display());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let failed = program().args(["serve", "--listen", &address, "--database-url", &url]).output();
    let failed = Run::of(&failed.unwrap());
    assert_eq!(failed.code, Some(1));
    let said = lines(&failed);
    assert_eq!(said.len(), 1, "{failed:?}");
    assert_eq!(
        (&said[0]["message"], &said[0]["level"]),
        (&"command failed".into(), &"ERROR".into())
    );
    assert!(said[0]["error"].as_str().unwrap().contains(&address), "{failed:?}");

    let rejected = Run::of(&program().args(["serve", "--nonsense"]).output().unwrap());
    assert_eq!(rejected.code, Some(2));
    let said = lines(&rejected);
    assert_eq!(said[0]["message"], "command line rejected");
    assert!(said[0]["error"].as_str().unwrap().contains("--nonsense"), "{rejected:?}");

    // Help is no failure, and other commands speak to people.
    assert!(
        Run::of(&program().args(["serve", "--help"]).output().unwrap()).out.contains("--create")
    );
    let words =
        Run::of(&program().args(["audit", "verify", "--database-url", &url]).output().unwrap());
    assert!(words.err.starts_with("error: cannot open the database"), "{words:?}");
}
