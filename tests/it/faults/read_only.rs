//! A PostgreSQL that takes no writes for a while, as one that fails over.

use sea_orm::{ConnectionTrait, DatabaseConnection};
use tonic_health::pb::health_check_response::ServingStatus;

use super::{Instance, load::Load, run};
use crate::harness::{Db, TestDatabase, ledger::Connections};

/// Ends every other connection to the database.
pub async fn end_connections(connection: &DatabaseConnection) {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    connection.execute_unprepared(end).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_read_only_for_a_while_is_written_again_without_a_restart() {
    let Some(database) = TestDatabase::create(Db::Postgres).await else { return };
    let instance = Instance::start(&database.url);
    let load = Load::start(&instance.address, Connections::Hold);
    load.until_done(50).await;
    let connection = database.connect().await;
    let set = |value: &str| {
        format!(
            "BEGIN READ WRITE; \
             DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = \
             {value}', current_database()); END $$; COMMIT"
        )
    };
    run(&connection, &set("on")).await;
    end_connections(&connection).await;
    load.until_refused(30).await;
    instance.until_health_tells().await;
    // Reads go on, once the connections that were ended are replaced.
    instance.until_health("read", ServingStatus::Serving).await;
    assert!(
        load.ledger.answers_with("Unavailable/DATABASE_READ_ONLY") > 0,
        "{:?}",
        load.ledger.summary()
    );
    run(&connection, &set("off")).await;
    instance.until_well().await;
    load.until_done(50).await;
    let ledger = load.stop().await;
    instance.check(&ledger).await;
    drop(connection);
    drop(instance);
    database.remove().await;
}
