//! What people add to imported resources, and what a further import leaves of it.

use digital_skills_registry::api::v1::*;

use super::{ESCO_HEADINGS, Files, GDAD_HEADINGS, import, import_all};
use crate::{
    both,
    harness::{Server, fixture::Fixture},
};

/// Updates a resource as somebody would who works with it.
async fn update<N: Fixture>(server: &Server, row: N, fields: &[&str]) -> N {
    N::update(&server.channel, row, Some(fields), false).await.unwrap()
}

both!(what_the_capability_framework_does_not_say_stays);
async fn what_the_capability_framework_does_not_say_stays(server: &Server) {
    let files = Files::new();
    let line = "Data,Data analyst,d,Analyst,d,SQL,Asking tables.,Working,x,y\n";
    let roles = files.write("roles.csv", format!("{GDAD_HEADINGS}{line}"));
    let skills = files.write(
        "skills.csv",
        "Skill Name,Skill Description,Awareness,Working,Practitioner,Expert\n\
         SQL,Asking tables.,knows,asks,joins,\n",
    );
    import_all(server, "gdad", &[&roles, "--edition", "2025-09"]).await;
    import_all(server, "gdad", &[&skills]).await;
    let requirement = Requirement {
        name: "roles/gdad.analyst/requirements/sql".into(),
        weight: Some(5.0),
        minimum_holders: Some(3),
        importance: Importance::Desirable as i32,
        needed_from_date: "2027-04-01".into(),
        ..Requirement::default()
    };
    let fields = ["weight", "minimum_holders", "importance", "needed_from_date"];
    let requirement = update(server, requirement, &fields).await;
    let role = Role {
        name: "roles/gdad.analyst".into(),
        afc_band_from: AfcBand::AfcBand6 as i32,
        afc_band_to: AfcBand::AfcBand7 as i32,
        codes: vec!["esr:ABC".into()],
        seniority: Some(2),
        ..Role::default()
    };
    let role = update(server, role, &["afc_band_from", "afc_band_to", "codes", "seniority"]).await;
    let skill = Skill {
        name: "frameworks/gdad/skills/sql".into(),
        core: Some(true),
        category: "Data".into(),
        ..Skill::default()
    };
    let skill = update(server, skill, &["core", "category"]).await;
    assert_eq!(
        skill.description,
        "Asking tables.\n\nAwareness\nknows\n\nWorking\nasks\n\nPractitioner\njoins"
    );

    let revision = server.revision().await;
    let run = import_all(server, "gdad", &[&roles]).await;
    for title in ["Framework", "Skill", "Role", "Requirement"] {
        assert_eq!(run.counts(title), [0, 0, 1, 0], "{title}");
    }
    import_all(server, "gdad", &[&skills]).await;
    assert_eq!(server.revision().await, revision);
    assert_eq!(Requirement::get(&server.channel, &requirement.name).await.unwrap(), requirement);
    assert_eq!(Role::get(&server.channel, &role.name).await.unwrap(), role);
    assert_eq!(Skill::get(&server.channel, &skill.name).await.unwrap(), skill);
    let framework = Framework::get(&server.channel, "frameworks/gdad").await.unwrap();
    assert_eq!(framework.version, "2025-09");

    // What the files say is theirs: the next edition of one changes it, and leaves the rest.
    let line = "Data,Data analyst,d,Analyst,d,SQL,Asking.,Expert,x,y\n";
    let roles = files.write("next.csv", format!("{GDAD_HEADINGS}{line}"));
    import_all(server, "gdad", &[&roles, "--edition", "2026-03"]).await;
    let changed = Requirement::get(&server.channel, &requirement.name).await.unwrap();
    assert_eq!((changed.minimum_level(), changed.weight()), (4, 5.0));
    let changed = Skill::get(&server.channel, &skill.name).await.unwrap();
    assert_eq!(
        changed.description,
        "Asking.\n\nAwareness\nknows\n\nWorking\nasks\n\nPractitioner\njoins"
    );
    assert!(changed.core());
    let framework = Framework::get(&server.channel, "frameworks/gdad").await.unwrap();
    assert_eq!(framework.version, "2026-03");
}

