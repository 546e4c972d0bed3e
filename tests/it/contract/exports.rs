//! Exports and initial states that are read slowly: what they hold up, and what they tell.

use std::{collections::BTreeMap, time::Duration};

use digital_skills_registry::{
    api::v1::{skill_service_client::SkillServiceClient, watch_changes_response::Event, *},
    registry::{Registry, RegistryLimits},
};
use sea_orm::{ConnectionTrait, Statement};
use tokio::task::JoinSet;
use tonic::{Code, Streaming, transport::Channel};

use crate::{
    both,
    feed::{OpenWatch, compact},
    harness::{
        self, Db, Server, failure,
        fixture::{Fixture, ListCall},
    },
};

const FRAMEWORK: &str = "frameworks/f";

/// How many skills there are: more than a client that does not read takes.
const COUNT: usize = 400;

fn skill(n: usize, title: &str) -> Skill {
    Skill {
        name: format!("{FRAMEWORK}/skills/s{n:04}"),
        title: title.to_owned(),
        category: format!("C{}", n % 3),
        description: "x".repeat(5_000),
        ..Skill::default()
    }
}

async fn fill(server: &Server) {
    let framework = Framework { title: "Before".into(), ..Framework::default() };
    Framework::create(&server.channel, "", "f", Some(framework)).await.unwrap();
    let rows = (0..COUNT).map(|n| skill(n, &format!("Skill {n}"))).collect();
    harness::load(server, FRAMEWORK, rows).await;
}

/// Changes, deletes and creates skills everywhere, so that what a filter asks of them is another, and
/// changes what they lie under. Some that are deleted come again as others.
async fn write(server: &Server) {
    let channel = &server.channel;
    let rewritten: Vec<Skill> = (0..COUNT)
        .filter(|n| n % 4 == 1)
        .map(|n| Skill { category: "C1".into(), ..skill(n, "Changed") })
        .collect();
    harness::load(server, FRAMEWORK, rewritten).await;
    let going = || (0..COUNT).filter(|n| n % 7 == 3);
    harness::load(server, FRAMEWORK, going().map(|n| skill(n, "Back")).collect()).await;
    let gone: Vec<_> = going().map(|n| (skill(n, "").name, String::new())).collect();
    Skill::batch_delete(channel, FRAMEWORK, gone, Default::default()).await.unwrap();
    let again = (0..COUNT).filter(|n| n % 14 == 3).map(|n| skill(n, "Again"));
    let new = (0..50).map(|n| Skill {
        name: format!("{FRAMEWORK}/skills/s{:04}-new", n * 8),
        ..skill(n, "New")
    });
    harness::load(server, FRAMEWORK, again.chain(new).collect()).await;
    let framework =
        Framework { name: FRAMEWORK.into(), title: "After".into(), ..Framework::default() };
    Framework::update(channel, framework, Some(&["title"]), false).await.unwrap();
}

async fn export(channel: &Channel, filter: &str) -> Streaming<ExportSkillsResponse> {
    let request = ExportSkillsRequest {
        parent: FRAMEWORK.into(),
        filter: filter.into(),
        ..Default::default()
    };
    SkillServiceClient::new(channel.clone()).export_skills(request).await.unwrap().into_inner()
}

async fn exported(channel: &Channel, filter: &str) -> Vec<Skill> {
    let listing =
        ListCall { parent: FRAMEWORK.into(), filter: filter.into(), ..ListCall::default() };
    let pages = Skill::export(channel, listing).await.unwrap();
    pages.into_iter().flat_map(|page| page.rows).collect()
}

/// Whether all of SQLite's log can go to the database, and the log be cut.
async fn log_can_be_emptied(server: &Server) -> bool {
    let connection = server.database.connect().await;
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index::<i32>(0).unwrap() == 0
}

const FILTERS: [&str; 7] = [
    "",
    "category = \"C1\"",
    "framework.title = \"Before\"",
    "NOT framework.title = \"Before\"",
    "framework.title = \"After\" OR title = \"Skill 1*\"",
    "title = \"Again\" OR title = \"New\"",
    "category != \"C1\" AND framework.title:\"efor\"",
];

both!(an_export_that_is_read_slowly_is_of_its_revision_and_holds_up_nobody);
async fn an_export_that_is_read_slowly_is_of_its_revision_and_holds_up_nobody(server: &Server) {
    fill(server).await;
    let revision = server.revision().await;
    let mut slow = Vec::new();
    for filter in FILTERS {
        let expected = exported(&server.channel, filter).await;
        let mut answers = export(&harness::connect_narrow(server.address).await, filter).await;
        let first = answers.message().await.unwrap().unwrap();
        assert_eq!(first.read_revision, revision);
        slow.push((filter, expected, first.skills, answers));
    }
    for _ in 0..3 {
        write(server).await;
        // Others go on, of what there is now.
        let now = exported(&server.channel, "title = \"New\"").await;
        assert_eq!(now.len(), 50);
        if server.database.db == Db::Sqlite {
            assert!(log_can_be_emptied(server).await);
        }
        assert_eq!(compact(server).await, revision);
    }
    for (filter, expected, mut found, mut answers) in slow {
        while let Some(answer) = answers.message().await.unwrap() {
            assert_eq!(answer.read_revision, revision);
            found.extend(answer.skills);
        }
        let names = |rows: &[Skill]| rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&found), names(&expected), "{filter}");
        assert_eq!(found, expected, "{filter}");
    }
    let newest = server.revision().await;
    assert_eq!(compact(server).await, newest);
}

