//! Tokens, page tokens and etags of a lost history.

use digital_skills_registry::api::v1::*;
use tonic::{Code, Status, transport::Channel};

use crate::{
    both,
    feed::{self, OpenWatch, compact},
    harness::{
        Server,
        example::{self, Example},
        failure,
        fixture::Fixture,
    },
};

use super::{COPIED, Mirror, copied, create, page, put_back, refused, retitle, watch};

/// What a history gave out at a revision.
struct HistoryMarks {
    revision: i64,
    /// For `after_token`.
    tokens: Vec<String>,
    /// Page tokens of roles, of changes, of the revisions of a role.
    pages: [String; 3],
    /// A role as it was read, with its etag.
    role: Role,
}

const FIRST_ROLE: &str = "roles/r0";

/// Asks for one change.
fn one(page_token: &str) -> ListChangesRequest {
    ListChangesRequest { page_size: 1, page_token: page_token.into(), ..Default::default() }
}

async fn roles(channel: &Channel, page_token: &str) -> Result<String, Status> {
    Ok(Role::list(channel, "", 1, page_token).await?.next_page_token)
}

async fn history(channel: &Channel, page_token: &str) -> Result<String, Status> {
    let (name, page_token) = (FIRST_ROLE.into(), page_token.into());
    let request = ListRevisionsRequest { name, page_size: 1, page_token, min_revision: 0 };
    Ok(feed::client(channel).list_revisions(request).await?.into_inner().next_page_token)
}

/// Changes the first role, and gathers all that is given out then.
async fn gather(server: &Server, title: &str) -> HistoryMarks {
    let channel = &server.channel;
    let role = retitle(channel, FIRST_ROLE, title).await;
    let mut watching = OpenWatch::after(channel, role.revision - 1).await;
    let told = watching.until(role.revision).await;
    let listed = page(channel, one("")).await.unwrap();
    HistoryMarks {
        revision: role.revision,
        tokens: vec![told[0].token.clone(), listed.read_token],
        pages: [
            roles(channel, "").await.unwrap(),
            listed.next_page_token,
            history(channel, "").await.unwrap(),
        ],
        role,
    }
}

/// Uses all that was given out; each use must be refused for this reason.
async fn all_refused(channel: &Channel, given: &HistoryMarks, reason: &str) {
    let what = |it: &str| format!("{it} of revision {}", given.revision);
    for token in &given.tokens {
        refused(&what("a watch"), watch(channel, token).await, reason);
        let after = ListChangesRequest { after_token: token.clone(), ..Default::default() };
        refused(&what("a list of changes"), page(channel, after).await, reason);
    }
    let [of_roles, of_changes, of_revisions] = &given.pages;
    refused(&what("a page of roles"), roles(channel, of_roles).await, reason);
    refused(&what("a page of changes"), page(channel, one(of_changes)).await, reason);
    refused(&what("a page of revisions"), history(channel, of_revisions).await, reason);
}

/// Uses all that was given out; each use must be taken.
async fn all_taken(channel: &Channel, given: &HistoryMarks) {
    for token in &given.tokens {
        watch(channel, token).await.unwrap();
        let after = ListChangesRequest { after_token: token.clone(), ..Default::default() };
        page(channel, after).await.unwrap();
    }
    let [of_roles, of_changes, of_revisions] = &given.pages;
    roles(channel, of_roles).await.unwrap();
    page(channel, one(of_changes)).await.unwrap();
    history(channel, of_revisions).await.unwrap();
}

