//! The rules of organisations.

use digital_skills_registry::api::v1::{Organisation, OrganisationKind};
use tonic::Code;

use crate::{
    both,
    harness::{Server, failure, fixture::Fixture, world::World},
};

fn organisation(title: &str, parent: &str) -> Organisation {
    Organisation {
        title: title.to_owned(),
        kind: OrganisationKind::Trust as i32,
        parent: parent.to_owned(),
        ..Organisation::default()
    }
}

async fn create(server: &Server, code: &str, parent: &str) -> Organisation {
    let row = organisation(code, parent);
    Organisation::create(&server.channel, "", code, Some(row)).await.unwrap()
}

both!(an_ods_code_is_taken_in_either_case_and_given_in_capitals);
async fn an_ods_code_is_taken_in_either_case_and_given_in_capitals(server: &Server) {
    let made = create(server, "rj1a2", "").await;
    assert_eq!(made.name, "organisations/RJ1A2");
    let got = Organisation::get(&server.channel, "organisations/rJ1a2").await.unwrap();
    assert_eq!(got, made);
    let child = create(server, "qkk", "organisations/rj1a2").await;
    assert_eq!(child.parent, "organisations/RJ1A2");
    let again = Organisation::create(&server.channel, "", "RJ1A2", Some(organisation("x", "")));
    failure(again.await, Code::AlreadyExists);
    for bad in ["AB", "ABCDEFGHIJ", "A-B", "ÄÖÜ"] {
        let made = Organisation::create(&server.channel, "", bad, Some(organisation("x", "")));
        assert!(
            failure(made.await, Code::InvalidArgument).violates("organisation_id", "MALFORMED")
        );
    }
}

both!(parents_never_lead_back);
async fn parents_never_lead_back(server: &Server) {
    let top = create(server, "TOP", "").await;
    let middle = create(server, "MIDDLE", &top.name).await;
    let bottom = create(server, "BOTTOM", &middle.name).await;
    for parent in [&bottom.name, &middle.name, &top.name] {
        let looped = Organisation { parent: parent.clone(), ..top.clone() };
        let updated = Organisation::update(&server.channel, looped, None, false).await;
        assert!(failure(updated, Code::InvalidArgument).violates("organisation.parent", "LOOP"));
    }
    let own = organisation("OWN", "organisations/OWN");
    let own = Organisation::create(&server.channel, "", "OWN", Some(own)).await;
    assert!(failure(own, Code::InvalidArgument).violates("organisation.parent", "LOOP"));
}

both!(parents_changed_at_once_never_lead_back);
async fn parents_changed_at_once_never_lead_back(server: &Server) {
    for round in 0..8 {
        let names: Vec<_> = (0..3).map(|i| format!("R{round}{i}")).collect();
        let mut rows = Vec::new();
        for name in &names {
            rows.push(create(server, name, "").await);
        }
        // Each becomes the parent of the next, in a ring: the last to come must fail.
        let mut callers = tokio::task::JoinSet::new();
        for i in 0..3 {
            let channel = server.connect().await;
            let row = Organisation { parent: rows[(i + 1) % 3].name.clone(), ..rows[i].clone() };
            callers.spawn(async move { Organisation::update(&channel, row, None, false).await });
        }
        let results = callers.join_all().await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 2, "{results:?}");
    }
}

both!(it_does_not_close_before_it_opens);
async fn it_does_not_close_before_it_opens(server: &Server) {
    let row = Organisation {
        open_date: "2026-04-01".into(),
        close_date: "2026-03-31".into(),
        ..organisation("Short", "")
    };
    let made = Organisation::create(&server.channel, "", "SHORT", Some(row)).await;
    assert!(
        failure(made, Code::InvalidArgument).violates("organisation.close_date", "OUT_OF_RANGE")
    );
}

both!(what_is_referred_to_is_not_deleted);
async fn what_is_referred_to_is_not_deleted(server: &Server) {
    let world = World::create(server).await;
    let target = digital_skills_registry::api::v1::Target::made(&server.channel, &world, 1).await;
    let deleted = Organisation::delete(&server.channel, &world.trust, "", false).await;
    let failure = failure(deleted, Code::FailedPrecondition);
    assert_eq!(failure.reason, "RESOURCE_IN_USE");
    let by: Vec<_> = failure.fact("referrers").split(',').collect();
    assert!(
        by.contains(&target.name.as_str()) && by.contains(&world.plan.as_str())
            || by.contains(&world.other_plan.as_str()),
        "{by:?}"
    );
    let precondition = failure.details.precondition_failure().unwrap();
    assert!(precondition.violations.iter().any(|violation| violation.subject == target.name));
}

both!(the_code_of_a_deleted_organisation_is_never_anothers);
async fn the_code_of_a_deleted_organisation_is_never_anothers(server: &Server) {
    let made = create(server, "GONE", "").await;
    Organisation::delete(&server.channel, &made.name, "", false).await.unwrap();
    let other = Organisation::create(&server.channel, "", "GONE", Some(organisation("Other", "")));
    let refused = failure(other.await, Code::FailedPrecondition);
    assert_eq!(refused.reason, "CODE_REUSED");
    assert_eq!(refused.fact("resource"), made.name);
    // The same one may come back.
    assert_eq!(create(server, "GONE", "").await.title, made.title);
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::{Organisation, OrganisationKind};

    use crate::harness::{samples::Samples, world::World};

    impl Samples for Organisation {
        fn id(n: usize) -> String {
            format!("N{n:05}")
        }

        fn nth(world: &World, n: usize) -> Self {
            Self {
                title: format!("Trust {n}"),
                kind: OrganisationKind::Trust as i32,
                parent: world.board.clone(),
                region_code: "Y99".into(),
                open_date: "2011-04-01".into(),
                close_date: "2031-03-31".into(),
                successor: world.trust.clone(),
                ..Self::default()
            }
        }
    }
}
