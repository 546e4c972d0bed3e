//! Reasons that lie in the database, and in the revisions that it holds.

use digital_skills_registry::api::v1::*;
use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{SeenReasons, transport::past_the_client};
use crate::{
    feed,
    harness::{Db, Server, fixture::Fixture},
};

/// Revisions that are gone, to come, and waited for.
pub(super) async fn of_revisions(server: &Server, seen: &mut SeenReasons) {
    let channel = &server.channel;
    let oldest = feed::compact(server).await;
    seen.note("REVISION_COMPACTED", feed::list(channel, oldest - 1, None, 0).await);
    let boundary = ListChangesRequest { after_revision: oldest, ..Default::default() };
    let mut client = feed::client(channel);
    let token = client.list_changes(boundary).await.unwrap().into_inner().read_token;
    let other = if token.ends_with('0') { "1" } else { "0" };
    let after_token = format!("{}{other}", &token[..token.len() - 1]);
    let after = ListChangesRequest { after_token, ..Default::default() };
    seen.note("REVISION_OTHER_HISTORY", client.list_changes(after).await);
    seen.note("REVISION_AHEAD", feed::list(channel, oldest + 9, None, 0).await);
    seen.note("REVISION_AWAITED", Role::get_as(channel, "roles/a", 0, oldest + 9).await);
}

/// A database that is locked, and then broken.
pub(super) async fn of_the_database(server: &Server, seen: &mut SeenReasons) {
    let other = server.database.connect().await;
    let lock = other.begin().await.unwrap();
    let sql = match server.database.db {
        Db::Sqlite => "UPDATE revision SET revision = revision",
        Db::Postgres => "LOCK TABLE role",
    };
    lock.execute_unprepared(sql).await.unwrap();
    let late = past_the_client(server, "grpc-timeout", "100m").await;
    seen.note("DEADLINE_EXCEEDED", late);
    let role = Role { title: "Late".into(), ..Role::default() };
    seen.note("DATABASE_BUSY", Role::create(&server.channel, "", "late", Some(role)).await);
    lock.rollback().await.unwrap();
    other.execute_unprepared("DROP TABLE gap").await.unwrap();
    seen.note("INTERNAL", Gap::get(&server.channel, "plans/p/gaps/g").await);
}
