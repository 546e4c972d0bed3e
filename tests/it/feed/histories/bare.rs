//! Bare revisions of a lost history, after `restored`.

use digital_skills_registry::api::v1::{role_service_client::RoleServiceClient, *};
use sea_orm::ConnectionTrait;
use tonic::transport::Channel;

use crate::{
    both,
    feed::{self, OpenWatch},
    harness::{Server, example::Example, failure, fixture::Fixture},
};

use super::{COPIED, Mirror, copied, create, page, program, put_back, refused, retitle};

/// Uses a revision in every way in which callers can; each use must be refused.
async fn all_refused(channel: &Channel, revision: i64) {
    let other = "REVISION_OTHER_HISTORY";
    let after = ListChangesRequest { after_revision: revision, ..Default::default() };
    refused("a list of changes", page(channel, after).await, other);
    let after = WatchChangesRequest { after_revision: Some(revision), ..Default::default() };
    refused("a watch", feed::client(channel).watch_changes(after).await, other);
    refused("a read as of then", Role::get_as(channel, "roles/r0", revision, 0).await, other);
    refused("a read of at least then", Role::get_as(channel, "roles/r0", 0, revision).await, other);
    let list = ListRolesRequest { min_revision: revision, ..Default::default() };
    refused(
        "a list of at least then",
        RoleServiceClient::new(channel.clone()).list_roles(list).await,
        other,
    );
    let least = ListChangesRequest { min_revision: revision, ..Default::default() };
    refused("changes of at least then", page(channel, least).await, other);
}

both!(bare_revisions_of_a_lost_history_are_refused_once_the_restore_is_told);
async fn bare_revisions_of_a_lost_history_are_refused_once_the_restore_is_told(server: &Server) {
    let (server, copy) = copied(server).await;
    let mut lost = Vec::new();
    for n in 0..4 {
        lost.push(retitle(&server.channel, "roles/r0", &format!("lost {n}")).await.revision);
    }
    let mut mirror = Mirror::default();
    mirror.follow(&server).await;
    let database = server.pause().await;
    database.put_back(&copy).await;
    let server = Server::start(database).await;
    let told = program(&server, &["restored"]).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    let head = server.revision().await;
    assert_eq!(head, COPIED + 1_000_000_000);
    let channel = &server.channel;
    for _ in 0..2 {
        for revision in &lost {
            all_refused(channel, *revision).await;
        }
        all_refused(channel, head - 1).await;
        // What came before the copy is of this history, and so is what it is at now.
        for revision in [1, COPIED, head] {
            let after = ListChangesRequest { after_revision: revision, ..Default::default() };
            page(channel, after).await.unwrap();
            assert_eq!(
                Role::get_as(channel, "roles/r0", revision, 0).await.unwrap().title,
                "common"
            );
        }
        create(channel, &format!("after-{}", server.revision().await), "after").await;
    }
    let told = OpenWatch::after(channel, COPIED).await.until(head + 2).await;
    assert_eq!(feed::numbers(&told), [head + 1, head + 2]);
    mirror.follow(&server).await;
    mirror.is_equal(&server).await;
    assert_eq!(mirror.told, ["REVISION_OTHER_HISTORY"]);
    server.database.forget(copy).await;
    server.stop().await;
}

both!(an_analysis_as_of_a_lost_revision_is_refused);
async fn an_analysis_as_of_a_lost_revision_is_refused(server: &Server) {
    let example = Example::create(server).await;
    let newest = server.revision().await;
    let raised = program(server, &["restored", "--by", "50"]).await;
    assert_eq!(raised.code, Some(0), "{raised:?}");
    assert_eq!(server.revision().await, newest + 50);
    let mut gaps = crate::harness::example::client(server);
    let mut at = async |at_revision| {
        let query = Some(example.query());
        gaps.analyse_gaps(AnalyseGapsRequest { query, at_revision, ..Default::default() }).await
    };
    at(newest).await.unwrap();
    refused("an analysis", at(newest + 1).await, "REVISION_OTHER_HISTORY");
    refused("an analysis", at(newest + 49).await, "REVISION_OTHER_HISTORY");
    at(newest + 50).await.unwrap();
    refused("an analysis", at(newest + 51).await, "REVISION_AHEAD");
}

both!(a_restored_log_is_whole_and_its_end_is_missed_all_the_same);
async fn a_restored_log_is_whole_and_its_end_is_missed_all_the_same(server: &Server) {
    for id in ["a", "b", "c"] {
        create(&server.channel, id, id).await;
    }
    let verify = async || program(server, &["audit", "verify"]).await;
    for (n, by) in ["10", "20"].into_iter().enumerate() {
        assert_eq!(program(server, &["restored", "--by", by]).await.code, Some(0));
        assert_eq!(program(server, &["restored"]).await.code, Some(0));
        let whole = verify().await;
        assert_eq!(whole.code, Some(0), "{whole:?}");
        create(&server.channel, &format!("after-{n}"), "after").await;
        assert_eq!(verify().await.out, format!("{} changes, hash chain intact\n", 4 + n));
    }
    assert_eq!(program(server, &["restored"]).await.code, Some(0));
    let connection = server.database.connect().await;
    for tampered in [
        "UPDATE revision SET revision = revision + 1",
        "DELETE FROM passed_over WHERE new_head = (SELECT revision - 1 FROM revision)",
        "UPDATE revision SET revision = revision - 1",
        "DELETE FROM change WHERE name = 'roles/after-1'",
    ] {
        connection.execute_unprepared(tampered).await.unwrap();
        let broken = verify().await;
        assert!(
            broken.code == Some(1) && broken.out.starts_with("broken at the end"),
            "{tampered}: {broken:?}"
        );
    }
    connection.close().await.unwrap();
}

both!(a_revision_is_raised_by_at_least_one);
async fn a_revision_is_raised_by_at_least_one(server: &Server) {
    for by in ["0", "-1", "x"] {
        let refused = program(server, &["restored", "--by", by]).await;
        assert_eq!(refused.code, Some(2), "{refused:?}");
    }
    assert_eq!(server.revision().await, 0);
}

both!(a_write_that_waits_for_a_lost_revision_is_told_at_once);
async fn a_write_that_waits_for_a_lost_revision_is_told_at_once(server: &Server) {
    create(&server.channel, "r0", "R").await;
    assert_eq!(program(server, &["restored"]).await.code, Some(0));
    let lost = Role::get_as(&server.channel, "roles/r0", 0, 2).await;
    let lost = failure(lost, tonic::Code::OutOfRange);
    assert_eq!((lost.reason.as_str(), lost.fact("revision")), ("REVISION_OTHER_HISTORY", "2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_put_back_twice() {
    crate::harness::run(crate::harness::Db::Sqlite, async |server: &Server| {
        let (server, copy) = copied(server).await;
        let server = put_back(server, &copy).await;
        assert_eq!(program(&server, &["restored"]).await.code, Some(0));
        let first = retitle(&server.channel, "roles/r0", "first").await;
        let token = page(&server.channel, ListChangesRequest::default()).await.unwrap().read_token;
        let server = put_back(server, &copy).await;
        assert_eq!(program(&server, &["restored", "--by", "2000000000"]).await.code, Some(0));
        all_refused(&server.channel, first.revision).await;
        let lost = super::watch(&server.channel, &token).await;
        refused("a token", lost, "REVISION_OTHER_HISTORY");
        server.stop().await;
    })
    .await;
}
