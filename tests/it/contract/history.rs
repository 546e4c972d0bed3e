//! What changed, and what was.

use digital_skills_registry::api::v1::{
    Change, ChangeFilter, ChangeVerb, ListChangesRequest, ListRevisionsRequest, ResourceType,
    change_service_client::ChangeServiceClient,
};
use tonic::{Code, transport::Channel};
use uuid::Uuid;

use super::every_type;
use crate::harness::{
    Server,
    client::WriteCall,
    failure,
    fixture::{Fixture, ListCall},
    world::World,
};

/// The changes of a resource type after a revision.
async fn changes<N: Fixture>(channel: &Channel, after_revision: i64) -> Vec<Change> {
    let of = format!("RESOURCE_TYPE_{}", N::SINGULAR.to_uppercase());
    let filter = ChangeFilter {
        resource_types: vec![ResourceType::from_str_name(&of).unwrap() as i32],
        ..ChangeFilter::default()
    };
    let request = ListChangesRequest { after_revision, filter: Some(filter), ..Default::default() };
    let mut client = ChangeServiceClient::new(channel.clone());
    let answer = client.list_changes(request).await.unwrap().into_inner();
    assert_eq!(answer.next_page_token, "");
    answer.revisions.into_iter().flat_map(|revision| revision.changes).collect()
}

every_type!(every_change_is_told_with_who_made_it_how_and_of_what);
async fn every_change_is_told_with_who_made_it_how_and_of_what<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let (channel, before) = (&server.channel, server.revision().await);
    let asked = WriteCall::once(Uuid::now_v7());
    let parent = N::parent(world);
    let made = N::create_as(channel, &parent, &N::id(1), Some(N::nth(world, 1)), asked.clone())
        .await
        .unwrap();
    let mut row = made.clone();
    row.change();
    let changed = N::update(channel, row, None, false).await.unwrap();
    N::delete(channel, made.name(), "", false).await.unwrap();
    let changes = changes::<N>(channel, before).await;
    let verbs: Vec<_> = changes.iter().map(Change::verb).collect();
    assert_eq!(verbs, [ChangeVerb::Created, ChangeVerb::Updated, ChangeVerb::Deleted]);
    let revisions: Vec<_> = changes.iter().map(|change| change.revision).collect();
    assert_eq!(revisions, [before + 1, before + 2, before + 3]);
    for (change, method) in changes.iter().zip(["Create", "Update", "Delete"]) {
        assert_eq!(change.name, made.name());
        assert_eq!(change.actor, "operator");
        assert_eq!(change.method, format!("digitalskills.v1.{0}Service/{method}{0}", N::TITLE));
    }
    assert_eq!(changes[0].request_id, asked.request_id);
    assert_eq!(changes[1].request_id, "");
    assert_eq!(changes[0].changed_fields, Vec::<String>::new());
    assert_eq!(changes[1].changed_fields, [N::MUTABLE]);
    assert_eq!(changes[0].change_time, made.create_time());
    let resource = |i: usize| N::of_resource(changes[i].resource.clone().unwrap()).unwrap();
    assert_eq!((resource(0), resource(1), resource(2)), (made, changed.clone(), changed));
}

every_type!(a_resource_can_be_read_as_it_was_at_any_revision);
async fn a_resource_can_be_read_as_it_was_at_any_revision<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let (channel, before) = (&server.channel, server.revision().await);
    let made = N::made(channel, world, 1).await;
    N::made(channel, world, 2).await;
    let mut row = made.clone();
    row.change();
    let changed = N::update(channel, row, None, false).await.unwrap();
    let asked = WriteCall::default();
    N::delete_as(channel, made.name(), "", false, asked.clone()).await.unwrap();
    let name = made.name();
    let gone = N::get_as(channel, name, before.max(1), 0).await;
    failure(gone, Code::NotFound);
    for revision in made.revision()..changed.revision() {
        assert_eq!(N::get_as(channel, name, revision, 0).await.unwrap(), made);
    }
    assert_eq!(N::get_as(channel, name, changed.revision(), 0).await.unwrap(), changed);
    failure(N::get_as(channel, name, asked.revision(), 0).await, Code::NotFound);
    let ahead = failure(N::get_as(channel, name, asked.revision() + 1, 0).await, Code::OutOfRange);
    assert_eq!(
        (ahead.reason.as_str(), ahead.fact("newest")),
        ("REVISION_AHEAD", asked.revision().to_string().as_str())
    );
    let negative = failure(N::get_as(channel, name, -1, 0).await, Code::InvalidArgument);
    assert!(negative.violates("revision", "OUT_OF_RANGE"));
}

