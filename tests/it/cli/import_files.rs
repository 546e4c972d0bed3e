//! `skills-registry import`: public data files, in the layouts that their publishers give them.
//!
//! Small made-up files of the same layouts always run. The real ones run where they are: in
//! `../shared/data`, or in the folder that `REAL_DATA` names.

use std::{io::Write, path::PathBuf};

use digital_skills_registry::{api::v1::*, domain::Exact};

use crate::{
    both,
    harness::{
        Server,
        binary::{Run, run},
        fixture::Fixture,
    },
};

fn fixture(name: &str) -> String {
    format!("{}/tests/it/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Imports files; gives what the program said.
async fn import(server: &Server, source: &str, files: &[&str]) -> Run {
    let files: Vec<String> = files.iter().map(|file| fixture(file)).collect();
    let mut arguments = vec!["import", source];
    arguments.extend(files.iter().map(String::as_str));
    run(server, &arguments).await
}

/// Every resource of a resource type.
async fn all<N: Fixture>(server: &Server, parent: &str) -> Vec<N> {
    let (mut rows, mut token) = (Vec::new(), String::new());
    loop {
        let page = N::list(&server.channel, parent, 1_000, &token).await.unwrap();
        rows.extend(page.rows);
        token = page.next_page_token;
        if token.is_empty() {
            return rows;
        }
    }
}

both!(gdad_becomes_a_framework_roles_and_requirements);
async fn gdad_becomes_a_framework_roles_and_requirements(server: &Server) {
    let run = import(server, "gdad", &["gdad-roles.csv", "gdad-skills.csv"]).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.counts("Framework"), [1, 0, 0, 0]);
    assert_eq!(run.counts("Skill"), [3, 0, 0, 0]);
    assert_eq!(run.counts("Role"), [4, 0, 0, 0]);
    assert_eq!(run.counts("Requirement"), [6, 0, 0, 0]);
    let framework = Framework::get(&server.channel, "frameworks/gdad").await.unwrap();
    let levels: Vec<_> =
        framework.levels.iter().map(|level| (level.rank, level.id.as_str())).collect();
    assert_eq!(levels, [(1, "awareness"), (2, "working"), (3, "practitioner"), (4, "expert")]);
    let skill =
        Skill::get(&server.channel, "frameworks/gdad/skills/keeping-numbers").await.unwrap();
    assert_eq!(
        (skill.title.as_str(), skill.description.as_str()),
        ("Keeping (numbers)", "Keeping what was counted.")
    );
    let skill = Skill::get(&server.channel, "frameworks/gdad/skills/counting").await.unwrap();
    assert!(
        skill.description.contains("Expert\nYou can:\n- count without end"),
        "{}",
        skill.description
    );
    // Blanks after the name, plain or not, make no other role.
    let role = Role::get(&server.channel, "roles/gdad.lead-number-keeper").await.unwrap();
    assert_eq!(
        (role.title.as_str(), role.group.as_str(), role.family.as_str()),
        ("Lead number keeper", "Number keeper", "DATA")
    );
    let chief = Role::get(&server.channel, "roles/gdad.chief-number-officer").await.unwrap();
    assert_eq!(
        (chief.family.as_str(), chief.description.as_str()),
        ("DIGITAL_LEADERSHIP", "Leads all number keepers.")
    );
    assert_eq!(
        Role::get(&server.channel, "roles/gdad.tester").await.unwrap().family,
        "QUALITY_ASSURANCE_TESTING"
    );
    let level =
        async |name: &str| Requirement::get(&server.channel, name).await.unwrap().minimum_level();
    assert_eq!(level("roles/gdad.lead-number-keeper/requirements/counting").await, 4);
    assert_eq!(level("roles/gdad.chief-number-officer/requirements/counting").await, 0);

    let revision = server.revision().await;
    let again = import(server, "gdad", &["gdad-roles.csv", "gdad-skills.csv"]).await;
    assert_eq!(again.counts("Requirement"), [0, 0, 6, 0]);
    assert_eq!(again.counts("Skill"), [0, 0, 3, 0]);
    assert_eq!(server.revision().await, revision);
}

both!(rows_that_cannot_be_read_are_told_with_their_line);
async fn rows_that_cannot_be_read_are_told_with_their_line(server: &Server) {
    let run = import(server, "gdad", &["gdad-roles-bad.csv"]).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.counts("Requirement"), [2, 0, 0, 2]);
    // The first row of the file takes several lines.
    assert!(
        run.err.contains("gdad-roles-bad.csv:14: rejected : there is no level \"Wizard\""),
        "{}",
        run.err
    );
    assert!(
        run.err.contains("gdad-roles-bad.csv:15: rejected : the column \"Skill Name\" is empty"),
        "{}",
        run.err
    );

    let run = import(server, "ods", &["etr-bad.csv"]).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.counts("Organisation"), [3, 0, 0, 3]);
    for told in [
        "etr-bad.csv:2: rejected RX6: \"1 April\" is not a date of the form yyyymmdd",
        "etr-bad.csv:3: rejected organisations/R!7: name must have the form organisations/{organisation}",
        "etr-bad.csv:4: rejected RX8: has 2 columns where 27 are expected",
    ] {
        assert!(run.err.contains(told), "{told}: {}", run.err);
    }

    let run = import(server, "workforce", &["workforce-bad.csv"]).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.counts("Staffing"), [1, 0, 0, 2]);
    // Half a movement is none: of the midwives and the ambulance staff one line is bad, of the managers
    // the service refuses the leavers.
    assert_eq!(run.counts("Movement"), [1, 0, 0, 4]);
    for told in [
        "workforce-bad.csv:6: rejected RX1: HC \"some\" is not a number",
        "workforce-bad.csv:9: rejected RX1: duplicate: an earlier line has the same organisation, staff group and TYPE",
        "workforce-bad.csv:12: rejected RX1: PERIOD \"202510 to 202509\" is not of the form yyyymm to yyyymm",
        "rejected organisations/RX1/movements/nhs-staff-group.managers.2025-10: leaver_fte must be at most 3 × headcount",
    ] {
        assert!(run.err.contains(told), "{told}: {}", run.err);
    }
    assert!(
        run.err.contains("workforce-bad.csv:2: rejected RX1: HC \"many\" is not a number"),
        "{}",
        run.err
    );
    let told = "workforce-bad.csv:3: rejected organisations/RX1/staffing/nhs-staff-group.managers: \
                fte must have at most five decimals";
    assert!(run.err.contains(told), "{}", run.err);

    let missing = import(server, "gdad", &["nothing.csv"]).await;
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("nothing.csv"), "{}", missing.err);
    let wrong = import(server, "esco", &["gdad-roles.csv"]).await;
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.err.contains("there is no column \"conceptUri\""), "{}", wrong.err);
}

