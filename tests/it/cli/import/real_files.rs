//! The public data files themselves, where they are: in `../shared/data`, or in the folder that `REAL_DATA` names.

use std::{io::Write, path::PathBuf};

use digital_skills_registry::{api::v1::*, domain::Fte};

use super::all;
use crate::{
    both,
    harness::{
        Server,
        binary::{Run, run},
        fixture::Fixture,
    },
};

/// The folder of the real files, if it is there. Says so where it is not.
pub fn real_data() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("REAL_DATA").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(
        std::io::stderr(),
        "NOT RUN {name}: the public data files are not in {}",
        folder.display()
    );
    None
}

/// Imports real files twice: the second time nothing changes, and no revision is written.
async fn import_twice(server: &Server, source: &str, files: &[&str]) -> Option<Run> {
    let folder = real_data()?;
    let files: Vec<String> =
        files.iter().map(|file| folder.join(file).display().to_string()).collect();
    let mut arguments = vec!["import", source];
    arguments.extend(files.iter().map(String::as_str));
    let first = run(server, &arguments).await;
    assert_eq!(first.code, Some(0), "{first:?}");
    let revision = server.revision().await;
    let second = run(server, &arguments).await;
    assert_eq!(second.code, Some(0), "{second:?}");
    for line in second.out.lines().filter(|line| line.contains('┆') && !line.contains("created"))
    {
        let title = line.split(['│', '┆']).nth(1).unwrap().trim();
        let [created, updated, unchanged, rejected] = second.counts(title);
        assert_eq!([created, updated, rejected], [0; 3], "{title}");
        assert!(unchanged > 0);
    }
    assert_eq!(server.revision().await, revision);
    Some(first)
}

both!(the_real_gdad_files_come_in_whole);
async fn the_real_gdad_files_come_in_whole(server: &Server) {
    let Some(run) = import_twice(server, "gdad", &["gdad/roles.csv", "gdad/skills.csv"]).await
    else {
        return;
    };
    assert_eq!(run.counts("Skill"), [188, 0, 0, 0]);
    assert_eq!(run.counts("Role"), [205, 0, 0, 0]);
    assert_eq!(run.counts("Requirement"), [1_809, 0, 0, 0]);
    let requirements: Vec<Requirement> = all(server, "roles/-").await;
    assert_eq!(requirements.len(), 1_809);
    assert_eq!(
        requirements.iter().filter(|requirement| requirement.minimum_level == Some(0)).count(),
        28
    );
    let framework = Framework::get(&server.channel, "frameworks/gdad").await.unwrap();
    assert_eq!(framework.levels.len(), 4);
    assert_eq!(all::<Skill>(server, "frameworks/gdad").await.len(), 188);
    assert_eq!(all::<Role>(server, "").await.len(), 205);
}

both!(the_real_esco_file_comes_in_whole);
async fn the_real_esco_file_comes_in_whole(server: &Server) {
    let files = ["esco/digitalSkillsCollection_en.csv"];
    let Some(run) = import_twice(server, "esco", &files).await else { return };
    assert_eq!(run.counts("Skill"), [1_284, 0, 0, 0]);
    let skills: Vec<Skill> = all(server, "frameworks/esco").await;
    assert_eq!(skills.len(), 1_284);
    assert!(skills.iter().all(|skill| skill.title.trim() == skill.title));
    assert_eq!(skills.iter().filter(|skill| !skill.broader_skill.is_empty()).count(), 369);
    assert!(Framework::get(&server.channel, "frameworks/esco").await.unwrap().levels.is_empty());
}

both!(the_real_ods_files_come_in_whole);
async fn the_real_ods_files_come_in_whole(server: &Server) {
    let Some(_) = import_twice(server, "ods", &["ods/etr.csv", "ods/ect.csv"]).await else {
        return;
    };
    let organisations: Vec<Organisation> = all(server, "").await;
    let trusts: Vec<_> = organisations
        .iter()
        .filter(|o| matches!(o.kind(), OrganisationKind::Trust | OrganisationKind::CareTrust))
        .collect();
    assert_eq!(trusts.len(), 278);
    assert_eq!(trusts.iter().filter(|trust| !trust.close_date.is_empty()).count(), 72);
    let named = |name: &str| organisations.iter().find(|o| o.name == name);
    for trust in trusts.iter().filter(|trust| !trust.parent.is_empty()) {
        let board = named(&trust.parent).unwrap();
        assert_eq!(board.kind(), OrganisationKind::IntegratedCareBoard);
        assert_eq!(named(&board.parent).unwrap().kind(), OrganisationKind::Region);
    }
}

both!(the_real_workforce_file_comes_in_whole);
async fn the_real_workforce_file_comes_in_whole(server: &Server) {
    let files = ["workforce/turnover-benchmarking-2025-10.csv"];
    let Some(run) = import_twice(server, "workforce", &files).await else { return };
    assert_eq!(run.counts("Staffing"), [2_528, 0, 0, 0]);
    let staffing: Vec<Staffing> = all(server, "organisations/-").await;
    assert_eq!(staffing.len(), 2_528);
    let organisations: std::collections::HashSet<_> =
        staffing.iter().map(|row| row.name.rsplitn(3, '/').last().unwrap()).collect();
    assert_eq!(organisations.len(), 247);
    let fte: Fte = staffing.iter().map(|row| Fte::read(row.fte()).unwrap()).sum();
    assert_eq!(fte, Fte::parts(133_053_884_046));
    assert_eq!(run.counts("Movement"), [2_528, 0, 0, 0]);
    let movements: Vec<Movement> = all(server, "organisations/-").await;
    let sum = |of: fn(&Movement) -> f64| -> Fte {
        movements.iter().map(|row| Fte::read(of(row)).unwrap()).sum()
    };
    assert_eq!(sum(Movement::opening_fte), Fte::parts(132_873_352_792));
    assert_eq!(sum(Movement::joiner_fte), Fte::parts(1_514_372_770));
    assert_eq!(sum(Movement::leaver_fte), Fte::parts(1_277_604_226));
    let roles: std::collections::HashSet<_> = staffing.iter().map(|row| &row.role).collect();
    assert_eq!(roles.len(), 13);
}
