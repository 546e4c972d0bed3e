//! The history of the schema: every migration runs on what the earlier ones left, with rows in it.

use std::{fs, path::Path};

use digital_skills_registry::{api::v1, migration, store::Store};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTraitSelf};

use crate::{
    both, each_database,
    harness::{Db, Server, TestDatabase, fixture::Fixture},
};

/// The first migrations alone: a database as an earlier program left it.
struct Earlier {
    count: usize,
}

impl MigratorTraitSelf for Earlier {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = migration::all();
        migrations.truncate(self.count);
        migrations
    }
}

/// A column of a table, and the type that the database says it has.
struct Column {
    table: String,
    name: String,
    kind: String,
}

/// Every column of the tables that hold rows of records, calls and caches; the migrator's own are left out.
async fn columns(connection: &DatabaseConnection, db: Db) -> Vec<Column> {
    let query = match db {
        Db::Sqlite => {
            "SELECT m.name AS tab, p.name AS col, lower(p.type) AS kind FROM sqlite_master AS m, \
             pragma_table_info(m.name) AS p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' \
             AND m.name <> 'seaql_migrations' ORDER BY m.name, p.cid"
        }
        Db::Postgres => {
            "SELECT table_name::text AS tab, column_name::text AS col, data_type::text AS kind \
             FROM information_schema.columns WHERE table_schema = 'public' \
             AND table_name <> 'seaql_migrations' ORDER BY table_name, ordinal_position"
        }
    };
    let query = Statement::from_string(connection.get_database_backend(), query);
    let rows = connection.query_all_raw(query).await.unwrap();
    let column = |row: &sea_orm::QueryResult| {
        let text = |name: &str| row.try_get::<String>("", name).unwrap();
        Column { table: text("tab"), name: text("col"), kind: text("kind") }
    };
    rows.iter().map(column).collect()
}

/// A value of a column in a row of number `number`.
fn value(column: &Column, db: Db, number: usize) -> String {
    let is = |kind: &str| column.kind.contains(kind);
    if is("time") {
        "'2026-01-01 00:00:00+00:00'".to_owned()
    } else if is("json") {
        "'[]'".to_owned()
    } else if is("date") {
        "'2026-01-01'".to_owned()
    } else if is("bool") {
        "true".to_owned()
    } else if is("blob") || is("bytea") {
        if db == Db::Sqlite { "x'00'" } else { "'\\x00'" }.to_owned()
    } else if is("int") {
        number.to_string()
    } else if column.name == "verb" {
        "'CREATED'".to_owned()
    } else {
        format!("'{}-{number}'", column.name)
    }
}

/// What a query gives in its column `row`.
async fn rows(connection: &DatabaseConnection, query: &str) -> Vec<String> {
    let query = Statement::from_string(connection.get_database_backend(), query);
    let rows = connection.query_all_raw(query).await.unwrap();
    rows.iter().map(|row| row.try_get("", "row").unwrap()).collect()
}

/// How many rows a table has.
async fn count(connection: &DatabaseConnection, table: &str) -> i64 {
    let query = format!("SELECT count(*) AS count FROM \"{table}\"");
    let query = Statement::from_string(connection.get_database_backend(), query);
    let row = connection.query_one_raw(query).await.unwrap().unwrap();
    row.try_get("", "count").unwrap()
}

/// Puts two rows into every table that has none. Tells of each table how many rows it has then.
async fn fill(connection: &DatabaseConnection, db: Db) -> Vec<(String, i64)> {
    let columns = columns(connection, db).await;
    let mut filled = Vec::new();
    for of_table in columns.chunk_by(|a, b| a.table == b.table) {
        let table = &of_table[0].table;
        // Rows of a chain cannot be made up.
        let chained = table == "change" && of_table.iter().any(|column| column.name == "hash");
        if count(connection, table).await == 0 && !chained {
            let names: Vec<_> = of_table.iter().map(|c| format!("\"{}\"", c.name)).collect();
            for number in 1..=2 {
                let values: Vec<_> = of_table.iter().map(|c| value(c, db, number)).collect();
                let insert = format!(
                    "INSERT INTO \"{table}\" ({}) VALUES ({})",
                    names.join(", "),
                    values.join(", ")
                );
                connection.execute_unprepared(&insert).await.unwrap();
            }
        }
        filled.push((table.clone(), count(connection, table).await));
    }
    connection.execute_unprepared("UPDATE revision SET revision = 2").await.unwrap();
    filled
}

