//! Rules of fields: each is broken once.

use std::collections::BTreeSet;

use digital_skills_registry::api::v1::*;
use tonic::{Code, Status};

use crate::{
    both,
    harness::{
        Server, catalogue, failure,
        fixture::{Fixture, ListCall},
        samples::Samples,
        snapshot,
        world::World,
    },
};

both!(every_rule_of_fields_is_broken_once);
async fn every_rule_of_fields_is_broken_once(server: &Server) {
    let world = World::create(server).await;
    let channel = &server.channel;
    let mut rules = BTreeSet::new();
    let mut text = String::new();
    let mut broken = |result: Result<(), Status>| {
        text += &catalogue::text(result.as_ref().unwrap_err());
        text += "\n\n";
        let failure = failure(result, Code::InvalidArgument);
        rules.extend(failure.violations().into_iter().map(|(_, rule)| rule));
    };
    let role = Role {
        group: "x".repeat(201),
        seniority: Some(-1),
        afc_band_from: 99,
        codes: vec!["esr".into(), "esr".into()],
        ..Role::default()
    };
    broken(Role::create(channel, "", "BAD", Some(role)).await.map(|_| ()));
    let twice = Role { title: "T".into(), codes: vec!["a:b".into(); 2], ..Role::default() };
    broken(Role::create(channel, "", "twice", Some(twice)).await.map(|_| ()));
    let listing = ListCall { filter: "nothing = 1".into(), ..ListCall::default() };
    broken(Role::list_as(channel, listing).await.map(|_| ()));
    let staffing = Staffing {
        subject: "AB123456C".into(),
        role: "roles/none".into(),
        headcount: Some(1),
        start_date: "2026-01-01".into(),
        ..Staffing::default()
    };
    broken(Staffing::create(channel, &world.trust, "s", Some(staffing)).await.map(|_| ()));
    let mut made = Staffing::made(channel, &world, 1).await;
    made.subject = "another".into();
    broken(Staffing::update(channel, made, None, false).await.map(|_| ()));
    let own = Organisation {
        name: world.board.clone(),
        parent: world.trust.clone(),
        ..Organisation::default()
    };
    broken(Organisation::update(channel, own, Some(&["parent"]), false).await.map(|_| ()));
    let level = Requirement { minimum_level: Some(9), ..Requirement::nth(&world, 1) };
    broken(
        Requirement::create(channel, &Requirement::parent(&world), "r", Some(level))
            .await
            .map(|_| ()),
    );
    let on_role = Requirement {
        role: world.role.clone(),
        family: "DATA".into(),
        ..Requirement::nth(&world, 1)
    };
    broken(Requirement::create(channel, &world.role, "r", Some(on_role)).await.map(|_| ()));
    let skill =
        Skill { title: "S".into(), broader_skill: world.other_skill.clone(), ..Skill::default() };
    broken(Skill::create(channel, &world.framework, "s", Some(skill)).await.map(|_| ()));
    snapshot::settings().bind(|| insta::assert_snapshot!("broken_rules", text));
    assert_eq!(rules, catalogue::rules());
}
