//! Get, BatchGet and List.

use digital_skills_registry::api::v1;
use tonic::Code;

use super::{bare, every_type, missing_parent};
use crate::{
    both,
    harness::{Server, failure, fixture::Fixture, world::World},
};

every_type!(a_created_resource_is_read_back_as_it_was_sent);
async fn a_created_resource_is_read_back_as_it_was_sent<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let sent = N::nth(world, 1);
    let made = N::made(&server.channel, world, 1).await;
    assert_eq!(made.name(), N::nth_name(world, 1));
    assert_eq!(bare(&made), bare(&sent));
    assert!(!made.etag().is_empty());
    assert_eq!(made.revision(), server.revision().await);
    assert_eq!(made.create_time(), made.update_time());
    assert!(made.create_time().is_some_and(|time| time.nanos % 1_000 == 0));
    assert_eq!(N::get(&server.channel, made.name()).await.unwrap(), made);
}

every_type!(getting_what_does_not_exist_is_not_found);
async fn getting_what_does_not_exist_is_not_found<N: Fixture>(server: &Server, world: &World) {
    let name = N::nth_name(world, 7);
    let failure = failure(N::get(&server.channel, &name).await, Code::NotFound);
    assert_eq!(failure.reason, "RESOURCE_NOT_FOUND");
    assert_eq!(failure.fact("resource"), name);
    let info = failure.details.resource_info().unwrap();
    assert_eq!(info.resource_name, name);
    assert_eq!(info.resource_type, format!("digitalskills.v1.{}", N::TITLE));
}

every_type!(getting_by_the_name_of_another_resource_type_is_invalid);
async fn getting_by_the_name_of_another_resource_type_is_invalid<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let other = if N::TITLE == "Role" { &world.plan } else { &world.role };
    for name in ["", "nothing", other, &format!("{}/x", N::nth_name(world, 1))] {
        let failure = failure(N::get(&server.channel, name).await, Code::InvalidArgument);
        let reason = if name.is_empty() { "REQUIRED" } else { "MALFORMED" };
        assert!(failure.violates("name", reason), "{name}: {failure:?}");
    }
}

every_type!(a_batch_is_read_in_the_order_asked);
async fn a_batch_is_read_in_the_order_asked<N: Fixture>(server: &Server, world: &World) {
    for n in [1, 2, 3] {
        N::made(&server.channel, world, n).await;
    }
    let names: Vec<_> = [3, 1, 2, 3].map(|n| N::nth_name(world, n)).into();
    let rows = N::batch_get(&server.channel, "", names.clone()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.name().to_owned()).collect::<Vec<_>>(), names);
    if N::CHILD {
        let under = N::batch_get(&server.channel, &N::parent(world), names.clone()).await;
        assert_eq!(under.unwrap(), rows);
        let other = N::batch_get(&server.channel, &N::other_parent(world), names).await;
        assert!(failure(other, Code::InvalidArgument).violates("names[0]", "NOT_ALLOWED"));
    }
}

every_type!(a_batch_with_a_missing_name_is_not_found_naming_it);
async fn a_batch_with_a_missing_name_is_not_found_naming_it<N: Fixture>(
    server: &Server,
    world: &World,
) {
    N::made(&server.channel, world, 1).await;
    let names = [1, 8, 9].map(|n| N::nth_name(world, n)).to_vec();
    let failure = failure(N::batch_get(&server.channel, "", names).await, Code::NotFound);
    assert_eq!(failure.fact("resource"), N::nth_name(world, 8));
}

every_type!(a_batch_of_none_or_of_too_many_is_invalid);
async fn a_batch_of_none_or_of_too_many_is_invalid<N: Fixture>(server: &Server, world: &World) {
    let none = N::batch_get(&server.channel, "", Vec::new()).await;
    assert!(failure(none, Code::InvalidArgument).violates("names", "REQUIRED"));
    let many = vec![N::nth_name(world, 1); 1_001];
    let many = N::batch_get(&server.channel, "", many).await;
    assert!(failure(many, Code::InvalidArgument).violates("names", "TOO_LONG"));
}

every_type!(pages_lead_through_the_whole_list_in_the_order_of_names);
async fn pages_lead_through_the_whole_list_in_the_order_of_names<N: Fixture>(
    server: &Server,
    world: &World,
) {
    for n in [4, 2, 5, 1, 3] {
        N::made(&server.channel, world, n).await;
    }
    let parent = N::parent(world);
    let (mut names, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = N::list(&server.channel, &parent, 2, &token).await.unwrap();
        assert!(page.rows.len() <= 2);
        assert_eq!(page.read_revision, server.revision().await);
        names.extend(page.rows.iter().map(|row| row.name().to_owned()));
        token = page.next_page_token;
        pages += 1;
        if token.is_empty() {
            break;
        }
    }
    assert!(names.is_sorted());
    assert_eq!(pages, names.len().div_ceil(2));
    let whole = N::list(&server.channel, &parent, 0, "").await.unwrap();
    assert_eq!(whole.next_page_token, "");
    assert_eq!(whole.rows.iter().map(|row| row.name().to_owned()).collect::<Vec<_>>(), names);
    for n in 1..=5 {
        assert!(names.contains(&N::nth_name(world, n)));
    }
}

