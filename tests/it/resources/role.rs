//! The rules of roles, and their families.

use digital_skills_registry::api::v1::{
    AfcBand, ListRoleFamiliesRequest, Role, role_service_client::RoleServiceClient,
};
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
