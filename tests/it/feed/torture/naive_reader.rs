//! A reader that follows a sequence in place of the feed: it must miss something, or the torture proves nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::harness::TestDatabase;

/// What a naive reader goes by: a number drawn from a sequence at the beginning of each write. And a
/// delay before the commit, and another after the number is drawn.
pub(super) async fn set_traps(database: &TestDatabase) -> DatabaseConnection {
    let connection = database.connect().await;
    for statement in [
        "CREATE SEQUENCE naive_id",
        "CREATE TABLE naive (id bigint PRIMARY KEY, revision bigint NOT NULL)",
        "CREATE FUNCTION naive_draw() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF coalesce(current_setting('naive.id', true), '') = '' THEN \
                 PERFORM set_config('naive.id', nextval('naive_id')::text, true); \
                 PERFORM pg_sleep(random() * 0.002); \
             END IF; RETURN NULL; END $$",
        "CREATE TRIGGER naive_draw BEFORE UPDATE ON revision FOR EACH STATEMENT EXECUTE FUNCTION naive_draw()",
        "CREATE FUNCTION naive_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO naive SELECT current_setting('naive.id')::bigint, max(revision) FROM fresh \
                 ON CONFLICT DO NOTHING; \
             PERFORM pg_sleep(random() * 0.003); RETURN NULL; END $$",
        "CREATE TRIGGER naive_log AFTER INSERT ON change REFERENCING NEW TABLE AS fresh \
             FOR EACH STATEMENT EXECUTE FUNCTION naive_log()",
    ] {
        connection.execute_unprepared(statement).await.unwrap();
    }
    connection
}

/// Follows the number until there is nothing more to come. Gives how many writes it saw.
pub(super) async fn naive_reader(connection: DatabaseConnection, done: Arc<AtomicBool>) -> usize {
    let (mut last, mut seen) = (0i64, 0);
    loop {
        let finished = done.load(Ordering::SeqCst);
        let sql = format!("SELECT id FROM naive WHERE id > {last} ORDER BY id");
        let rows = connection
            .query_all_raw(Statement::from_string(connection.get_database_backend(), sql))
            .await
            .unwrap();
        for row in &rows {
            last = row.try_get("", "id").unwrap();
            seen += 1;
        }
        if finished && rows.is_empty() {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
