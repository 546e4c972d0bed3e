//! The rules of roles, and their families.

use digital_skills_registry::{
    api::v1::{AfcBand, ListRoleFamiliesRequest, Role, role_service_client::RoleServiceClient},
    domain,
};
use sea_orm::ConnectionTrait;
use tonic::{Code, Status};

use crate::{
    both,
    harness::{
        Server, failure,
        fixture::{Fixture, ListCall},
    },
};

both!(pay_bands_rise_and_stand_together);
async fn pay_bands_rise_and_stand_together(server: &Server) {
    let role = |from: AfcBand, to: AfcBand| Role {
        title: "Role".into(),
        afc_band_from: from as i32,
        afc_band_to: to as i32,
        ..Role::default()
    };
    for (from, to, field, reason) in [
        (AfcBand::AfcBand7, AfcBand::AfcBand6, "role.afc_band_to", "OUT_OF_RANGE"),
        (AfcBand::AfcBand8b, AfcBand::AfcBand8a, "role.afc_band_to", "OUT_OF_RANGE"),
        (AfcBand::AfcBand7, AfcBand::Unspecified, "role.afc_band_to", "REQUIRED"),
        (AfcBand::Unspecified, AfcBand::AfcBand7, "role.afc_band_from", "REQUIRED"),
    ] {
        let made = Role::create(&server.channel, "", "role", Some(role(from, to))).await;
        assert!(failure(made, Code::InvalidArgument).violates(field, reason));
    }
    let none = role(AfcBand::Unspecified, AfcBand::Unspecified);
    let made = Role::create(&server.channel, "", "role", Some(none)).await.unwrap();
    assert_eq!((made.afc_band_from, made.afc_band_to), (0, 0));
    let wide = Role { name: made.name, ..role(AfcBand::AfcBand1, AfcBand::AfcBand9) };
    let wide = Role::update(&server.channel, wide, None, false).await.unwrap();
    assert_eq!(wide.afc_band_to(), AfcBand::AfcBand9);
}

both!(codes_have_a_scheme_and_stand_once);
async fn codes_have_a_scheme_and_stand_once(server: &Server) {
    let codes = ["esr:A", "plain", ":x", "soc2020:", "esr:A"].map(str::to_owned).to_vec();
    let role = Role { title: "Role".into(), codes, family: "data".into(), ..Role::default() };
    let made = Role::create(&server.channel, "", "role", Some(role)).await;
    let failure = failure(made, Code::InvalidArgument);
    for (field, reason) in [
        ("role.codes[1]", "MALFORMED"),
        ("role.codes[2]", "MALFORMED"),
        ("role.codes[3]", "MALFORMED"),
        ("role.codes[4]", "DUPLICATE"),
        ("role.family", "MALFORMED"),
    ] {
        assert!(failure.violates(field, reason), "{failure:?}");
    }
}