every_type!(the_history_of_a_resource_is_listed_from_the_newest);
async fn the_history_of_a_resource_is_listed_from_the_newest<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let channel = &server.channel;
    let mut row = N::made(channel, world, 1).await;
    let mut expected = vec![row.clone()];
    for _ in 0..3 {
        row.change();
        row = N::update(channel, row, None, false).await.unwrap();
        expected.insert(0, row.clone());
    }
    N::delete(channel, row.name(), "", false).await.unwrap();
    expected.insert(0, row.clone());
    let mut client = ChangeServiceClient::new(channel.clone());
    let (mut told, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListRevisionsRequest {
            name: row.name().to_owned(),
            page_size: 2,
            page_token,
            min_revision: 0,
        };
        let page = client.list_revisions(request).await.unwrap().into_inner();
        assert!(page.changes.len() <= 2);
        assert_eq!(page.read_revision, server.revision().await);
        told.extend(page.changes);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let verbs: Vec<_> = told.iter().map(Change::verb).collect();
    use ChangeVerb::{Created, Deleted, Updated};
    assert_eq!(verbs, [Deleted, Updated, Updated, Updated, Created]);
    let told: Vec<N> =
        told.into_iter().map(|change| N::of_resource(change.resource.unwrap()).unwrap()).collect();
    assert_eq!(told, expected);
    let unknown = ListRevisionsRequest { name: N::nth_name(world, 7), ..Default::default() };
    failure(client.list_revisions(unknown).await, Code::NotFound);
}

every_type!(an_answer_to_a_write_tells_from_which_revision_on_it_can_be_seen);
async fn an_answer_to_a_write_tells_from_which_revision_on_it_can_be_seen<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let (channel, parent) = (&server.channel, N::parent(world));
    let newest = async || server.revision().await;
    let asked = WriteCall::once(Uuid::now_v7());
    let made = N::create_as(channel, &parent, &N::id(1), Some(N::nth(world, 1)), asked.clone())
        .await
        .unwrap();
    assert_eq!((asked.revision(), made.revision()), (newest().await, newest().await));
    N::made(channel, world, 2).await;
    // The first answer again, with the revision of the first.
    N::create_as(channel, &parent, &N::id(1), Some(N::nth(world, 1)), asked.clone()).await.unwrap();
    assert_eq!(asked.revision(), made.revision());
    // What changes nothing can be seen at the newest.
    let asked = WriteCall::default();
    N::update_as(channel, made.clone(), None, false, asked.clone()).await.unwrap();
    assert_eq!(asked.revision(), newest().await);
    let asked = WriteCall::default();
    N::batch_create(channel, &parent, vec![(N::id(3), N::nth(world, 3))], asked.clone())
        .await
        .unwrap();
    assert_eq!(asked.revision(), newest().await);
    let asked = WriteCall::default();
    N::batch_delete(channel, &parent, vec![(N::nth_name(world, 3), String::new())], asked.clone())
        .await
        .unwrap();
    assert_eq!(asked.revision(), newest().await);
    let asked = WriteCall::default();
    N::delete_as(channel, made.name(), "", false, asked.clone()).await.unwrap();
    assert_eq!(asked.revision(), newest().await);
}

every_type!(a_read_waits_for_the_revision_that_it_wants);
async fn a_read_waits_for_the_revision_that_it_wants<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    let wanted = made.revision() + 1;
    let (channel, name, parent) =
        (server.connect().await, made.name().to_owned(), N::parent(world));
    let read = tokio::spawn(async move {
        let listing = ListCall { parent, min_revision: wanted, ..ListCall::default() };
        let (row, page) =
            tokio::join!(N::get_as(&channel, &name, 0, wanted), N::list_as(&channel, listing));
        (row.unwrap(), page.unwrap().read_revision)
    });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(!read.is_finished());
    let mut row = made.clone();
    row.change();
    let changed = N::update(&server.channel, row, None, false).await.unwrap();
    assert_eq!(read.await.unwrap(), (changed, wanted));
}