both!(esco_becomes_a_framework_without_levels);
async fn esco_becomes_a_framework_without_levels(server: &Server) {
    let run = import(server, "esco", &["esco.csv"]).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.counts("Skill"), [3, 0, 0, 0]);
    assert!(Framework::get(&server.channel, "frameworks/esco").await.unwrap().levels.is_empty());
    let skill = async |id: &str| {
        Skill::get(&server.channel, &format!("frameworks/esco/skills/{id}")).await.unwrap()
    };
    let binary = skill("11111111-1111-4111-8111-111111111111").await;
    assert_eq!(binary.title, "count in binary");
    assert_eq!(binary.alternative_labels, ["binary counting", "counting by two"]);
    // Of the broader concepts, the one that is a skill of the collection.
    assert_eq!(binary.broader_skill, "frameworks/esco/skills/22222222-2222-4222-8222-222222222222");
    assert_eq!(
        binary.external_uri,
        "http://data.europa.eu/esco/skill/11111111-1111-4111-8111-111111111111"
    );
    let theory = skill("33333333-3333-4333-8333-333333333333").await;
    assert_eq!((theory.title.as_str(), theory.category.as_str()), ("number theory", "knowledge"));
    assert_eq!(theory.alternative_labels, ["higher arithmetic", "queen of mathematics"]);
    let revision = server.revision().await;
    assert_eq!(import(server, "esco", &["esco.csv"]).await.counts("Skill"), [0, 0, 3, 0]);
    assert_eq!(server.revision().await, revision);
}

both!(ods_makes_regions_and_boards_where_they_are_missing);
async fn ods_makes_regions_and_boards_where_they_are_missing(server: &Server) {
    let run = import(server, "ods", &["etr.csv", "ect.csv"]).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.counts("Organisation"), [10, 0, 0, 0]);
    let get = async |code: &str| {
        Organisation::get(&server.channel, &format!("organisations/{code}")).await.unwrap()
    };
    let north = get("RX2X9").await;
    assert_eq!(
        (north.title.as_str(), north.open_date.as_str()),
        ("NORTH SHORE NHS FOUNDATION TRUST", "2027-04-01")
    );
    assert_eq!(
        (north.kind(), north.parent.as_str()),
        (OrganisationKind::Trust, "organisations/Z9X9Z")
    );
    assert_eq!(get("RX3").await.close_date, "2019-03-31");
    assert_eq!(get("TX1").await.kind(), OrganisationKind::CareTrust);
    assert_eq!(get("RX4").await.parent, "");
    let board = get("QX1").await;
    assert_eq!(
        (board.kind(), board.title.as_str()),
        (OrganisationKind::IntegratedCareBoard, "QX1")
    );
    assert_eq!(board.parent, "organisations/Y97");
    assert_eq!(get("Y97").await.kind(), OrganisationKind::Region);
    let revision = server.revision().await;
    let again = import(server, "ods", &["etr.csv", "ect.csv"]).await;
    assert_eq!(again.counts("Organisation"), [0, 0, 5, 0]);
    assert_eq!(server.revision().await, revision);
}