each_database!(a_database_of_any_earlier_program_is_brought_up_to_date);
async fn a_database_of_any_earlier_program_is_brought_up_to_date(db: Db) {
    for earlier in 1..migration::all().len() {
        let Some(database) = TestDatabase::create(db).await else { return };
        let connection = database.connect().await;
        Earlier { count: earlier }.up(&connection, None).await.unwrap();
        let before = fill(&connection, db).await;
        let store = Store::open(&database.url).await.unwrap();
        store.migrate(migration::all).await.unwrap();
        for (table, rows) in before {
            let table = match table.as_str() {
                // What is cached is made again.
                "piece" => continue,
                "recording" => "gap_snapshot",
                table => table,
            };
            assert_eq!(count(&connection, table).await, rows, "{table} after {earlier}");
        }
        let chained = earlier <= 2;
        if chained {
            assert_eq!(store.reads().verify().await.unwrap(), Ok(2), "after {earlier}");
        }
        store.close().await;
        drop(connection);
        database.remove().await;
    }
}

/// What was recorded, and ways to close gaps, under the names of before.
const OLD_CHANGES: &str = "INSERT INTO change (revision, name, noun, verb, actor, time, resource) VALUES \
    (1, 'options/a', 'closure_option', 'CREATED', 'x', '2026-01-01 00:00:00+00:00', '{RESOURCE}'), \
    (1, 'plans/p', 'plan', 'CREATED', 'x', '2026-01-01 00:00:00+00:00', 'options/a'), \
    (1, 'plans/p/recordings/r', 'recording', 'DELETED', 'x', '2026-01-01 00:00:00+00:00', '{}')";
const OLD_ROWS: &str = "INSERT INTO recording (name, parent, revision, create_time, update_time, \
    organisation, skill, period_end_date, as_of_date, needed_fte, skilled_fte, shortfall_fte, kind) \
    VALUES ('plans/p/recordings/r', 'plans/p', 1, '2026-01-01 00:00:00+00:00', \
    '2026-01-01 00:00:00+00:00', 'organisations/RX1', 'frameworks/f/skills/s', '2026-03-31', \
    '2026-01-01', 0, 0, 0, 'REPORTED')";
const OLD_OPTION: &str = "INSERT INTO closure_option (name, revision, create_time, update_time, title, kind, \
    organisation, role, family, skill, from_level, to_level, cost_per_head_pence, fte_per_head, \
    success_probability, capacity_per_period, lead_time_days, relations, description) \
    VALUES ('options/a', 1, '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00', 'options/b', \
    'TRAIN', '', '', '', '', 0, 0, 0, 0, 0, 0, 0, '[{\"option\":\"options/b\",\"kind\":\"REQUIRES\"}]', '')";

