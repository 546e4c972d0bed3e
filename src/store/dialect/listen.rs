//! How an instance hears that something was written, by whichever instance. Hearing is only a nudge to
//! look: what was written is read from the change rows, and whoever waits looks now and then anyway.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use sqlx::postgres::PgListener;
use tokio::time::timeout;
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use super::Dialect;
use crate::store::StoreError;

/// The channel on which PostgreSQL tells of new revisions.
const CHANNEL: &str = "registry_revision";

/// How long nothing is heard before the connection is tried, and how long it may take to answer.
const SILENCE: Duration = Duration::from_secs(30);
const PING: Duration = Duration::from_secs(2);

/// Makes the database tell of every new revision when it is committed, where it can: SQLite has one
/// process, which knows what it wrote.
pub async fn notify_of_revisions(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    if Dialect::of(connection) == Dialect::Sqlite {
        return Ok(());
    }
    // A trigger costs no round trip, and what it says leaves with the commit.
    let function = format!(
        "CREATE FUNCTION registry_tell() RETURNS trigger LANGUAGE plpgsql AS $$ \
         BEGIN PERFORM pg_notify('{CHANNEL}', ''); RETURN NULL; END $$"
    );
    connection.execute_unprepared(&function).await?;
    let trigger = "CREATE TRIGGER registry_tell AFTER UPDATE ON revision \
                   FOR EACH STATEMENT EXECUTE FUNCTION registry_tell()";
    connection.execute_unprepared(trigger).await?;
    Ok(())
}

/// Fails where a connection on which nothing was heard for a while is dead.
async fn still_there(listener: &mut PgListener) -> Result<(), sqlx::Error> {
    match timeout(PING, sqlx::query("SELECT 1").execute(listener)).await {
        Ok(end) => end.map(|_| ()),
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}

/// Calls `heard` at every new revision that the database tells of, until that fails. Done at once where
/// the database does not tell.
pub(in crate::store) async fn listen(url: &str, heard: impl Fn()) -> Result<(), StoreError> {
    if Dialect::of_url(url) == Dialect::Sqlite {
        return Ok(());
    }
    let listening = async {
        let mut listener = PgListener::connect(url).await?;
        listener.listen(CHANNEL).await?;
        // What was written before this was not told.
        heard();
        loop {
            match timeout(SILENCE, listener.try_recv()).await {
                // None where the connection was lost, and with it perhaps a word.
                Ok(word) => {
                    word?;
                    heard();
                }
                Err(_) => still_there(&mut listener).await?,
            }
        }
    };
    let end: Result<(), sqlx::Error> = listening.with_subscriber(NoSubscriber::default()).await;
    Ok(end.map_err(|error| DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())))?)
}