every_type!(a_page_size_is_coerced_and_never_negative);
async fn a_page_size_is_coerced_and_never_negative<N: Fixture>(server: &Server, world: &World) {
    let parent = N::parent(world);
    N::list(&server.channel, &parent, 1_000_000, "").await.unwrap();
    let negative = N::list(&server.channel, &parent, -1, "").await;
    assert!(failure(negative, Code::InvalidArgument).violates("page_size", "OUT_OF_RANGE"));
}

every_type!(a_page_token_is_good_for_its_own_list_only);
async fn a_page_token_is_good_for_its_own_list_only<N: Fixture>(server: &Server, world: &World) {
    for n in [1, 2, 3] {
        N::made(&server.channel, world, n).await;
    }
    let parent = N::parent(world);
    let token = N::list(&server.channel, &parent, 1, "").await.unwrap().next_page_token;
    let mut forged = token.clone().into_bytes();
    forged[0] ^= 1;
    for bad in [String::from_utf8(forged).unwrap(), "x".into(), "ä".into(), token[1..].into()] {
        let page = N::list(&server.channel, &parent, 1, &bad).await;
        let failure = failure(page, Code::InvalidArgument);
        assert!(failure.violates("page_token", "MALFORMED"), "{bad}");
    }
    if N::CHILD {
        let other = N::list(&server.channel, &N::other_parent(world), 1, &token).await;
        assert!(failure(other, Code::InvalidArgument).violates("page_token", "MALFORMED"));
    }
    // The size may change.
    assert_eq!(N::list(&server.channel, &parent, 9, &token).await.unwrap().next_page_token, "");
}

every_type!(a_list_is_of_one_parent_or_of_all);
async fn a_list_is_of_one_parent_or_of_all<N: Fixture>(server: &Server, world: &World) {
    if !N::CHILD {
        return;
    }
    let here = N::made(&server.channel, world, 1).await;
    let mut there = N::nth(world, 2);
    // The skills of one framework cannot be kinds of those of another.
    if N::TITLE == "Skill" {
        let mut message = there.dynamic();
        message.clear_field_by_name("broader_skill");
        message.clear_field_by_name("alignments");
        there = N::of_dynamic(&message);
    }
    let parent = N::other_parent(world);
    let there = N::create(&server.channel, &parent, "n00002", Some(there)).await.unwrap();
    let names = async |parent: &str| {
        let page = N::list(&server.channel, parent, 0, "").await.unwrap();
        page.rows.iter().map(|row| row.name().to_owned()).collect::<Vec<_>>()
    };
    let one = names(&N::parent(world)).await;
    assert!(one.contains(&here.name().to_owned()) && !one.contains(&there.name().to_owned()));
    let (collection, _) = parent.split_once('/').unwrap();
    for every in [format!("{collection}/-"), "-".to_owned()] {
        let all = names(&every).await;
        assert!(all.contains(&here.name().to_owned()) && all.contains(&there.name().to_owned()));
        assert!(all.is_sorted());
    }
}

every_type!(a_list_of_a_parent_that_does_not_exist_is_not_found);
async fn a_list_of_a_parent_that_does_not_exist_is_not_found<N: Fixture>(
    server: &Server,
    world: &World,
) {
    if !N::CHILD {
        return;
    }
    let missing = missing_parent::<N>(world);
    let page = N::list(&server.channel, &missing, 0, "").await;
    assert_eq!(failure(page, Code::NotFound).fact("resource"), missing);
    let wrong = if missing.starts_with("roles/") { "frameworks/x" } else { "roles/x" };
    let wrong = if N::TITLE == "Requirement" { "frameworks/x" } else { wrong };
    for (parent, reason) in [("", "REQUIRED"), (wrong, "MALFORMED"), ("roles", "MALFORMED")] {
        let page = N::list(&server.channel, parent, 0, "").await;
        assert!(failure(page, Code::InvalidArgument).violates("parent", reason), "{parent}");
    }
}

both!(a_page_ends_before_it_is_too_large_for_a_client);
async fn a_page_ends_before_it_is_too_large_for_a_client(server: &Server) {
    let framework = v1::Framework { title: "Long".into(), ..v1::Framework::default() };
    let framework = v1::Framework::create(&server.channel, "", "long", Some(framework)).await;
    let parent = framework.unwrap().name;
    let rows = (0..900).map(|n| v1::Skill {
        name: format!("{parent}/skills/s{n:04}"),
        title: format!("Skill {n}"),
        description: "ä".repeat(4_000),
        ..v1::Skill::default()
    });
    let rows: Vec<_> = rows.collect();
    let batches =
        rows.chunks(300).map(|rows| crate::harness::client::Batch::of(&parent, rows.to_vec()));
    v1::Skill::import_all(&server.channel, batches.collect()).await.unwrap();
    let mut client = v1::skill_service_client::SkillServiceClient::new(server.channel.clone());
    let (mut names, mut page_token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        // This client takes answers of 4 MiB, as clients do.
        let request = v1::ListSkillsRequest {
            parent: parent.clone(),
            page_size: 1_000,
            page_token,
            ..Default::default()
        };
        let page = client.list_skills(request).await.unwrap().into_inner();
        names.extend(page.skills.into_iter().map(|skill| skill.name));
        page_token = page.next_page_token;
        pages += 1;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>());
    assert!(pages > 1);
}