each_database!(names_of_before_are_carried_over);
async fn names_of_before_are_carried_over(db: Db) {
    let Some(database) = TestDatabase::create(db).await else { return };
    let connection = database.connect().await;
    let run = async |sql: &str| connection.execute_unprepared(sql).await.unwrap();
    Earlier { count: 2 }.up(&connection, None).await.unwrap();
    let resource = r#"{"name":"options/a","relations":[{"option":"options/b","kind":"REQUIRES"}]}"#;
    run(&OLD_CHANGES.replace("{RESOURCE}", resource)).await;
    run("UPDATE revision SET revision = 1").await;
    Earlier { count: 20 }.up(&connection, None).await.unwrap();
    run(OLD_ROWS).await;
    run(OLD_OPTION).await;
    let server = Server::start(database).await;
    let snapshot = v1::GapSnapshot::get(&server.channel, "plans/p/gapSnapshots/r").await.unwrap();
    assert_eq!(snapshot.kind(), v1::GapSnapshotKind::Reported);
    let option = v1::ClosureOption::get(&server.channel, "closureOptions/a").await.unwrap();
    assert_eq!(option.relations[0].option, "closureOptions/b");
    assert_eq!(option.title, "options/b");
    let changes = rows(&connection, r#"SELECT name || ' ' || resource_type || ' ' || resource AS "row" FROM change ORDER BY name"#).await;
    let expected = [
        r#"closureOptions/a closure_option {"name":"closureOptions/a","relations":[{"kind":"REQUIRES","option":"closureOptions/b"}]}"#,
        "plans/p plan options/a",
        "plans/p/gapSnapshots/r gap_snapshot {}",
    ];
    assert_eq!(changes, expected);
    assert_eq!(server.store.reads().verify().await.unwrap(), Ok(3));
    drop(connection);
    server.stop().await;
}

each_database!(a_link_that_was_broken_stays_so_when_the_rows_are_chained_anew);
async fn a_link_that_was_broken_stays_so_when_the_rows_are_chained_anew(db: Db) {
    let Some(database) = TestDatabase::create(db).await else { return };
    let connection = database.connect().await;
    let run = async |sql: &str| connection.execute_unprepared(sql).await.unwrap();
    Earlier { count: 2 }.up(&connection, None).await.unwrap();
    run(&OLD_CHANGES.replace("{RESOURCE}", "{}")).await;
    run("UPDATE revision SET revision = 1").await;
    Earlier { count: 20 }.up(&connection, None).await.unwrap();
    run("UPDATE change SET actor = 'y' WHERE noun = 'recording'").await;
    let server = Server::start(database).await;
    let broken = server.store.reads().verify().await.unwrap().unwrap_err();
    assert!(format!("{broken:?}").contains("plans/p/gapSnapshots/r"), "{broken:?}");
    drop(connection);
    server.stop().await;
}

#[test]
fn every_file_of_a_migration_is_in_the_list_by_its_number() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/migration");
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut files: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    files.retain(|name| name != "mod.rs");
    files.sort();
    let migrations = migration::all();
    for (place, file) in files.iter().enumerate() {
        assert!(file.starts_with(&format!("m{:04}_", place + 1)), "{file}");
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let listed = migrations.get(place).map(|migration| format!("\"{}\"", migration.name()));
        let listed = listed.is_some_and(|name| text.contains(&name));
        assert!(listed, "migration::all() does not have {file} at place {}", place + 1);
    }
    assert_eq!(files.len(), migrations.len());
}

both!(migrating_again_changes_nothing);
async fn migrating_again_changes_nothing(server: &Server) {
    server.store.migrate(migration::all).await.unwrap();
    let states = server.store.migrations(migration::all).await.unwrap();
    assert_eq!(states.len(), migration::all().len());
    assert!(states.iter().all(|state| state.applied && !state.newer));
}

/// Migrations before the one that added the later columns of gaps.
fn before() -> Vec<Box<dyn MigrationTrait>> {
    let mut migrations = migration::all();
    let name = "m20261123_000014_gap_life";
    let later = migrations.iter().position(|migration| migration.name() == name).unwrap();
    migrations.truncate(later);
    migrations
}

each_database!(a_gap_that_is_there_gets_the_later_columns);
async fn a_gap_that_is_there_gets_the_later_columns(db: Db) {
    let Some(database) = TestDatabase::create(db).await else { return };
    let store = Store::open(&database.url).await.unwrap();
    store.migrate(before).await.unwrap();
    store.close().await;
    let sql = "INSERT INTO gap (name, parent, revision, create_time, update_time, organisation, role, skill, \
               period_end_date, kind, figures, state, owner, note) VALUES ('plans/p/gaps/g', 'plans/p', 1, \
               '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00', 'organisations/RX1', 'roles/r', '', '', \
               'REPORTED', 'null', 'OPEN', '', '')";
    database.connect().await.execute_unprepared(sql).await.unwrap();
    let server = Server::start(database).await;
    let gap = v1::Gap::get(&server.channel, "plans/p/gaps/g").await.unwrap();
    assert_eq!((gap.reopen_count, gap.closure_proposed_date.as_str()), (0, ""));
    assert!(gap.transitions.is_empty() && gap.closure_figures.is_none());
    server.stop().await;
}

each_database!(two_instances_that_migrate_at_once_both_succeed);
async fn two_instances_that_migrate_at_once_both_succeed(db: Db) {
    let Some(database) = TestDatabase::create(db).await else { return };
    let first = Store::open(&database.url).await.unwrap();
    let states = first.migrations(migration::all).await.unwrap();
    assert!(states.iter().all(|state| !state.applied));
    let mut instances = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = database.url.clone();
        instances.spawn(async move {
            let store = Store::open(&url).await.unwrap();
            store.migrate(migration::all).await.unwrap();
            store.close().await;
        });
    }
    instances.join_all().await;
    let states = first.migrations(migration::all).await.unwrap();
    assert!(states.iter().all(|state| state.applied));
    first.close().await;
}
