//! A newer version of the program that has added to the schema while this one runs.

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::{Instance, load::Load, run};
use crate::{
    each_database,
    harness::{Db, TestDatabase, ledger::Connections},
};

/// Every table of the database.
pub async fn tables(connection: &DatabaseConnection, db: Db) -> Vec<String> {
    let query = match db {
        Db::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        }
        Db::Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    };
    let query = Statement::from_string(connection.get_database_backend(), query);
    let rows = connection.query_all_raw(query).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Adds a column to a table, as a migration does that older programs need not know.
pub async fn add_column(connection: &DatabaseConnection, table: &str) {
    let add = format!("ALTER TABLE \"{table}\" ADD COLUMN z text NOT NULL DEFAULT ''");
    run(connection, &add).await;
}

each_database!(a_column_can_be_added_to_every_table_under_load);
async fn a_column_can_be_added_to_every_table_under_load(db: Db) {
    let Some(database) = TestDatabase::create(db).await else { return };
    let instance = Instance::start(&database.url);
    let load = Load::start(&instance.address, Connections::Hold);
    load.until_done(20).await;
    let connection = database.connect().await;
    for table in tables(&connection, db).await {
        add_column(&connection, &table).await;
        load.until_done(20).await;
        assert_eq!(load.ledger.refused(), 0, "{table}: {:?}", load.ledger.summary());
    }
    let ledger = load.stop().await;
    instance.check(&ledger).await;
    drop((connection, instance));
    database.remove().await;
}
