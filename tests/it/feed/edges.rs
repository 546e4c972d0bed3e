//! The edges of the feed: its beginning, its end, and where it was cut.

use digital_skills_registry::api::v1::*;
use tonic::Code;

use crate::{
    both,
    harness::{Server, failure, fixture::Fixture},
};

use super::{OpenWatch, client, compact, joined, list, numbers};

fn role(title: &str) -> Option<Role> {
    Some(Role { title: title.into(), ..Role::default() })
}

both!(the_first_change_ever_is_told);
async fn the_first_change_ever_is_told(server: &Server) {
    let channel = &server.channel;
    Role::create(channel, "", "first", role("First")).await.unwrap();
    let told = OpenWatch::after(channel, 0).await.until(1).await;
    assert_eq!(told[0].changes[0].name, "roles/first");
    assert_eq!(list(channel, 0, None, 0).await.unwrap(), told);
}

both!(a_feed_of_nothing_is_at_revision_0);
async fn a_feed_of_nothing_is_at_revision_0(server: &Server) {
    let mut watching = OpenWatch::after(&server.channel, 0).await;
    let opening = watching.event().await.unwrap();
    let token = "0-00000000".to_owned();
    assert_eq!(
        opening,
        Some(watch_changes_response::Event::Checkpoint(Checkpoint { revision: 0, token }))
    );
    assert_eq!(list(&server.channel, 0, None, 0).await.unwrap(), []);
}

both!(a_watch_from_now_begins_with_a_checkpoint_and_tells_what_comes);
async fn a_watch_from_now_begins_with_a_checkpoint_and_tells_what_comes(server: &Server) {
    let channel = &server.channel;
    Role::create(channel, "", "before", role("Before")).await.unwrap();
    let mut watching = OpenWatch::open(channel, WatchChangesRequest::default()).await.unwrap();
    let opening = watching.event().await.unwrap();
    assert!(
        matches!(opening, Some(watch_changes_response::Event::Checkpoint(at)) if at.revision == 1)
    );
    Role::create(channel, "", "after", role("After")).await.unwrap();
    let told = watching.until(2).await;
    assert_eq!(told[0].changes[0].name, "roles/after");
}

both!(a_revision_in_the_future_is_out_of_range);
async fn a_revision_in_the_future_is_out_of_range(server: &Server) {
    let channel = &server.channel;
    Role::create(channel, "", "a", role("A")).await.unwrap();
    let ahead = |result| {
        let failure = failure(result, Code::OutOfRange);
        assert_eq!(
            (failure.reason.as_str(), failure.fact("revision"), failure.fact("newest")),
            ("REVISION_AHEAD", "2", "1")
        );
    };
    ahead(list(channel, 2, None, 0).await.map(|_| ()));
    let request = WatchChangesRequest { after_revision: Some(2), ..Default::default() };
    ahead(client(channel).watch_changes(request).await.map(|_| ()));
    // The newest is no future.
    assert_eq!(list(channel, 1, None, 0).await.unwrap(), []);
}

both!(a_feed_resumes_at_the_boundary_of_what_is_kept_and_not_before);
async fn a_feed_resumes_at_the_boundary_of_what_is_kept_and_not_before(server: &Server) {
    let channel = &server.channel;
    for id in ["a", "b", "c"] {
        Role::create(channel, "", id, role(id)).await.unwrap();
    }
    let oldest = compact(server).await;
    assert_eq!(oldest, 3);
    Role::create(channel, "", "d", role("D")).await.unwrap();
    assert_eq!(numbers(&list(channel, 3, None, 0).await.unwrap()), [4]);
    assert_eq!(numbers(&OpenWatch::after(channel, 3).await.until(4).await), [4]);
    let compacted = |result| {
        let failure = failure(result, Code::OutOfRange);
        assert_eq!(
            (failure.reason.as_str(), failure.fact("revision"), failure.fact("oldest")),
            ("REVISION_COMPACTED", "2", "3")
        );
    };
    compacted(list(channel, 2, None, 0).await.map(|_| ()));
    let request = WatchChangesRequest { after_revision: Some(2), ..Default::default() };
    compacted(client(channel).watch_changes(request).await.map(|_| ()));
    compacted(Role::get_as(channel, "roles/a", 2, 0).await.map(|_| ()));
    // What there was at the boundary can still be told, and the last that became of what exists.
    assert_eq!(Role::get_as(channel, "roles/a", 3, 0).await.unwrap().title, "a");
    let request = ListRevisionsRequest { name: "roles/a".into(), ..Default::default() };
    assert_eq!(
        client(channel).list_revisions(request).await.unwrap().into_inner().changes.len(),
        1
    );
}