both!(what_the_organisation_data_service_does_not_say_stays);
async fn what_the_organisation_data_service_does_not_say_stays(server: &Server) {
    let fixture = |name: &str| format!("{}/tests/it/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let [trusts, care_trusts] = ["etr.csv", "ect.csv"].map(fixture);
    import_all(server, "ods", &[&trusts, &care_trusts]).await;
    let old = Organisation {
        name: "organisations/RX3".into(),
        successor: "organisations/RX1".into(),
        kind: OrganisationKind::SpecialHealthAuthority as i32,
        title: "Old Shore NHS Trust".into(),
        ..Organisation::default()
    };
    let old = update(server, old, &["successor", "kind", "title"]).await;
    let nowhere = Organisation {
        name: "organisations/RX4".into(),
        parent: "organisations/QX1".into(),
        region_code: "Y97".into(),
        ..Organisation::default()
    };
    let nowhere = update(server, nowhere, &["parent", "region_code"]).await;
    let board = Organisation {
        name: "organisations/QX1".into(),
        title: "South Shore".into(),
        ..Organisation::default()
    };
    update(server, board, &["title"]).await;
    let revision = server.revision().await;
    import_all(server, "ods", &[&trusts, &care_trusts]).await;
    assert_eq!(server.revision().await, revision);
    assert_eq!(Organisation::get(&server.channel, &old.name).await.unwrap(), old);
    assert_eq!(Organisation::get(&server.channel, &nowhere.name).await.unwrap(), nowhere);
    // Of care trusts the file says the kind.
    let care_trust = Organisation {
        name: "organisations/TX1".into(),
        kind: OrganisationKind::Other as i32,
        title: "Another".into(),
        ..Organisation::default()
    };
    update(server, care_trust, &["kind", "title"]).await;
    import_all(server, "ods", &[&care_trusts]).await;
    let care_trust = Organisation::get(&server.channel, "organisations/TX1").await.unwrap();
    assert_eq!(care_trust.kind(), OrganisationKind::CareTrust);
    assert_eq!(care_trust.title, "SHORE CARE TRUST");
}

both!(what_a_file_of_esco_does_not_have_stays);
async fn what_a_file_of_esco_does_not_have_stays(server: &Server) {
    let files = Files::new();
    let line = "http://data.europa.eu/esco/skill/aaa,child,knowledge,kid,d,\n";
    let whole = files.write("whole.csv", format!("{ESCO_HEADINGS}{line}"));
    import_all(server, "esco", &[&whole, "--edition", "1.2.0"]).await;
    let skill = Skill {
        name: "frameworks/esco/skills/aaa".into(),
        core: Some(true),
        state: SkillState::Retired as i32,
        ..Skill::default()
    };
    let skill = update(server, skill, &["core", "state"]).await;
    let short = files.write(
        "short.csv",
        "preferredLabel,conceptUri\nchild,http://data.europa.eu/esco/skill/aaa\n",
    );
    let revision = server.revision().await;
    import_all(server, "esco", &[&short]).await;
    import_all(server, "esco", &[&whole]).await;
    assert_eq!(server.revision().await, revision);
    assert_eq!(Skill::get(&server.channel, &skill.name).await.unwrap(), skill);
    let framework = Framework::get(&server.channel, "frameworks/esco").await.unwrap();
    assert_eq!(framework.version, "1.2.0");
}

both!(the_framework_of_another_publisher_is_left_alone);
async fn the_framework_of_another_publisher_is_left_alone(server: &Server) {
    let files = Files::new();
    let line = "http://data.europa.eu/esco/skill/aaa,child,knowledge,kid,d,\n";
    let esco = files.write("esco.csv", format!("{ESCO_HEADINGS}{line}"));
    let skills = files.write("skills.csv", "Skill Name,Skill Description\nSQL,x\n");
    import_all(server, "gdad", &[&skills]).await;
    let revision = server.revision().await;
    let run = import(server, "esco", &[&esco, "--framework", "gdad"]).await;
    assert_eq!(run.code, Some(1));
    let expected =
        "frameworks/gdad is of the publisher \"UK Government\", not \"European Commission\"";
    assert!(run.err.contains(expected), "{}", run.err);
    let levels =
        vec![FrameworkLevel { rank: 1, id: "a".into(), title: "A".into(), ..Default::default() }];
    let other = Framework {
        title: "Other".into(),
        publisher: "UK Government".into(),
        levels,
        ..Framework::default()
    };
    Framework::create(&server.channel, "", "other", Some(other)).await.unwrap();
    let run = import(server, "gdad", &[&skills, "--framework", "other"]).await;
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("frameworks/other has other levels than the files"), "{}", run.err);
    assert_eq!(server.revision().await, revision + 1);
    // A framework that cannot be written stops the import before its skills.
    let run = import(server, "gdad", &[&skills, "--framework", "Not an id"]).await;
    assert_eq!(run.code, Some(1));
    assert_eq!(server.revision().await, revision + 1);
}
