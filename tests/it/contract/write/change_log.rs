//! The log of changes: what each write leaves in it, and who wrote.

use digital_skills_registry::api::v1;
use tonic::{Code, Request};

use super::logged;
use crate::{
    both,
    contract::every_type,
    harness::{Server, failure, fixture::Fixture, world::World},
};

every_type!(every_change_is_logged_with_its_revision_and_actor);
async fn every_change_is_logged_with_its_revision_and_actor<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let made = N::made(&server.channel, world, 1).await;
    let mut changed = made.clone();
    changed.change();
    let changed = N::update(&server.channel, changed, None, false).await.unwrap();
    N::delete(&server.channel, made.name(), "", false).await.unwrap();
    let log = logged(server, made.name()).await;
    let verbs: Vec<_> = log.iter().map(|row| row.verb.as_str()).collect();
    assert_eq!(verbs, ["CREATED", "UPDATED", "DELETED"]);
    let revisions: Vec<_> = log.iter().map(|row| row.revision).collect();
    assert_eq!(revisions, [made.revision(), changed.revision(), server.revision().await]);
    for row in &log {
        assert_eq!(row.resource_type, N::SINGULAR);
        assert_eq!(row.actor, "operator");
    }
    let states: Vec<serde_json::Value> =
        log.iter().map(|row| serde_json::from_str(&row.resource).unwrap()).collect();
    assert_eq!(states[0]["name"], made.name());
    assert_eq!(states[0]["revision"], made.revision());
    // A deletion keeps the last state.
    assert_eq!(states[1], states[2]);
    assert_ne!(states[0], states[1]);
}

both!(the_actor_is_who_the_caller_says_they_are);
async fn the_actor_is_who_the_caller_says_they_are(server: &Server) {
    let mut roles = v1::role_service_client::RoleServiceClient::new(server.channel.clone());
    let request = |caller: &'static str| {
        let role = v1::Role { title: "Role".into(), ..v1::Role::default() };
        let mut request = Request::new(v1::CreateRoleRequest {
            role_id: "actor".into(),
            role: Some(role),
            ..Default::default()
        });
        request.metadata_mut().insert("registry-caller", caller.parse().unwrap());
        request
    };
    for bad in ["Jo Bloggs", "", "a\"b"] {
        let failure = failure(roles.create_role(request(bad)).await, Code::InvalidArgument);
        assert!(failure.violates("metadata.registry-caller", "MALFORMED"));
    }
    roles.create_role(request("planner@trust")).await.unwrap();
    assert_eq!(logged(server, "roles/actor").await[0].actor, "planner@trust");
}
