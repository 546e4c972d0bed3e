//! Callers who give up: nothing is done for them any more.

use std::time::Duration;

use digital_skills_registry::api::v1::{ListRolesRequest, Role, role_service_client};
use sea_orm::{DatabaseConnection, TransactionTrait};
use tokio::task::JoinSet;

use super::{Instance, load, number, run, until};
use crate::{
    each_database,
    harness::{Db, TestDatabase, fixture::Fixture},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_read_that_nobody_waits_for_is_cancelled_in_the_database() {
    let Some(database) = TestDatabase::create(Db::Postgres).await else { return };
    let instance = Instance::start(&database.url);
    let connection = database.connect().await;
    let channel = load::channel(&instance.address);
    let role = Role { title: "A".into(), ..Role::default() };
    Role::create(&channel, "", "a", Some(role)).await.unwrap();
    run(&connection, "ALTER TABLE role RENAME TO role_real").await;
    let slow = "CREATE VIEW role AS SELECT r.* FROM role_real r, (SELECT pg_sleep(600)) z";
    run(&connection, slow).await;
    let mut callers = JoinSet::new();
    for _ in 0..30 {
        let mut client = role_service_client::RoleServiceClient::new(channel.clone());
        callers.spawn(async move {
            let list = client.list_roles(ListRolesRequest::default());
            tokio::time::timeout(Duration::from_secs(1), list).await.unwrap_err();
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }
    let active = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                  AND state = 'active' AND pid <> pg_backend_pid()";
    until("no statement is active", async || number(&connection, active).await == 0).await;
    run(&connection, "DROP VIEW role").await;
    run(&connection, "ALTER TABLE role_real RENAME TO role").await;
    until("another is served", async || Role::list(&channel, "", 1, "").await.is_ok()).await;
    drop((connection, instance));
    database.remove().await;
}

/// Locks the revision, so that writes wait.
async fn lock(connection: &DatabaseConnection) -> sea_orm::DatabaseTransaction {
    use sea_orm::ConnectionTrait;
    let transaction = connection.begin().await.unwrap();
    transaction.execute_unprepared("UPDATE revision SET revision = revision").await.unwrap();
    transaction
}

each_database!(writes_of_callers_that_went_before_they_began_are_not_done);
async fn writes_of_callers_that_went_before_they_began_are_not_done(db: Db) {
    let Some(database) = TestDatabase::create(db).await else { return };
    let instance = Instance::start(&database.url);
    let connection = database.connect().await;
    let locked = lock(&connection).await;
    let channel = load::channel(&instance.address);
    let mut callers = JoinSet::new();
    for number in 0..200 {
        let channel = channel.clone();
        callers.spawn(async move {
            let role = Role { title: "T".into(), ..Role::default() };
            let id = format!("g{number}");
            let create = Role::create(&channel, "", &id, Some(role));
            let _ = tokio::time::timeout(Duration::from_secs(5), create).await;
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }
    locked.commit().await.unwrap();
    // Whatever still goes on is done before this, or with it.
    let role = Role { title: "L".into(), ..Role::default() };
    until("a write is done", async || {
        Role::create(&channel, "", "last", Some(role.clone())).await.is_ok()
    })
    .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let count = number(&connection, "SELECT count(*) FROM role").await;
    assert!(count < 100, "{count} of 200 were written for nobody");
    drop((connection, instance));
    database.remove().await;
}
