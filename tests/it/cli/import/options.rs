//! Options of `import`, and what it prints.

use std::fs;

use digital_skills_registry::api::v1::{self, change_service_client::ChangeServiceClient};

use super::{ESCO_HEADINGS, Files, GDAD_HEADINGS, content, import, import_all};
use crate::{both, harness::Server};

fn fixture(name: &str) -> String {
    format!("{}/tests/it/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

both!(a_dry_run_says_what_an_import_would_do);
async fn a_dry_run_says_what_an_import_would_do(server: &Server) {
    let sources: [(&str, &[&str], &[&str]); 4] = [
        (
            "gdad",
            &["gdad-roles.csv", "gdad-skills.csv"],
            &["Framework", "Skill", "Role", "Requirement"],
        ),
        ("esco", &["esco.csv"], &["Framework", "Skill"]),
        ("ods", &["etr.csv", "ect.csv"], &["Organisation"]),
        ("workforce", &["workforce.csv"], &["Organisation", "Role", "Staffing", "Movement"]),
    ];
    for (source, files, titles) in sources {
        let files: Vec<String> = files.iter().map(|file| fixture(file)).collect();
        let mut arguments: Vec<&str> = files.iter().map(String::as_str).collect();
        let before = (server.revision().await, content(server).await);
        arguments.push("--dry-run");
        let dry = import_all(server, source, &arguments).await;
        assert_eq!((server.revision().await, content(server).await), before, "{source}");
        arguments.pop();
        let wet = import_all(server, source, &arguments).await;
        for title in titles {
            assert_eq!(dry.counts(title), wet.counts(title), "{source} {title}");
        }
    }
    // What is wrong is rejected in a dry run too.
    let bad = fixture("gdad-roles-bad.csv");
    let dry = import(server, "gdad", &[&bad, "--framework", "other", "--dry-run"]).await;
    assert_eq!(dry.code, Some(1));
    assert_eq!(dry.counts("Requirement"), [2, 0, 0, 2]);
}

both!(rows_are_written_on_behalf_of_the_caller);
async fn rows_are_written_on_behalf_of_the_caller(server: &Server) {
    let revision = server.revision().await;
    let esco = fixture("esco.csv");
    import_all(server, "esco", &[&esco, "--caller", "jo.bloggs", "--publish"]).await;
    let mut changes = ChangeServiceClient::new(server.channel.clone());
    let request = v1::ListChangesRequest { after_revision: revision, ..Default::default() };
    let page = changes.list_changes(request).await.unwrap().into_inner();
    let changes: Vec<_> = page.revisions.iter().flat_map(|revision| &revision.changes).collect();
    assert_eq!(changes.len(), 5);
    assert!(changes.iter().all(|change| change.actor == "jo.bloggs"), "{changes:?}");
}

both!(the_first_rejected_rows_of_a_sort_are_printed_and_all_are_in_the_file);
async fn the_first_rejected_rows_of_a_sort_are_printed_and_all_are_in_the_file(server: &Server) {
    let files = Files::new();
    let line = |n: usize| format!("Data,Analyst,d,Analyst,d,Skill {n},x,Wizard {n},x,y\n");
    let lines: String = (0..25).map(line).collect();
    let other = "Data,Analyst,d,Analyst,d,,x,Working,x,y\n";
    let roles = files.write("roles.csv", format!("{GDAD_HEADINGS}{lines}{other}"));
    let rejected = files.path("rejected.txt").display().to_string();
    let run = import(server, "gdad", &[&roles, "--rejected", &rejected]).await;
    assert_eq!(run.code, Some(1));
    assert_eq!(run.counts("Requirement"), [0, 0, 0, 26]);
    assert_eq!(run.err.matches("there is no level \"Wizard").count(), 20, "{}", run.err);
    assert!(run.err.contains("... and 5 more: Requirement, there is no level"), "{}", run.err);
    assert!(run.err.contains("roles.csv:27: rejected : the column \"Skill Name\" is empty"));
    let all = fs::read_to_string(&rejected).unwrap();
    assert_eq!(all.lines().count(), 26);
    assert!(all.contains("roles.csv:26: rejected : there is no level \"Wizard 24\""), "{all}");

    let revision = server.revision().await;
    let nowhere = files.path("nowhere/rejected.txt").display().to_string();
    let skills = files.write("skills.csv", "Skill Name,Skill Description\nSQL,x\n");
    let run = import(server, "gdad", &[&skills, "--rejected", &nowhere]).await;
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("cannot write"), "{}", run.err);
    assert_eq!(server.revision().await, revision);
}

both!(a_rejected_framework_ends_the_import_and_the_summary_says_how_far_it_came);
async fn a_rejected_framework_ends_the_import_and_the_summary_says_how_far_it_came(
    server: &Server,
) {
    let files = Files::new();
    let line = "http://data.europa.eu/esco/skill/aaa,child,knowledge,kid,d,\n";
    let esco = files.write("esco.csv", format!("{ESCO_HEADINGS}{line}"));
    let revision = server.revision().await;
    let edition = "1".repeat(65);
    let run = import(server, "esco", &[&esco, "--edition", &edition]).await;
    assert_eq!(run.code, Some(1));
    assert_eq!(run.counts("Framework"), [0, 0, 0, 1]);
    assert!(!run.out.contains("Skill"), "{}", run.out);
    let expected = "frameworks/esco was rejected, so nothing else was imported";
    assert!(run.err.contains("version ") && run.err.contains(expected), "{}", run.err);
    assert_eq!(server.revision().await, revision);
}
