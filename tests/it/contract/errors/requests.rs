//! Reasons that lie in what a request asks for, and in the states that forbid it.

use digital_skills_registry::api::v1::*;
use tonic::{Request, Status, transport::Channel};

use super::SeenReasons;
use crate::harness::{
    Server,
    client::WriteCall,
    fixture::Fixture,
    samples::Samples,
    world::{World, levels},
};

fn plans(channel: &Channel) -> plan_service_client::PlanServiceClient<Channel> {
    plan_service_client::PlanServiceClient::new(channel.clone())
}

fn frameworks(channel: &Channel) -> framework_service_client::FrameworkServiceClient<Channel> {
    framework_service_client::FrameworkServiceClient::new(channel.clone())
}

fn by<T>(caller: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("registry-caller", caller.parse().unwrap());
    request
}

fn named<T: Default>(name: &str, set: fn(&mut T, String)) -> T {
    let mut message = T::default();
    set(&mut message, name.to_owned());
    message
}

async fn submit(channel: &Channel, name: &str) -> Result<Plan, Status> {
    let message = named(name, |m: &mut SubmitPlanRequest, name| m.name = name);
    Ok(plans(channel).submit_plan(message).await?.into_inner())
}

async fn approve(channel: &Channel, name: &str, by_whom: &str) -> Result<Plan, Status> {
    let message = named(name, |m: &mut ApprovePlanRequest, name| m.name = name);
    Ok(plans(channel).approve_plan(by(by_whom, message)).await?.into_inner())
}

async fn publish(channel: &Channel, name: &str) -> Result<Framework, Status> {
    let message = named(name, |m: &mut PublishFrameworkRequest, name| m.name = name);
    let published = frameworks(channel).publish_framework(message).await?.into_inner();
    Ok(published.framework.unwrap_or_default())
}

/// What is wrong with names, fields and etags.
pub(super) async fn of_requests(server: &Server, world: &World, seen: &mut SeenReasons) {
    let channel = &server.channel;
    let role = |title: &str| Some(Role { title: title.into(), ..Role::default() });
    seen.note("INVALID_FIELDS", Role::create(channel, "", "a", role("")).await);
    seen.note("RESOURCE_NOT_FOUND", Role::get(channel, "roles/none").await);
    let made = Role::create(channel, "", "a", role("A")).await.unwrap();
    seen.note("NAME_TAKEN", Role::create(channel, "", "a", role("A")).await);
    Target::made(channel, world, 1).await;
    let parent = Target::parent(world);
    let again = Target::create(channel, &parent, "again", Some(Target::nth(world, 1))).await;
    seen.note("KEY_TAKEN", again);
    let stale = Role { etag: "7f".into(), title: "B".into(), ..made.clone() };
    seen.note("ETAG_MISMATCH", Role::update(channel, stale, None, false).await);
    let gone = Role { etag: "7f".into(), name: "roles/gone".into(), ..made.clone() };
    seen.note("ETAG_MISMATCH", Role::update(channel, gone, None, true).await);
    seen.note(
        "RESOURCE_IN_USE",
        Role::delete(channel, &Target::nth(world, 1).role, "", false).await,
    );
    let id = uuid::Uuid::now_v7();
    Role::create_as(channel, "", "b", role("B"), WriteCall::once(id)).await.unwrap();
    seen.note(
        "REQUEST_ID_REUSED",
        Role::create_as(channel, "", "c", role("C"), WriteCall::once(id)).await,
    );
    let organisation = |title: &str| {
        Some(Organisation {
            title: title.into(),
            kind: OrganisationKind::Trust as i32,
            ..Organisation::default()
        })
    };
    let gone = Organisation::create(channel, "", "GONE1", organisation("Gone")).await.unwrap();
    Organisation::delete(channel, &gone.name, "", false).await.unwrap();
    seen.note("CODE_REUSED", Organisation::create(channel, "", "GONE1", organisation("New")).await);
    let mut request = Request::new(CreateRoleRequest {
        role_id: "x".into(),
        role: role("X"),
        ..Default::default()
    });
    request.metadata_mut().insert("registry-rights", "read".parse().unwrap());
    let mut roles = role_service_client::RoleServiceClient::new(channel.clone());
    seen.note("RIGHT_MISSING", roles.create_role(request).await);
    let mut request = Request::new(GetRoleRequest { name: made.name, ..Default::default() });
    request.metadata_mut().insert("registry-rights", "everything".parse().unwrap());
    seen.note("INVALID_FIELDS", roles.get_role(request).await);
}

