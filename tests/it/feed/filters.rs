//! Which changes somebody hears of.

use digital_skills_registry::api::v1::{ResourceType, *};

use crate::{
    both,
    harness::{Server, fixture::Fixture, samples::Samples, world::World},
};

use super::{OpenWatch, list};

/// The names of what a list and a watch tell after a revision; both must tell the same.
async fn admitted(server: &Server, after: i64, filter: ChangeFilter) -> Vec<String> {
    let names = |revisions: &[RevisionChanges]| -> Vec<String> {
        let changes = revisions.iter().flat_map(|revision| &revision.changes);
        changes
            .map(|change| {
                format!(
                    "{} {}",
                    change.verb().as_str_name().replace("CHANGE_VERB_", ""),
                    change.name
                )
            })
            .collect()
    };
    let listed = names(&list(&server.channel, after, Some(filter.clone()), 3).await.unwrap());
    let request = WatchChangesRequest {
        after_revision: Some(after),
        filter: Some(filter),
        checkpoint_seconds: 1,
        ..Default::default()
    };
    let mut watching = OpenWatch::open(&server.channel, request).await.unwrap();
    let watched = names(&watching.until(server.revision().await).await);
    assert_eq!(listed, watched);
    listed
}

fn organisation(title: &str, parent: &str) -> Option<Organisation> {
    let kind = OrganisationKind::Trust as i32;
    Some(Organisation {
        title: title.into(),
        kind,
        parent: parent.into(),
        ..Organisation::default()
    })
}

both!(changes_are_filtered_by_resource_type_parent_and_verb);
async fn changes_are_filtered_by_resource_type_parent_and_verb(server: &Server) {
    let world = World::create(server).await;
    let after = server.revision().await;
    let skill = Skill::made(&server.channel, &world, 1).await;
    let role = Role::made(&server.channel, &world, 1).await;
    Role::delete(&server.channel, &role.name, "", false).await.unwrap();
    Target::made(&server.channel, &world, 1).await;
    let of = |filter| admitted(server, after, filter);
    let skills_and_roles = ChangeFilter {
        resource_types: vec![ResourceType::Skill as i32, ResourceType::Role as i32],
        ..Default::default()
    };
    assert_eq!(
        of(skills_and_roles).await,
        [
            format!("CREATED {}", skill.name),
            format!("CREATED {}", role.name),
            format!("DELETED {}", role.name)
        ]
    );
    let verbs = ChangeFilter { verbs: vec![ChangeVerb::Deleted as i32], ..Default::default() };
    assert_eq!(of(verbs).await, [format!("DELETED {}", role.name)]);
    let parent = ChangeFilter { parent: Target::parent(&world), ..Default::default() };
    assert_eq!(of(parent).await, [format!("CREATED {}", Target::nth_name(&world, 1))]);
    let both = ChangeFilter {
        resource_types: vec![ResourceType::Role as i32],
        verbs: vec![ChangeVerb::Updated as i32],
        ..Default::default()
    };
    assert_eq!(of(both).await, Vec::<String>::new());
}

both!(changes_of_an_organisation_are_of_what_lies_under_it_and_of_what_names_it);
async fn changes_of_an_organisation_are_of_what_lies_under_it_and_of_what_names_it(
    server: &Server,
) {
    let world = World::create(server).await;
    let after = server.revision().await;
    let staffing = Staffing::made(&server.channel, &world, 1).await;
    let target = Target::made(&server.channel, &world, 1).await;
    Role::made(&server.channel, &world, 1).await;
    let of = |organisation: &str| {
        let filter = ChangeFilter { organisation: organisation.to_owned(), ..Default::default() };
        admitted(server, after, filter)
    };
    let owner = Staffing::parent(&world);
    let mut expected = vec![format!("CREATED {}", staffing.name)];
    if target.organisation == owner {
        expected.push(format!("CREATED {}", target.name));
    }
    assert_eq!(of(&owner).await, expected);
    assert!(of(&target.organisation).await.contains(&format!("CREATED {}", target.name)));
    assert_eq!(of("organisations/NONE9").await, Vec::<String>::new());
}

both!(changes_of_an_organisation_and_all_below_it_follow_the_tree_as_it_was);
async fn changes_of_an_organisation_and_all_below_it_follow_the_tree_as_it_was(server: &Server) {
    let channel = &server.channel;
    Organisation::create(channel, "", "TOP", organisation("Top", "")).await.unwrap();
    Organisation::create(channel, "", "OTHER", organisation("Other", "")).await.unwrap();
    Organisation::create(channel, "", "MID", organisation("Mid", "organisations/TOP"))
        .await
        .unwrap();
    Organisation::create(channel, "", "LOW", organisation("Low", "organisations/MID"))
        .await
        .unwrap();
    let role = Role::create(channel, "", "r", Some(Role { title: "R".into(), ..Role::default() }))
        .await
        .unwrap()
        .name;
    let staffing = async |id: &str| {
        let row = Staffing {
            subject: id.into(),
            role: role.clone(),
            headcount: Some(1),
            fte: Some(1.0),
            start_date: "2026-01-01".into(),
            ..Staffing::default()
        };
        Staffing::create(channel, "organisations/LOW", id, Some(row)).await.unwrap();
    };
    staffing("before").await;
    let moved = Organisation {
        name: "organisations/MID".into(),
        parent: "organisations/OTHER".into(),
        ..Organisation::default()
    };
    Organisation::update(channel, moved, Some(&["parent"]), false).await.unwrap();
    staffing("after").await;
    let of = |organisation: &str, include_descendants: bool| {
        let filter = ChangeFilter {
            organisation: format!("organisations/{organisation}"),
            include_descendants,
            ..Default::default()
        };
        admitted(server, 0, filter)
    };
    assert_eq!(
        of("TOP", true).await,
        [
            "CREATED organisations/TOP",
            "CREATED organisations/MID",
            "CREATED organisations/LOW",
            "CREATED organisations/LOW/staffing/before",
            // It moves out.
            "UPDATED organisations/MID",
        ]
    );
    assert_eq!(
        of("OTHER", true).await,
        [
            "CREATED organisations/OTHER",
            // It moves in.
            "UPDATED organisations/MID",
            "CREATED organisations/LOW/staffing/after",
        ]
    );
    assert_eq!(of("TOP", false).await, ["CREATED organisations/TOP"]);
}