both!(what_a_lost_history_gave_out_is_refused_at_whatever_revision);
async fn what_a_lost_history_gave_out_is_refused_at_whatever_revision(server: &Server) {
    let (server, copy) = copied(server).await;
    let mut mirror = Mirror::default();
    mirror.follow(&server).await;
    let common = page(&server.channel, ListChangesRequest::default()).await.unwrap().read_token;
    let mut lost = Vec::new();
    for n in 0..6 {
        lost.push(gather(&server, &format!("lost {n}")).await);
    }
    create(&server.channel, "lost", "lost").await;
    mirror.follow(&server).await;
    mirror.is_equal(&server).await;
    assert!(mirror.told.is_empty(), "{:?}", mirror.told);
    for given in &lost {
        all_taken(&server.channel, given).await;
    }
    let last = lost.last().unwrap().revision;

    let server = put_back(server, &copy).await;
    let channel = &server.channel;
    let mut newest = server.revision().await;
    assert_eq!(newest, COPIED);
    while newest < last + 3 {
        for given in &lost {
            let ahead = given.revision > newest;
            let reason = if ahead { "REVISION_AHEAD" } else { "REVISION_OTHER_HISTORY" };
            all_refused(channel, given, reason).await;
            let stale = Role { title: "undone".into(), ..given.role.clone() };
            let stale = Role::update(channel, stale, None, false).await;
            assert_eq!(failure(stale, Code::Aborted).reason, "ETAG_MISMATCH");
            let stale = Role::delete(channel, FIRST_ROLE, &given.role.etag, false).await;
            assert_eq!(failure(stale, Code::Aborted).reason, "ETAG_MISMATCH");
        }
        // The same role in the same revisions as in the history that was lost.
        newest = retitle(channel, FIRST_ROLE, &format!("found {newest}")).await.revision;
    }
    // What both histories have is good for either.
    watch(channel, &common).await.unwrap();
    let after = ListChangesRequest { after_token: common, ..Default::default() };
    assert_eq!(page(channel, after).await.unwrap().revisions[0].revision, COPIED + 1);

    mirror.follow(&server).await;
    mirror.is_equal(&server).await;
    assert_eq!(mirror.told, ["REVISION_OTHER_HISTORY"]);
    server.database.forget(copy).await;
    server.stop().await;
}

both!(a_mirror_that_is_ahead_of_what_was_put_back_begins_again);
async fn a_mirror_that_is_ahead_of_what_was_put_back_begins_again(server: &Server) {
    let (server, copy) = copied(server).await;
    create(&server.channel, "lost", "lost").await;
    let mut mirror = Mirror::default();
    mirror.follow(&server).await;
    let server = put_back(server, &copy).await;
    mirror.follow(&server).await;
    mirror.is_equal(&server).await;
    assert_eq!(mirror.told, ["REVISION_AHEAD"]);
    server.database.forget(copy).await;
    server.stop().await;
}

both!(the_pages_of_an_analysis_of_a_lost_history_are_refused);
async fn the_pages_of_an_analysis_of_a_lost_history_are_refused(server: &Server) {
    let server = server.another().await;
    let example = Example::create(&server).await;
    let other = example.target("2028-03-31", 7.0, 7.0);
    Target::create(&server.channel, &example.plan, "2028", Some(other)).await.unwrap();
    let database = server.pause().await;
    let copy = database.copy().await;
    let server = Server::start(database).await;
    let gaps = |page_token: &str| AnalyseGapsRequest {
        query: Some(example.query()),
        page_size: 1,
        page_token: page_token.into(),
        ..Default::default()
    };
    let every = || GapQuery { period_end_dates: vec!["-".into()], ..example.query() };
    let projection = |page_token: &str| ProjectGapsRequest {
        query: Some(every()),
        page_size: 1,
        page_token: page_token.into(),
        ..Default::default()
    };
    let found = retitle(&server.channel, &example.role, "Lost").await;
    let mut client = example::client(&server);
    let of_gaps = client.analyse_gaps(gaps("")).await.unwrap().into_inner().next_page_token;
    let projected = client.project_gaps(projection("")).await.unwrap().into_inner();
    let of_projection = projected.next_page_token;
    assert!(!of_gaps.is_empty() && !of_projection.is_empty());
    client.analyse_gaps(gaps(&of_gaps)).await.unwrap();
    client.project_gaps(projection(&of_projection)).await.unwrap();

    let server = put_back(server, &copy).await;
    let mut client = example::client(&server);
    for reason in ["REVISION_AHEAD", "REVISION_OTHER_HISTORY", "REVISION_OTHER_HISTORY"] {
        refused("a page of gaps", client.analyse_gaps(gaps(&of_gaps)).await, reason);
        refused(
            "a page of a projection",
            client.project_gaps(projection(&of_projection)).await,
            reason,
        );
        let other = retitle(&server.channel, &example.role, &format!("After {reason}")).await;
        assert!(other.revision >= found.revision);
        retitle(&server.channel, &example.role, "Found").await;
    }
    server.database.forget(copy).await;
    server.stop().await;
}