both!(an_export_is_of_its_revision_however_much_changes_meanwhile);
/// More changes than are kept in memory for an export.
async fn an_export_is_of_its_revision_however_much_changes_meanwhile(server: &Server) {
    let rows: Vec<Role> = (0..3_500)
        .map(|n| Role { name: format!("roles/r{n:05}"), title: "Before".into(), ..Role::default() })
        .collect();
    for chunk in rows.chunks(1_000) {
        harness::load(server, "", chunk.to_vec()).await;
    }
    let expected = Role::export(&server.channel, ListCall::default()).await.unwrap();
    let expected: Vec<Role> = expected.into_iter().flat_map(|page| page.rows).collect();
    let request = ExportRolesRequest::default();
    let channel = harness::connect_narrow(server.address).await;
    let mut roles = role_service_client::RoleServiceClient::new(channel);
    let mut answers = roles.export_roles(request).await.unwrap().into_inner();
    let mut found = answers.message().await.unwrap().unwrap().roles;
    for chunk in rows.chunks(1_000) {
        let names = chunk.iter().map(|row| (row.name.clone(), String::new())).collect();
        Role::batch_delete(&server.channel, "", names, Default::default()).await.unwrap();
    }
    while let Some(answer) = answers.message().await.unwrap() {
        found.extend(answer.roles);
    }
    assert_eq!(found, expected);
}

both!(an_export_of_what_is_no_longer_kept_fails);
async fn an_export_of_what_is_no_longer_kept_fails(server: &Server) {
    fill(server).await;
    let limits = RegistryLimits { max_pin_time: Duration::ZERO, ..RegistryLimits::default() };
    let registry = Registry::with_limits(server.store.clone(), limits);
    let (address, stop, serving) = harness::serve_with(registry).await;
    let revision = server.revision().await;
    let mut answers = export(&harness::connect_narrow(address).await, "").await;
    answers.message().await.unwrap().unwrap();
    write(server).await;
    let oldest = compact(server).await;
    assert!(oldest > revision);
    let end = loop {
        match answers.message().await {
            Ok(answer) => assert!(answer.is_some(), "it ended as if all was well"),
            Err(status) => break status,
        }
    };
    let compacted = failure::<()>(Err(end), Code::OutOfRange);
    assert_eq!(compacted.reason, "REVISION_COMPACTED");
    assert_eq!(
        [compacted.fact("revision"), compacted.fact("oldest")],
        [revision, oldest].map(|r| r.to_string())
    );
    let _ = stop.send(());
    serving.await.unwrap();
}

both!(an_export_under_a_parent_that_does_not_exist_fails);
async fn an_export_under_a_parent_that_does_not_exist_fails(server: &Server) {
    fill(server).await;
    Framework::create(
        &server.channel,
        "",
        "empty",
        Some(Framework { title: "E".into(), ..Framework::default() }),
    )
    .await
    .unwrap();
    let of = |parent: &str| ListCall { parent: parent.into(), ..ListCall::default() };
    let none = Skill::export(&server.channel, of("frameworks/none")).await;
    failure(none.map(|_| ()), Code::NotFound);
    let empty = Skill::export(&server.channel, of("frameworks/empty")).await.unwrap();
    assert_eq!((empty.len(), empty[0].rows.len()), (1, 0));
}

both!(what_exists_is_told_slowly_as_it_was_and_then_what_changed);
async fn what_exists_is_told_slowly_as_it_was_and_then_what_changed(server: &Server) {
    fill(server).await;
    let expected = exported(&server.channel, "").await;
    let revision = server.revision().await;
    let mut watches = JoinSet::new();
    for _ in 0..6 {
        let channel = harness::connect_narrow(server.address).await;
        let filter = ChangeFilter {
            resource_types: vec![digital_skills_registry::api::v1::ResourceType::Skill as i32],
            ..ChangeFilter::default()
        };
        let request = WatchChangesRequest {
            send_initial_state: true,
            filter: Some(filter),
            ..Default::default()
        };
        let mut watching = OpenWatch::open(&channel, request).await.unwrap();
        let first = watching.event().await.unwrap().unwrap();
        watches.spawn(async move { (watching, first) });
    }
    let watches = watches.join_all().await;
    write(server).await;
    if server.database.db == Db::Sqlite {
        assert!(log_can_be_emptied(server).await);
    }
    assert_eq!(compact(server).await, revision);
    let newest = server.revision().await;
    let now = exported(&server.channel, "").await;
    for (mut watching, mut event) in watches {
        let mut copy = BTreeMap::new();
        while let Event::InitialState(state) = event {
            assert_eq!(state.revision, revision);
            for resource in state.resources {
                let row = Skill::of_resource(resource).unwrap();
                assert!(copy.insert(row.name.clone(), row).is_none());
            }
            event = watching.event().await.unwrap().unwrap();
        }
        let Event::Checkpoint(checkpoint) = event else { panic!("{event:?} after what exists") };
        assert_eq!(checkpoint.revision, revision);
        assert!(copy.values().eq(expected.iter()));
        // The last revision is of the framework, and only a checkpoint tells of it.
        for change in watching.until(newest - 1).await.into_iter().flat_map(|told| told.changes) {
            let row = Skill::of_resource(change.resource.clone().unwrap()).unwrap();
            match change.verb() {
                ChangeVerb::Deleted => copy.remove(&change.name),
                _ => copy.insert(change.name.clone(), row),
            };
        }
        assert!(copy.values().eq(now.iter()));
    }
}
