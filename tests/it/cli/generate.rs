//! `skills-registry generate`: a made-up nation, on the wire and as files.

use std::path::Path;

use digital_skills_registry::api::v1::*;

use crate::{
    both,
    harness::{Server, binary::run, example::analyse},
};

const SMALL: [&str; 14] = [
    "--organisations",
    "9",
    "--roles",
    "5",
    "--skills",
    "30",
    "--requirements",
    "4",
    "--periods",
    "3",
    "--staffing",
    "150",
    "--assessments",
    "2000",
];

/// The files of a nation, by name.
async fn files(server: &Server, seed: &str) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let arguments = [&["generate", "--csv", path, "--seed", seed][..], &SMALL].concat();
    let done = run(server, &arguments).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), read(&entry.path())))
        .collect();
    files.sort_unstable();
    files
}

both!(a_nation_of_the_size_asked_for_is_loaded_and_analysed);
async fn a_nation_of_the_size_asked_for_is_loaded_and_analysed(server: &Server) {
    let done = run(server, &[&["generate"][..], &SMALL].concat()).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    for (title, count) in [
        ("Organisation", 9 + 8),
        ("Skill", 30),
        ("Role", 5),
        ("Requirement", 20),
        ("Target", 135),
        ("Staffing", 150),
        ("Assessment", 2000),
    ] {
        assert_eq!(done.counts(title), [count, 0, 0, 0], "{title}");
    }
    let query = GapQuery {
        plan: "plans/generated".into(),
        period_end_dates: vec!["-".into()],
        as_of_date: "2026-12-01".into(),
        group_by: vec![GapDimension::Region as i32, GapDimension::Family as i32],
        ..GapQuery::default()
    };
    let nation = analyse(server, query.clone()).await.unwrap();
    let totals: Vec<GapTotals> =
        nation.period_totals.iter().map(|of_period| of_period.totals.unwrap()).collect();
    assert_eq!(totals.iter().map(|totals| totals.part_count).collect::<Vec<_>>(), [9 * 5 * 4; 3]);
    // There is some of everything to be found.
    let figures = totals[0].figures.unwrap();
    for fte in [
        figures.skilled_fte,
        figures.below_fte,
        figures.expired_fte,
        figures.shortfall_fte,
        figures.surplus_fte,
    ] {
        assert!(fte > 0.0, "{figures:?}");
    }
    let revision = server.revision().await;
    let again = run(server, &[&["generate"][..], &SMALL].concat()).await;
    assert_eq!(again.counts("Assessment"), [0, 0, 2000, 0]);
    assert_eq!(server.revision().await, revision);
}

both!(a_seed_gives_the_same_files_every_time_and_another_seed_others);
async fn a_seed_gives_the_same_files_every_time_and_another_seed_others(server: &Server) {
    let (first, again, other) =
        (files(server, "7").await, files(server, "7").await, files(server, "8").await);
    assert_eq!(first, again);
    assert_ne!(first, other);
    let lines: Vec<_> =
        first.iter().map(|(name, text)| (name.as_str(), text.lines().count())).collect();
    assert_eq!(
        lines,
        [
            ("assessments.csv", 2001),
            ("organisations.csv", 18),
            ("requirements.csv", 21),
            ("roles.csv", 6),
            ("skills.csv", 31),
            ("staffing.csv", 151),
            ("targets.csv", 136),
        ]
    );
}

both!(a_role_cannot_require_more_skills_than_there_are);
async fn a_role_cannot_require_more_skills_than_there_are(server: &Server) {
    let done = run(server, &["generate", "--skills", "3", "--requirements", "4"]).await;
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.err.contains("more skills than there are"), "{done:?}");
}