both!(roles_are_found_by_their_codes);
async fn roles_are_found_by_their_codes(server: &Server) {
    let channel = &server.channel;
    let coded = |codes: &[&str]| Role {
        title: "Role".into(),
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        ..Role::default()
    };
    for (id, codes) in [
        ("a", &["esr:A", "soc2020:3544"][..]),
        ("b", &["esr:AB"]),
        ("c", &[]),
        ("d", &["soc:é\"*"]),
    ] {
        Role::create(channel, "", id, Some(coded(codes))).await.unwrap();
    }
    let found = async |filter: &str| {
        let listing = ListCall { filter: filter.into(), ..ListCall::default() };
        let rows = Role::list_as(channel, listing.clone()).await?.rows;
        let exported = Role::export(channel, listing).await.unwrap();
        let exported: Vec<_> = exported.into_iter().flat_map(|part| part.rows).collect();
        assert_eq!(rows, exported, "{filter}");
        Ok::<_, Status>(rows.iter().map(|role| role.name[6..].to_owned()).collect::<String>())
    };
    for (filter, names) in [
        (r#"codes:"esr:A""#, "a"),
        (r#"codes:"esr:A*""#, "ab"),
        (r#"codes:"ESR:A""#, ""),
        (r#"codes:"*:3544" AND codes:"esr:A""#, "a"),
        (r#"codes:"soc:é\"\*""#, "d"),
        ("codes:*", "abd"),
        ("NOT codes:*", "c"),
        (r#"NOT codes:"esr:A""#, "bcd"),
        (r#"codes:"""#, ""),
    ] {
        assert_eq!(found(filter).await.unwrap(), names, "{filter}");
    }
    let wrong = failure(found(r#"codes = "esr:A""#).await, Code::InvalidArgument);
    assert!(wrong.violates("filter", "MALFORMED"), "{wrong:?}");
    let changed = Role { name: "roles/a".into(), ..coded(&["esr:B"]) };
    Role::update(channel, changed, None, false).await.unwrap();
    Role::delete(channel, "roles/b", "", false).await.unwrap();
    assert_eq!(found(r#"codes:"esr:A*""#).await.unwrap(), "");
    assert_eq!(found(r#"codes:"esr:B""#).await.unwrap(), "a");
}

both!(roles_are_found_and_ordered_without_case_and_accents);
async fn roles_are_found_and_ordered_without_case_and_accents(server: &Server) {
    let channel = &server.channel;
    for (id, title, group) in [
        ("a", "Café lead, O'Brien", "Ärzte"),
        ("b", "cafe manager", "arzte"),
        ("c", "CAFE\u{301} lead", ""),
        ("d", "Straßenplaner", ""),
        ("e", "Analyst", ""),
    ] {
        let role = Role {
            title: title.into(),
            group: group.into(),
            family: "DATA".into(),
            ..Role::default()
        };
        Role::create(channel, "", id, Some(role)).await.unwrap();
    }
    let found = async |filter: &str, order_by: &str| {
        let (filter, order_by) = (filter.to_owned(), order_by.to_owned());
        let listing = ListCall { filter, order_by, ..ListCall::default() };
        let rows = Role::list_as(channel, listing).await.unwrap().rows;
        rows.iter().map(|role| role.name[6..].to_owned()).collect::<String>()
    };
    for (filter, names) in [
        (r#"title:"cafe""#, "abc"),
        (r#"title:"CAFÉ""#, "abc"),
        (r#"title:"o'brien""#, "a"),
        (r#"title:"*lead""#, "c"),
        (r#"title:"c*LEAD*""#, "ac"),
        (r#"title:"STRASSE""#, "d"),
        (r#"group:"arzt""#, "ab"),
        (r#"family:"data""#, "abcde"),
        (r#"NOT title:"cafe""#, "de"),
        (r#"title = "cafe*""#, "b"),
        (r#"title = "Cafe manager""#, ""),
        (r#"title = "Analyst""#, "e"),
        (r#"title >= "CAFÉ M""#, "bd"),
        (r#"title < "b""#, "e"),
    ] {
        assert_eq!(found(filter, "").await, names, "{filter}");
    }
    assert_eq!(found("", "title").await, "ecabd");
    assert_eq!(found("", "title desc").await, "dbace");
    // Page by page, too.
    let mut listing = ListCall { order_by: "title".into(), page_size: 2, ..ListCall::default() };
    let mut names = String::new();
    loop {
        let page = Role::list_as(channel, listing.clone()).await.unwrap();
        names.extend(page.rows.iter().map(|role| role.name[6..].to_owned()));
        listing.page_token = page.next_page_token;
        if listing.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, "ecabd");
    let renamed = Role { name: "roles/e".into(), title: "Zoë".into(), ..Role::default() };
    Role::update(channel, renamed, Some(&["title"]), false).await.unwrap();
    assert_eq!(found(r#"title:"zoe""#, "").await, "e");
    assert_eq!(found("", "title").await, "cabde");
}

both!(a_text_that_an_older_program_has_written_is_folded);
async fn a_text_that_an_older_program_has_written_is_folded(server: &Server) {
    let role = Role { title: "Before".into(), ..Role::default() };
    Role::create(&server.channel, "", "a", Some(role)).await.unwrap();
    // An older program writes the text and the revision, and no folded text.
    let connection = server.database.connect().await;
    let write = "UPDATE role SET title = 'Évaluateur', revision = revision + 1";
    connection.execute_unprepared(write).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(server.store.refold::<domain::Role>().await.unwrap(), 1);
    assert_eq!(server.store.refold::<domain::Role>().await.unwrap(), 0);
    let filter = r#"title:"EVAL""#.to_owned();
    let listing = ListCall { filter, ..ListCall::default() };
    assert_eq!(Role::list_as(&server.channel, listing).await.unwrap().rows.len(), 1);
}

both!(families_are_listed_with_those_in_use);
async fn families_are_listed_with_those_in_use(server: &Server) {
    for (id, family) in [("a", "DATA"), ("b", "DATA"), ("c", "AN_OTHER"), ("d", "")] {
        let role = Role { title: id.into(), family: family.into(), ..Role::default() };
        Role::create(&server.channel, "", id, Some(role)).await.unwrap();
    }
    let mut roles = RoleServiceClient::new(server.channel.clone());
    let answer = roles.list_role_families(ListRoleFamiliesRequest {}).await.unwrap().into_inner();
    assert_eq!(answer.read_revision, server.revision().await);
    assert!(answer.families.is_sorted_by_key(|family| family.family.clone()));
    let family = |name: &str| answer.families.iter().find(|family| family.family == name).unwrap();
    assert_eq!((family("DATA").role_count, family("DATA").digital), (2, true));
    assert_eq!((family("FRONTLINE").role_count, family("FRONTLINE").digital), (0, false));
    assert_eq!((family("AN_OTHER").role_count, family("AN_OTHER").title.as_str()), (1, ""));
    assert!(answer.families.iter().all(|family| !family.family.is_empty()));
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::{AfcBand, Role};

    use crate::harness::{samples::Samples, world::World};

    impl Samples for Role {
        fn nth(_: &World, n: usize) -> Self {
            Self {
                title: format!("Role {n}"),
                family: "DATA".into(),
                group: "Analysts".into(),
                seniority: Some(2),
                afc_band_from: AfcBand::AfcBand6 as i32,
                afc_band_to: AfcBand::AfcBand8a as i32,
                codes: vec![format!("esr:{n}"), "soc2020:3544".into()],
                description: "What it is.".into(),
                ..Self::default()
            }
        }
    }
}