both!(a_deletion_at_the_boundary_is_forgotten_and_one_after_it_is_told);
async fn a_deletion_at_the_boundary_is_forgotten_and_one_after_it_is_told(server: &Server) {
    let channel = &server.channel;
    for id in ["early", "late"] {
        Role::create(channel, "", id, role(id)).await.unwrap();
    }
    Role::delete(channel, "roles/early", "", false).await.unwrap();
    assert_eq!(compact(server).await, 3);
    Role::delete(channel, "roles/late", "", false).await.unwrap();
    let told = list(channel, 3, None, 0).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].changes[0].verb(), told[0].changes[0].name.as_str()),
        (ChangeVerb::Deleted, "roles/late")
    );
    failure(Role::get_as(channel, "roles/early", 3, 0).await, Code::NotFound);
    assert_eq!(Role::get_as(channel, "roles/late", 3, 0).await.unwrap().title, "late");
    let request = ListRevisionsRequest { name: "roles/early".into(), ..Default::default() };
    failure(client(channel).list_revisions(request).await, Code::NotFound);
    // Compacted again, with what was kept of the first time in its way.
    Role::create(channel, "", "late", role("again")).await.unwrap();
    assert_eq!(compact(server).await, 5);
    assert_eq!(Role::get_as(channel, "roles/late", 5, 0).await.unwrap().title, "again");
}

both!(a_code_is_not_given_out_again_though_its_deletion_is_long_ago);
/// The last state of a deleted organisation is kept: its code is never given out again.
async fn a_code_is_not_given_out_again_though_its_deletion_is_long_ago(server: &Server) {
    let organisation = |title: &str| {
        Some(Organisation {
            title: title.into(),
            kind: OrganisationKind::Trust as i32,
            ..Organisation::default()
        })
    };
    let channel = &server.channel;
    Organisation::create(channel, "", "GONE1", organisation("Gone")).await.unwrap();
    Organisation::delete(channel, "organisations/GONE1", "", false).await.unwrap();
    compact(server).await;
    let other = Organisation::create(channel, "", "GONE1", organisation("Other")).await;
    assert_eq!(failure(other, Code::FailedPrecondition).reason, "CODE_REUSED");
}

both!(a_filter_that_admits_nothing_still_moves_the_checkpoint);
async fn a_filter_that_admits_nothing_still_moves_the_checkpoint(server: &Server) {
    let channel = &server.channel;
    let filter = ChangeFilter { parent: "plans/none".into(), ..ChangeFilter::default() };
    let request = WatchChangesRequest {
        after_revision: Some(0),
        filter: Some(filter.clone()),
        checkpoint_seconds: 1,
        ..Default::default()
    };
    let mut watching = OpenWatch::open(channel, request).await.unwrap();
    for id in ["a", "b", "c"] {
        Role::create(channel, "", id, role(id)).await.unwrap();
    }
    assert_eq!(watching.until(3).await, []);
    let request = ListChangesRequest { filter: Some(filter), ..Default::default() };
    let page = client(channel).list_changes(request).await.unwrap().into_inner();
    assert_eq!(
        (page.revisions.len(), page.next_page_token.as_str(), page.read_revision),
        (0, "", 3)
    );
}