both!(a_feed_goes_on_by_token_where_the_beginning_is_forgotten);
async fn a_feed_goes_on_by_token_where_the_beginning_is_forgotten(server: &Server) {
    let channel = &server.channel;
    for id in ["a", "b", "c", "d"] {
        create(channel, id, id).await;
    }
    let two = ListChangesRequest { page_size: 2, ..Default::default() };
    let early = page(channel, two.clone()).await.unwrap();
    let tokens: Vec<_> = early.revisions.iter().map(|it| it.token.clone()).collect();
    let roles_page = roles(channel, "").await.unwrap();
    assert_eq!(compact(server).await, 4);
    create(channel, "e", "e").await;
    // The token of the boundary is compared with what is kept of it.
    let after = ListChangesRequest { after_token: early.read_token.clone(), ..Default::default() };
    let told = page(channel, after).await.unwrap();
    assert_eq!(told.revisions.iter().map(|it| it.revision).collect::<Vec<_>>(), [5]);
    let other = other_digits(&early.read_token);
    refused("a token of the boundary", watch(channel, &other).await, "REVISION_OTHER_HISTORY");
    refused("an older token", watch(channel, &tokens[1]).await, "REVISION_COMPACTED");
    roles(channel, &roles_page).await.unwrap();
    // A page that was given out before the boundary can no longer be told from another's.
    assert_eq!(compact(server).await, 5);
    let next = roles(channel, &roles_page).await.unwrap();
    assert!(!next.is_empty());
}

both!(a_token_of_nothing_is_good_for_the_beginning);
async fn a_token_of_nothing_is_good_for_the_beginning(server: &Server) {
    let channel = &server.channel;
    let nothing = page(channel, ListChangesRequest::default()).await.unwrap().read_token;
    create(channel, "a", "A").await;
    let after = ListChangesRequest { after_token: nothing.clone(), ..Default::default() };
    assert_eq!(page(channel, after).await.unwrap().revisions.len(), 1);
    refused(
        "another beginning",
        watch(channel, &other_digits(&nothing)).await,
        "REVISION_OTHER_HISTORY",
    );
}

both!(a_part_of_a_revision_has_no_token_to_go_on_by);
async fn a_part_of_a_revision_has_no_token_to_go_on_by(server: &Server) {
    let channel = &server.channel;
    let batch = ["a", "b"].map(|id| (id.to_owned(), Role { title: id.into(), ..Role::default() }));
    Role::batch_create(channel, "", batch.to_vec(), Default::default()).await.unwrap();
    create(channel, "c", "c").await;
    let first = page(channel, one("")).await.unwrap();
    assert!(first.revisions[0].continues && first.revisions[0].token.is_empty());
    let second = page(channel, one(&first.next_page_token)).await.unwrap();
    assert!(!second.revisions[0].continues);
    let watched = OpenWatch::after(channel, 0).await.until(1).await;
    assert_eq!(second.revisions[0].token, watched[0].token);
    let after = ListChangesRequest { after_token: watched[0].token.clone(), ..Default::default() };
    assert_eq!(page(channel, after).await.unwrap().revisions[0].changes[0].name, "roles/c");
}

both!(a_token_is_given_as_it_was_and_with_its_own_revision_only);
async fn a_token_is_given_as_it_was_and_with_its_own_revision_only(server: &Server) {
    let channel = &server.channel;
    let token = page(channel, ListChangesRequest::default()).await.unwrap().read_token;
    for bad in ["x", "1", "0-0000000", "0-0000000G", " 0-00000000", "-1-00000000"] {
        let request = WatchChangesRequest { after_token: bad.into(), ..Default::default() };
        let bad =
            failure(feed::client(channel).watch_changes(request).await, Code::InvalidArgument);
        assert!(bad.violates("after_token", "MALFORMED"), "{bad:?}");
    }
    for request in [
        WatchChangesRequest {
            after_token: token.clone(),
            after_revision: Some(1),
            ..Default::default()
        },
        WatchChangesRequest {
            after_token: token.clone(),
            send_initial_state: true,
            ..Default::default()
        },
    ] {
        let both =
            failure(feed::client(channel).watch_changes(request).await, Code::InvalidArgument);
        assert!(both.violates("after_token", "NOT_ALLOWED"), "{both:?}");
    }
    let own = WatchChangesRequest {
        after_token: token.clone(),
        after_revision: Some(0),
        ..Default::default()
    };
    assert!(feed::client(channel).watch_changes(own).await.is_ok());
    let both = ListChangesRequest { after_token: token, after_revision: 1, ..Default::default() };
    let both = failure(page(channel, both).await, Code::InvalidArgument);
    assert!(both.violates("after_token", "NOT_ALLOWED"), "{both:?}");
}

/// A token of the same revision in another history.
fn other_digits(token: &str) -> String {
    let (revision, digits) = token.split_once('-').unwrap();
    let other = u32::from_str_radix(digits, 16).unwrap() ^ 1;
    format!("{revision}-{other:08x}")
}