/// What states forbid.
pub(super) async fn of_states(server: &Server, world: &World, seen: &mut SeenReasons) {
    let channel = &server.channel;
    let framework = Framework { title: "Frozen".into(), levels: levels(2), ..Framework::default() };
    let frozen = Framework::create(channel, "", "frozen", Some(framework)).await.unwrap();
    let skill = Skill { title: "S".into(), ..Skill::default() };
    Skill::create(channel, &frozen.name, "s", Some(skill.clone())).await.unwrap();
    publish(channel, &frozen.name).await.unwrap();
    seen.note("FRAMEWORK_STATE", publish(channel, &frozen.name).await);
    seen.note("FRAMEWORK_FROZEN", Skill::create(channel, &frozen.name, "t", Some(skill)).await);
    Requirement::made(channel, world, 1).await;
    let framework = Framework::get(channel, &world.framework).await.unwrap();
    let fewer = Framework { levels: Vec::new(), ..framework };
    let mask: &[&str] = &["levels"];
    seen.note("LEVEL_IN_USE", Framework::update(channel, fewer, Some(mask), false).await);

    let plan = |title: &str| Plan {
        title: title.into(),
        owner: world.trust.clone(),
        first_period_end_date: "2027-03-31".into(),
        last_period_end_date: "2029-03-31".into(),
        ..Plan::default()
    };
    let mut drafts = Vec::new();
    for id in ["one", "two"] {
        let request =
            CreatePlanRequest { plan_id: id.into(), plan: Some(plan(id)), ..Default::default() };
        let draft = plans(channel).create_plan(by("author", request)).await.unwrap().into_inner();
        seen.note("PLAN_EMPTY", submit(channel, &draft.name).await);
        seen.note("PLAN_STATE", approve(channel, &draft.name, "approver").await);
        let target = Target { period_end_date: "2029-03-31".into(), ..Target::nth(world, 1) };
        Target::create(channel, &draft.name, "t", Some(target)).await.unwrap();
        drafts.push(draft);
    }
    let shorter = Plan { last_period_end_date: "2028-03-31".into(), ..drafts[0].clone() };
    let mask: &[&str] = &["last_period_end_date"];
    seen.note(
        "TARGET_OUTSIDE_PLAN",
        Plan::update(channel, Plan { etag: String::new(), ..shorter }, Some(mask), false).await,
    );
    for draft in &drafts {
        submit(channel, &draft.name).await.unwrap();
    }
    seen.note("APPROVER_IS_AUTHOR", approve(channel, &drafts[0].name, "author").await);
    approve(channel, &drafts[0].name, "approver").await.unwrap();
    seen.note("PLAN_OVERLAPS", approve(channel, &drafts[1].name, "approver").await);
    let target = Target::nth(world, 2);
    seen.note("PLAN_FROZEN", Target::create(channel, &drafts[0].name, "u", Some(target)).await);

    let gap = Gap::made(channel, world, 1).await;
    let open = TransitionGapRequest {
        name: gap.name,
        state: GapState::Open as i32,
        reason: "Again.".into(),
        ..Default::default()
    };
    let mut gaps = gap_service_client::GapServiceClient::new(channel.clone());
    seen.note("GAP_STATE", gaps.transition_gap(open).await);
}