both!(pages_of_changes_of_any_size_come_to_the_same);
async fn pages_of_changes_of_any_size_come_to_the_same(server: &Server) {
    let channel = &server.channel;
    for n in 0..4 {
        let batch = (0..=n).map(|i| (format!("r{n}-{i}"), role("R").unwrap())).collect();
        Role::batch_create(channel, "", batch, Default::default()).await.unwrap();
    }
    let all = list(channel, 0, None, 0).await.unwrap();
    assert_eq!(all.iter().map(|revision| revision.changes.len()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    for size in 1..=11 {
        assert_eq!(list(channel, 0, None, size).await.unwrap(), all, "{size}");
    }
}

both!(a_batch_that_lies_across_the_end_of_a_read_comes_whole);
/// Change rows are read some at a time; a batch that such a read would end in comes whole all the same.
async fn a_batch_that_lies_across_the_end_of_a_read_comes_whole(server: &Server) {
    let channel = &server.channel;
    for n in 0..3 {
        let batch = (0..400).map(|i| (format!("r{n}-{i}"), role("R").unwrap())).collect();
        Role::batch_create(channel, "", batch, Default::default()).await.unwrap();
    }
    let watched = joined(OpenWatch::after(channel, 0).await.until(3).await);
    let listed = list(channel, 0, None, 1_000).await.unwrap();
    for told in [watched, listed] {
        let sizes: Vec<_> = told.iter().map(|revision| revision.changes.len()).collect();
        assert_eq!((numbers(&told), sizes), (vec![1, 2, 3], vec![400; 3]));
    }
}

both!(what_is_wrong_with_a_request_is_told_at_once);
async fn what_is_wrong_with_a_request_is_told_at_once(server: &Server) {
    let filter = ChangeFilter {
        resource_types: vec![1, 99],
        parent: "x".into(),
        organisation: "roles/a".into(),
        verbs: vec![0],
        ..ChangeFilter::default()
    };
    let request = WatchChangesRequest {
        after_revision: Some(-1),
        filter: Some(filter),
        send_initial_state: true,
        checkpoint_seconds: 61,
        ..Default::default()
    };
    let bad = failure(client(&server.channel).watch_changes(request).await, Code::InvalidArgument);
    for (field, reason) in [
        ("after_revision", "OUT_OF_RANGE"),
        ("checkpoint_seconds", "OUT_OF_RANGE"),
        ("filter.resource_types[1]", "UNKNOWN_VALUE"),
        ("filter.parent", "MALFORMED"),
        ("filter.organisation", "MALFORMED"),
        ("filter.verbs[0]", "REQUIRED"),
    ] {
        assert!(bad.violates(field, reason), "{field} {reason} {bad:?}");
    }
    let request = WatchChangesRequest {
        after_revision: Some(0),
        send_initial_state: true,
        ..Default::default()
    };
    let both = failure(client(&server.channel).watch_changes(request).await, Code::InvalidArgument);
    assert!(both.violates("after_revision", "NOT_ALLOWED"), "{both:?}");
    let filter = Some(ChangeFilter { include_descendants: true, ..ChangeFilter::default() });
    let bad = list(&server.channel, -1, filter, -1).await;
    let bad = failure(bad, Code::InvalidArgument);
    for field in ["after_revision", "page_size", "filter.include_descendants"] {
        assert!(bad.fields().any(|it| it == field), "{field} {bad:?}");
    }
    let bad = client(&server.channel)
        .list_revisions(ListRevisionsRequest {
            name: "x".into(),
            page_token: "y".into(),
            ..Default::default()
        })
        .await;
    let bad = failure(bad, Code::InvalidArgument);
    assert!(bad.violates("name", "MALFORMED") && bad.violates("page_token", "MALFORMED"));
}
