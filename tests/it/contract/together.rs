//! Callers and instances that get in each other's way.

use digital_skills_registry::{api::v1::*, store::Store};
use plan_service_client::PlanServiceClient;
use sea_orm::{FromQueryResult, Statement};
use tokio::task::JoinSet;
use tonic::Code;

use crate::{
    both,
    harness::{self, Server, fixture::Fixture, samples::Samples, world::World},
};

/// A change row, as the database has it.
#[derive(Debug, FromQueryResult)]
struct ChangeRow {
    revision: i64,
    name: String,
}

both!(nothing_is_left_that_refers_to_nothing);
/// A row that refers to another, and the deletion of that other, at the same time.
async fn nothing_is_left_that_refers_to_nothing(server: &Server) {
    let world = World::create(server).await;
    for round in 0..15 {
        let id = format!("s{round}");
        let skill = Skill { title: id.clone(), ..Skill::default() };
        let skill =
            Skill::create(&server.channel, &world.framework, &id, Some(skill)).await.unwrap().name;
        let requirement = Requirement { skill: skill.clone(), ..Requirement::default() };
        let (create, delete) = (server.connect().await, server.connect().await);
        let (created, deleted) = tokio::join!(
            Requirement::create(&create, &world.role, &id, Some(requirement)),
            Skill::delete(&delete, &skill, "", false),
        );
        let required =
            Requirement::get(&server.channel, &format!("{}/requirements/{id}", world.role)).await;
        let exists = Skill::get(&server.channel, &skill).await;
        match (&created, &deleted) {
            (Ok(_), Err(refused)) => assert_eq!(refused.code(), Code::FailedPrecondition),
            (Err(refused), Ok(())) => assert_eq!(refused.code(), Code::InvalidArgument),
            _ => panic!("{created:?} {deleted:?}"),
        }
        assert_eq!((required.is_ok(), exists.is_ok()), (created.is_ok(), deleted.is_err()));
    }
}

both!(nothing_is_added_to_a_plan_that_is_submitted);
/// A target of a plan, and the submission of that plan, at the same time.
async fn nothing_is_added_to_a_plan_that_is_submitted(server: &Server) {
    let world = World::create(server).await;
    for round in 0..15 {
        let plan = Plan {
            supersedes: String::new(),
            baseline_plan: String::new(),
            last_period_end_date: "2100-03-31".into(),
            ..Plan::nth(&world, round)
        };
        let plan =
            Plan::create(&server.channel, "", &format!("p{round}"), Some(plan)).await.unwrap().name;
        Target::create(&server.channel, &plan, "first", Some(Target::nth(&world, 0)))
            .await
            .unwrap();
        let (create, submit) = (server.connect().await, server.connect().await);
        let mut plans = PlanServiceClient::new(submit);
        let (created, submitted) = tokio::join!(
            Target::create(&create, &plan, "second", Some(Target::nth(&world, 1))),
            plans.submit_plan(SubmitPlanRequest { name: plan.clone(), ..Default::default() }),
        );
        let submitted = submitted.unwrap().into_inner();
        match created {
            Ok(target) => assert!(target.revision < submitted.revision),
            Err(refused) => assert_eq!(refused.code(), Code::FailedPrecondition),
        }
    }
}

both!(two_servers_on_one_database_take_turns);
/// Two servers on one database: no revision is given twice, none is left out, and no change is lost.
async fn two_servers_on_one_database_take_turns(server: &Server) {
    let store = Store::open(&server.database.url).await.unwrap();
    let (address, stop, serving) = harness::serve(store.clone()).await;
    let mut callers = JoinSet::new();
    for n in 0..8 {
        let channel = match n % 2 {
            0 => server.connect().await,
            _ => harness::connect(address).await,
        };
        callers.spawn(async move {
            let mut revisions = Vec::new();
            for i in 0..12 {
                let role = Role { title: "Role".into(), seniority: Some(i), ..Role::default() };
                // Half of them are everybody's, the others each caller's own.
                let id = if i % 2 == 0 { format!("shared-{i}") } else { format!("own-{n}-{i}") };
                match Role::create(&channel, "", &id, Some(role)).await {
                    Ok(role) => revisions.push(role.revision),
                    Err(taken) => assert_eq!(taken.code(), Code::AlreadyExists),
                }
            }
            revisions
        });
    }
    let mut revisions = callers.join_all().await.concat();
    revisions.sort_unstable();
    assert_eq!(revisions, (1..=6 + 8 * 6).collect::<Vec<i64>>());
    let connection = server.database.connect().await;
    let sql = "SELECT revision, name FROM change ORDER BY revision";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let log = ChangeRow::find_by_statement(statement).all(&connection).await.unwrap();
    assert_eq!(log.iter().map(|row| row.revision).collect::<Vec<_>>(), revisions);
    for row in &log {
        assert_eq!(Role::get(&server.channel, &row.name).await.unwrap().revision, row.revision);
    }
    let _ = stop.send(());
    serving.await.unwrap();
    store.close().await;
}
