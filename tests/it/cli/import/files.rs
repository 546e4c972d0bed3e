//! Small made-up files in the layouts of the publishers; the real ones are in `real_files`.

use digital_skills_registry::api::v1::*;

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

/// Imports files of the folder of fixtures.
async fn import(server: &Server, source: &str, files: &[&str]) -> Run {
    let files: Vec<String> = files.iter().map(|file| fixture(file)).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    super::import(server, source, &files).await
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
    let told = "workforce-bad.csv:3: rejected organisations/RX1/staffing/nhs-staff-group.managers.2025-10: \
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
    // get their titles, and the trust small letters for its capitals.
    assert_eq!(run.counts("Organisation"), [2, 3, 0, 0]);
    let get = async |code: &str| {
        Organisation::get(&server.channel, &format!("organisations/{code}")).await.unwrap()
    };
    assert_eq!(get("QX1").await.title, "NHS South Shore ICB");
    assert_eq!(get("Y97").await.title, "Shore");
    assert_eq!(get("RX1").await.title, "South Shore NHS Trust");
    assert_eq!(
        (get("TX9").await.kind(), get("TX9").await.parent.as_str()),
        (OrganisationKind::CareTrust, "organisations/QX3")
    );
    let midwives = "organisations/RX1/staffing/nhs-staff-group.midwives.2025-10";
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
