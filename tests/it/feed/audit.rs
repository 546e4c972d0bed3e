//! The log of changes as auditors read it, by the program, straight from the database.

use digital_skills_registry::api::{DESCRIPTORS, v1::*};
use prost_reflect::DynamicMessage;
use sea_orm::ConnectionTrait;

use crate::{
    both,
    harness::{
        Server,
        binary::{Run, program},
        client::WriteCall,
        fixture::Fixture,
        samples::Samples,
        world::World,
    },
};

use super::compact;

/// Runs `audit` on the database of a server.
async fn audit(server: &Server, arguments: &[&str]) -> Run {
    let mut program = program();
    program.arg("audit").args(arguments).env("DATABASE_URL", &server.database.url);
    tokio::task::spawn_blocking(move || Run::of(&program.output().unwrap())).await.unwrap()
}

/// Runs a statement behind the back of the server.
async fn tamper(server: &Server, sql: &str) {
    let connection = server.database.connect().await;
    assert_eq!(connection.execute_unprepared(sql).await.unwrap().rows_affected(), 1, "{sql}");
    connection.close().await.unwrap();
}

async fn fill(server: &Server) {
    for n in 1..=4 {
        let rows =
            (0..n).map(|i| (format!("r{n}-{i}"), Role { title: "R".into(), ..Role::default() }));
        Role::batch_create(&server.channel, "", rows.collect(), WriteCall::default())
            .await
            .unwrap();
    }
}

both!(a_log_that_nobody_touched_is_whole_also_where_its_beginning_is_forgotten);
async fn a_log_that_nobody_touched_is_whole_also_where_its_beginning_is_forgotten(server: &Server) {
    let empty = audit(server, &["verify"]).await;
    assert_eq!((empty.code, empty.out.as_str()), (Some(0), "0 changes, hash chain intact\n"));
    fill(server).await;
    let whole = audit(server, &["verify"]).await;
    assert_eq!((whole.code, whole.out.as_str()), (Some(0), "10 changes, hash chain intact\n"));
    assert_eq!(compact(server).await, 4);
    Role::create(&server.channel, "", "after", Some(Role { title: "R".into(), ..Role::default() }))
        .await
        .unwrap();
    let whole = audit(server, &["verify"]).await;
    assert_eq!((whole.code, whole.out.as_str()), (Some(0), "1 changes, hash chain intact\n"));
}

both!(the_first_broken_link_is_told);
async fn the_first_broken_link_is_told(server: &Server) {
    fill(server).await;
    for (sql, back, expected) in [
        (
            "UPDATE change SET actor = 'somebody' WHERE name = 'roles/r3-1'",
            "UPDATE change SET actor = 'operator' WHERE name = 'roles/r3-1'",
            "broken at revision 3, roles/r3-1",
        ),
        (
            "UPDATE change SET resource = REPLACE(resource, '\"R\"', '\"X\"') WHERE name = 'roles/r1-0'",
            "UPDATE change SET resource = REPLACE(resource, '\"X\"', '\"R\"') WHERE name = 'roles/r1-0'",
            "broken at revision 1, roles/r1-0",
        ),
        (
            "UPDATE change SET peer = '192.0.2.1' WHERE name = 'roles/r2-0'",
            "UPDATE change SET peer = '127.0.0.1' WHERE name = 'roles/r2-0'",
            "broken at revision 2, roles/r2-0",
        ),
        (
            "UPDATE revision SET revision = 5",
            "UPDATE revision SET revision = 4",
            "broken at the end",
        ),
        // One taken out: the next does not follow.
        ("DELETE FROM change WHERE name = 'roles/r2-1'", "", "broken at revision 3, roles/r3-0"),
    ] {
        tamper(server, sql).await;
        let broken = audit(server, &["verify"]).await;
        assert_eq!(broken.code, Some(1), "{broken:?}");
        assert!(broken.out.starts_with(expected), "{sql}: {broken:?}");
        if !back.is_empty() {
            tamper(server, back).await;
            assert_eq!(audit(server, &["verify"]).await.code, Some(0), "{back}");
        }
    }
}