both!(workforce_becomes_staffing_exactly);
async fn workforce_becomes_staffing_exactly(server: &Server) {
    import(server, "ods", &["etr.csv"]).await;
    let run = import(server, "workforce", &["workforce.csv"]).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.counts("Staffing"), [4, 0, 0, 0]);
    assert_eq!(run.counts("Movement"), [3, 0, 0, 0]);
    assert_eq!(run.counts("Role"), [3, 0, 0, 0]);
    // The care trust and its board are new; the region and the board that ODS knew by their codes
    // only get their titles; the trust keeps the title that it has.
    assert_eq!(run.counts("Organisation"), [2, 2, 0, 0]);
    let get = async |code: &str| {
        Organisation::get(&server.channel, &format!("organisations/{code}")).await.unwrap()
    };
    assert_eq!(get("QX1").await.title, "NHS South Shore ICB");
    assert_eq!(get("Y97").await.title, "Shore");
    assert_eq!(get("RX1").await.title, "SOUTH SHORE NHS TRUST");
    assert_eq!(
        (get("TX9").await.kind(), get("TX9").await.parent.as_str()),
        (OrganisationKind::CareTrust, "organisations/QX3")
    );
    let midwives = "organisations/RX1/staffing/nhs-staff-group.midwives";
    let midwives = Staffing::get(&server.channel, midwives).await.unwrap();
    assert_eq!((midwives.headcount(), midwives.fte()), (200, 150.12345));
    assert_eq!(midwives.start_date, "2025-10-31");
    assert_eq!(midwives.source, "NHS workforce statistics, October 2025");
    let moved = "organisations/RX1/movements/nhs-staff-group.midwives.2025-10";
    let moved = Movement::get(&server.channel, moved).await.unwrap();
    assert_eq!(moved.role, "roles/nhs-staff-group.midwives");
    // Counted at the end of September and of October: what happened in between is October's.
    assert_eq!([moved.first_date.as_str(), &moved.last_date], ["2025-10-01", "2025-10-31"]);
    assert_eq!((moved.opening_headcount(), moved.opening_fte()), (199, 149.0));
    assert_eq!((moved.joiner_headcount(), moved.joiner_fte()), (6, 5.1));
    assert_eq!((moved.leaver_headcount(), moved.leaver_fte()), (5, 4.1));
    assert_eq!(moved.source, "NHS workforce statistics, October 2025");
    let managers = "organisations/RX1/movements/nhs-staff-group.managers.2025-10";
    let managers = Movement::get(&server.channel, managers).await.unwrap();
    assert_eq!(
        [managers.opening_fte, managers.joiner_fte, managers.leaver_fte],
        [68.3, 0.0, 0.0].map(Some)
    );
    let managers = Role::get(&server.channel, "roles/nhs-staff-group.managers").await.unwrap();
    assert_eq!((managers.title.as_str(), managers.family.as_str()), ("Managers", "CORPORATE"));
    let revision = server.revision().await;
    let again = import(server, "workforce", &["workforce.csv"]).await;
    assert_eq!(again.counts("Staffing"), [0, 0, 4, 0]);
    assert_eq!(again.counts("Movement"), [0, 0, 3, 0]);
    import(server, "ods", &["etr.csv"]).await;
    assert_eq!(server.revision().await, revision);
}

both!(a_framework_can_be_named_and_published);
async fn a_framework_can_be_named_and_published(server: &Server) {
    let file = fixture("esco.csv");
    let arguments =
        ["import", "esco", &file, "--framework", "numbers", "--edition", "1.2.0", "--publish"];
    assert_eq!(run(server, &arguments).await.code, Some(0));
    let framework = Framework::get(&server.channel, "frameworks/numbers").await.unwrap();
    assert_eq!(
        (framework.state(), framework.version.as_str()),
        (FrameworkState::Published, "1.2.0")
    );
    let revision = server.revision().await;
    assert_eq!(run(server, &arguments).await.code, Some(0));
    assert_eq!(server.revision().await, revision);
}

/// The folder of the real files, if it is there. Says so where it is not.
fn real_data() -> Option<PathBuf> {
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
    let fte: Exact = staffing.iter().map(|row| Exact::read(row.fte()).unwrap()).sum();
    assert_eq!(fte, Exact::parts(133_053_884_046));
    assert_eq!(run.counts("Movement"), [2_528, 0, 0, 0]);
    let movements: Vec<Movement> = all(server, "organisations/-").await;
    let sum = |of: fn(&Movement) -> f64| -> Exact {
        movements.iter().map(|row| Exact::read(of(row)).unwrap()).sum()
    };
    assert_eq!(sum(Movement::opening_fte), Exact::parts(132_873_352_792));
    assert_eq!(sum(Movement::joiner_fte), Exact::parts(1_514_372_770));
    assert_eq!(sum(Movement::leaver_fte), Exact::parts(1_277_604_226));
    let roles: std::collections::HashSet<_> = staffing.iter().map(|row| &row.role).collect();
    assert_eq!(roles.len(), 13);
}
