//! Requests that come again: elsewhere, later, and too late.

use std::time::Duration;

use digital_skills_registry::{api::v1::*, registry::Registry, store::Store};
use sea_orm::ConnectionTrait;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::{
    both,
    harness::{Server, client::WriteCall, connect, failure, fixture::Fixture, serve, world::World},
};

fn role(title: &str) -> Option<Role> {
    Some(Role { title: title.into(), ..Role::default() })
}

/// Makes every kept request so old.
async fn age(server: &Server, hours: u32) {
    let connection = server.database.connect().await;
    let time = chrono::Utc::now() - Duration::from_secs(u64::from(hours) * 3_600);
    let time = time.format("%Y-%m-%dT%H:%M:%S+00:00");
    connection.execute_unprepared(&format!("UPDATE request SET time = '{time}'")).await.unwrap();
}

both!(a_request_is_known_again_on_another_instance);
async fn a_request_is_known_again_on_another_instance(server: &Server) {
    let asked = WriteCall::once(Uuid::now_v7());
    let made = Role::create_as(&server.channel, "", "", role("Once"), asked.clone()).await.unwrap();
    // As after a restart: the other knows nothing but the database.
    let store = Store::open(&server.database.url).await.unwrap();
    let (address, stop, serving) = serve(store.clone()).await;
    let other = connect(address).await;
    let again = Role::create_as(&other, "", "", role("Once"), asked.clone()).await.unwrap();
    assert_eq!(again, made);
    let reused = Role::create_as(&other, "", "", role("Twice"), asked).await;
    assert_eq!(failure(reused, Code::FailedPrecondition).reason, "REQUEST_ID_REUSED");
    let _ = stop.send(());
    drop(other);
    serving.await.unwrap();
    store.close().await;
}

both!(sixteen_duplicates_on_two_instances_have_one_effect);
async fn sixteen_duplicates_on_two_instances_have_one_effect(server: &Server) {
    let store = Store::open(&server.database.url).await.unwrap();
    let (address, stop, serving) = serve(store.clone()).await;
    let channels = [server.connect().await, connect(address).await];
    let asked = WriteCall::once(Uuid::now_v7());
    let calls = (0..16).map(|n| {
        let (channel, asked) = (channels[n % 2].clone(), asked.clone());
        tokio::spawn(async move { Role::create_as(&channel, "", "", role("Once"), asked).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut names = std::collections::BTreeSet::new();
    for call in calls {
        names.insert(call.await.unwrap().unwrap().name);
    }
    assert_eq!((names.len(), server.revision().await), (1, 1));
    let _ = stop.send(());
    drop(channels);
    serving.await.unwrap();
    store.close().await;
}

both!(a_request_id_means_nothing_to_another_caller);
async fn a_request_id_means_nothing_to_another_caller(server: &Server) {
    let mut roles = role_service_client::RoleServiceClient::new(server.channel.clone());
    let id = Uuid::now_v7().to_string();
    let mut made = Vec::new();
    for caller in ["one", "other"] {
        let mut request = Request::new(CreateRoleRequest {
            role: role(caller),
            request_id: id.clone(),
            ..CreateRoleRequest::default()
        });
        request.metadata_mut().insert("registry-caller", caller.parse().unwrap());
        made.push(roles.create_role(request).await.unwrap().into_inner().title);
    }
    assert_eq!(made, ["one", "other"]);
}

both!(a_request_is_known_for_a_day_and_then_forgotten);
async fn a_request_is_known_for_a_day_and_then_forgotten(server: &Server) {
    let asked = || WriteCall::once(Uuid::nil());
    Role::create_as(&server.channel, "", "a", role("A"), asked()).await.unwrap();
    let registry = Registry::new(server.store.clone());
    age(server, 23).await;
    assert_eq!(registry.forget_requests().await.unwrap(), 0);
    let reused = Role::create_as(&server.channel, "", "b", role("B"), asked()).await;
    assert_eq!(failure(reused, Code::FailedPrecondition).reason, "REQUEST_ID_REUSED");
    for id in ["b", "c"] {
        age(server, 25).await;
        assert_eq!(registry.forget_requests().await.unwrap(), 1);
        Role::create_as(&server.channel, "", id, role(id), asked()).await.unwrap();
    }
}

both!(every_change_of_state_can_be_checked_and_repeated);
async fn every_change_of_state_can_be_checked_and_repeated(server: &Server) {
    let world = World::create(server).await;
    let mut plans = plan_service_client::PlanServiceClient::new(server.channel.clone());
    Target::made(&server.channel, &world, 1).await;
    let before = server.revision().await;
    let check =
        SubmitPlanRequest { name: world.plan.clone(), validate_only: true, ..Default::default() };
    let checked = plans.submit_plan(check).await.unwrap().into_inner();
    assert_eq!((checked.state(), checked.revision), (PlanState::Submitted, 0));
    assert_eq!(server.revision().await, before);
    let submit = SubmitPlanRequest {
        name: world.plan.clone(),
        request_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let submitted = plans.submit_plan(submit.clone()).await.unwrap().into_inner();
    // Submitting what is submitted would be refused, were it not the same request.
    assert_eq!(plans.submit_plan(submit).await.unwrap().into_inner(), submitted);
    let revise = RevisePlanRequest {
        name: world.plan.clone(),
        request_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let withdraw = WithdrawPlanRequest { name: world.plan.clone(), ..Default::default() };
    plans.withdraw_plan(withdraw).await.unwrap();
    let check = RevisePlanRequest { validate_only: true, ..revise.clone() };
    let refused = plans.revise_plan(check).await;
    let revised = plans.revise_plan(revise.clone()).await;
    match refused {
        Ok(_) => assert_eq!(
            plans.revise_plan(revise).await.unwrap().into_inner(),
            revised.unwrap().into_inner()
        ),
        Err(refused) => assert_eq!(refused.code(), revised.unwrap_err().code()),
    }
}

both!(recording_gaps_again_is_told_what_it_was_told);
async fn recording_gaps_again_is_told_what_it_was_told(server: &Server) {
    let world = World::create(server).await;
    Target::made(&server.channel, &world, 1).await;
    Requirement::made(&server.channel, &world, 1).await;
    let mut gaps = gap_service_client::GapServiceClient::new(server.channel.clone());
    let query = Some(GapQuery { plan: world.plan.clone(), ..GapQuery::default() });
    let record =
        RecordGapsRequest { query, request_id: Uuid::now_v7().to_string(), ..Default::default() };
    let check =
        RecordGapsRequest { validate_only: true, request_id: String::new(), ..record.clone() };
    let before = server.revision().await;
    let checked = gaps.record_gaps(check).await.unwrap().into_inner();
    assert_eq!(server.revision().await, before);
    let recorded = gaps.record_gaps(record.clone()).await.unwrap().into_inner();
    assert_eq!(checked.created_count, recorded.created_count);
    Target::made(&server.channel, &world, 2).await;
    assert_eq!(gaps.record_gaps(record).await.unwrap().into_inner(), recorded);
}