both!(the_last_changes_taken_out_are_missed);
async fn the_last_changes_taken_out_are_missed(server: &Server) {
    fill(server).await;
    tamper(server, "DELETE FROM change WHERE name = 'roles/r4-3'").await;
    let broken = audit(server, &["verify"]).await;
    assert!(broken.code == Some(1) && broken.out.starts_with("broken at the end"), "{broken:?}");
}

both!(the_log_is_written_out_as_a_line_of_json_for_each_change);
async fn the_log_is_written_out_as_a_line_of_json_for_each_change(server: &Server) {
    let asked = WriteCall::once(uuid::Uuid::now_v7());
    let role = Role { title: "R".into(), ..Role::default() };
    let made = Role::create_as(&server.channel, "", "r", Some(role), asked.clone()).await.unwrap();
    let changed = Role { title: "S".into(), seniority: Some(3), ..made };
    Role::update(&server.channel, changed, None, false).await.unwrap();
    let lines = |run: &Run| -> Vec<serde_json::Value> {
        assert_eq!(run.code, Some(0), "{run:?}");
        run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = lines(&audit(server, &["export"]).await);
    assert_eq!(all.len(), 2);
    for (line, expected) in all.iter().zip([
        serde_json::json!({"revision": "1", "verb": "CHANGE_VERB_CREATED", "changedFields": [], "requestId": asked.request_id}),
        serde_json::json!({"revision": "2", "verb": "CHANGE_VERB_UPDATED", "changedFields": ["title", "seniority"], "requestId": ""}),
    ]) {
        for (key, value) in expected.as_object().unwrap() {
            let (mut told, mut value) = (line[key].clone(), value.clone());
            for list in [&mut told, &mut value] {
                if let Some(list) = list.as_array_mut() {
                    list.sort_by_key(ToString::to_string);
                }
            }
            assert_eq!(told, value, "{key}");
        }
        assert_eq!((&line["name"], &line["resourceType"], &line["actor"], &line["peer"]), (&"roles/r".into(), &"RESOURCE_TYPE_ROLE".into(), &"operator".into(), &"127.0.0.1".into()));
        assert_eq!(line["hash"].as_str().unwrap().len(), 64);
    }
    assert_eq!(all[0]["method"], "digitalskills.v1.RoleService/CreateRole");
    assert_eq!(all[1]["resource"]["role"]["title"], "S");
    assert_eq!(lines(&audit(server, &["export", "--after", "1"]).await), all[1..]);
}

both!(what_is_exported_is_written_as_the_contract_writes_it);
async fn what_is_exported_is_written_as_the_contract_writes_it(server: &Server) {
    let world = World::create(server).await;
    let staffing = Staffing { fte: Some(0.6), ..Staffing::nth(&world, 1) };
    let made = Staffing::create(&server.channel, &world.trust, "s", Some(staffing)).await.unwrap();
    let run = audit(server, &["export"]).await;
    let line: serde_json::Value = serde_json::from_str(run.out.lines().last().unwrap()).unwrap();
    let written = &line["resource"]["staffing"];
    assert_eq!((&written["fte"], &written["startDate"]), (&0.6.into(), &"2024-02-29".into()));
    assert_eq!(written["name"], made.name.as_str());
    let mut json = line.clone();
    for beside in ["peer", "hash"] {
        assert!(json.as_object_mut().unwrap().remove(beside).is_some());
    }
    let kind = DESCRIPTORS.get_message_by_name("digitalskills.v1.Change").unwrap();
    let change = DynamicMessage::deserialize(kind, json).unwrap();
    let change: Change = change.transcode_to().unwrap();
    let Some(resource::Resource::Staffing(stored)) = change.resource.unwrap().resource else {
        panic!()
    };
    assert_eq!(Staffing { etag: made.etag.clone(), ..stored }, made);
}
