//! Listens for the writes of any instance. A notification is only a hint to look: the changes are
//! read from the change rows, and whoever waits also looks from time to time without one.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use sqlx::postgres::PgListener;
use tokio::time::timeout;
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use super::Dialect;
use crate::store::StoreError;

/// PostgreSQL channel on which new revisions are notified.
const CHANNEL: &str = "registry_revision";

/// Silence after which the connection is pinged, and the time limit for that ping.
const SILENCE: Duration = Duration::from_secs(30);
const PING: Duration = Duration::from_secs(2);

/// Creates the trigger that notifies of each new revision when it is committed. SQLite gets none:
/// its one process knows what it wrote.
pub async fn notify_of_revisions(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    if Dialect::of(connection) == Dialect::Sqlite {
        return Ok(());
    }
    // A trigger costs no round trip, and its notification leaves with the commit.
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

/// Pings a connection that has been silent for a while, and fails if it is dead.
async fn still_there(listener: &mut PgListener) -> Result<(), sqlx::Error> {
    match timeout(PING, sqlx::query("SELECT 1").execute(listener)).await {
        Ok(end) => end.map(|_| ()),
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}

/// Calls `heard` at each new revision that the database notifies of, until listening fails. Returns
/// at once on SQLite, which does not notify.
pub(in crate::store) async fn listen(url: &str, heard: impl Fn()) -> Result<(), StoreError> {
    if Dialect::of_url(url) == Dialect::Sqlite {
        return Ok(());
    }
    let listening = async {
        let mut listener = PgListener::connect(url).await?;
        listener.listen(CHANNEL).await?;
        // Writes before this point were not notified.
        heard();
        loop {
            match timeout(SILENCE, listener.try_recv()).await {
                // `None` if the connection was lost, and a notification perhaps with it.
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
