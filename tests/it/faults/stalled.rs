//! An instance that stands still in the middle of a write, with the revision locked.

use std::time::Duration;

use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{Instance, load::Load, number, run, until};
use crate::harness::{Db, TestDatabase, ledger::Connections};

/// Makes writes last within their transaction as long as the table `slow` has a row.
const SLOW: &str = "
    CREATE TABLE slow (seconds float8);
    INSERT INTO slow VALUES (0.3);
    CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_sleep(seconds) FROM slow; RETURN NULL; END $$;
    CREATE TRIGGER be_slow AFTER INSERT ON change
        FOR EACH STATEMENT EXECUTE FUNCTION be_slow();";

/// How many transactions wait for their instance after they have written a change.
const HELD: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND state = 'idle in transaction' AND query ILIKE 'INSERT INTO \"change\"%'";

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_stands_still_within_a_write_does_not_stop_the_others() {
    let Some(database) = TestDatabase::create(Db::Postgres).await else { return };
    let stopped = Instance::start(&database.url);
    let other = Instance::start(&database.url);
    let connection = database.connect().await;
    run(&connection, SLOW).await;
    let mut load = Load::new(Connections::Hold);
    load.add(&stopped.address, 4, 0);
    load.until_done(3).await;
    until("the instance holds the revision", async || {
        stopped.signal("-STOP");
        tokio::time::sleep(Duration::from_millis(500)).await;
        let held = number(&connection, HELD).await > 0;
        if !held {
            stopped.signal("-CONT");
            tokio::time::sleep(Duration::from_millis(70)).await;
        }
        held
    })
    .await;
    run(&connection, "DELETE FROM slow").await;
    let observer = database.connect().await;
    // The database ends what the instance left open, and sooner than one that may be idle for longer.
    let patient = connection.begin().await.unwrap();
    let most = "SET LOCAL idle_in_transaction_session_timeout = '25s'";
    patient.execute_unprepared(most).await.unwrap();
    let mut others = Load::new(Connections::Hold);
    others.add(&other.address, 4, 1);
    until("nothing is held", async || number(&observer, HELD).await == 0).await;
    patient.execute_unprepared("SELECT 1").await.expect("it was held for longer than 25 s");
    drop(patient);
    others.until_done(20).await;
    stopped.signal("-CONT");
    stopped.until_well().await;
    load.until_done(20).await;
    others.stop().await.check_complaints();
    load.stop().await.check_complaints();
    drop((connection, observer, stopped, other));
    database.remove().await;
}
