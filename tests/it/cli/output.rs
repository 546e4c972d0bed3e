//! What the commands write: to readers that go away, to files, and as JSON.

use std::{
    io::pipe,
    process::{Command, Stdio},
};

use digital_skills_registry::api::v1::*;

use super::world_with_a_gap;
use crate::{
    both,
    harness::{
        Db, Server, TestDatabase,
        binary::{Run, program, run},
        fixture::Fixture,
        world::World,
    },
};

/// Runs the program with an output that nobody reads.
fn unread(mut program: Command) -> Run {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    Run::of(
        &program.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap(),
    )
}

both!(a_reader_that_goes_away_is_no_failure);
async fn a_reader_that_goes_away_is_no_failure(server: &Server) {
    let world = World::create(server).await;
    Target::made(&server.channel, &world, 0).await;
    let file = format!("{}/tests/it/fixtures/gdad-skills.csv", env!("CARGO_MANIFEST_DIR"));
    let url = &server.database.url;
    for arguments in [
        &["openapi"][..],
        &["descriptor"],
        &["healthcheck"],
        &["gaps", "world-plan"],
        &["audit-plan", "world-plan"],
        &["report", "world-plan", "--output", "-"],
        &["import", "gdad", &file],
        &["migrate", "status", "--database-url", url],
        &["audit", "verify", "--database-url", url],
        &["audit", "export", "--database-url", url],
    ] {
        let mut program = program();
        program.args(arguments).env("REGISTRY_ENDPOINT", format!("http://{}", server.address));
        let run = tokio::task::spawn_blocking(move || unread(program)).await.unwrap();
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

both!(a_report_is_written_under_an_extension_that_fits);
async fn a_report_is_written_under_an_extension_that_fits(server: &Server) {
    let world = World::create(server).await;
    Target::made(&server.channel, &world, 0).await;
    let folder = tempfile::tempdir().unwrap();
    for (name, format, is_written) in [
        ("x.pdf", None, false),
        ("x.docx", None, false),
        ("x.html", None, true),
        ("X.HTM", None, true),
        ("x.xlsx", None, true),
        ("x", None, true),
        ("x.txt", Some("html"), true),
    ] {
        let path = folder.path().join(name);
        let mut arguments = vec!["report", "world-plan", "--output", path.to_str().unwrap()];
        arguments.extend(format.into_iter().flat_map(|format| ["--format", format]));
        let run = run(server, &arguments).await;
        assert_eq!(
            (run.code, path.exists()),
            (Some(i32::from(!is_written)), is_written),
            "{run:?}"
        );
        if !is_written {
            assert!(run.err.contains("a report is written as .html or .xlsx, not as ."), "{run:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_be_written_is_not_asked_for() {
    let database = TestDatabase::create(Db::Sqlite).await.unwrap();
    let server = Server::start(database).await;
    // The plan does not exist, and it is not that which is told.
    let run = run(&server, &["report", "nothing", "--output", "x.pdf"]).await;
    assert!(run.code == Some(1) && run.err.contains(".pdf"), "{run:?}");
    server.stop().await;
}

both!(the_json_of_gaps_has_every_figure_also_where_it_is_zero);
async fn the_json_of_gaps_has_every_figure_also_where_it_is_zero(server: &Server) {
    world_with_a_gap(server).await;
    let run = run(server, &["gaps", "world-plan", "--format", "json"]).await;
    let shown: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let figures = &shown["rows"][0]["figures"];
    for field in ["inPostFte", "skilledFte", "surplusFte", "belowFte"] {
        assert_eq!(figures[field], 0.0, "{field}: {figures}");
    }
    assert_eq!(shown["warnings"], serde_json::json!([]));
}
