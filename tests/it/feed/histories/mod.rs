//! Databases that were put back from a copy: what a history gave out that was lost with it is refused, and
//! never taken for what the history gives out that took its place.

mod backup;
mod bare;
mod lost;

use std::collections::BTreeMap;

use digital_skills_registry::api::v1::{watch_changes_response::Event, *};
use tonic::{Code, Status, transport::Channel};

use crate::{
    feed::{self, OpenWatch},
    harness::{Server, binary, copies::Copy, failure, fixture::Fixture},
};

/// How many roles there are when the copy is made: so many revisions too.
const COPIED: i64 = 5;

/// A server on a database of its own with some roles in it, a copy of which has been made.
async fn copied(server: &Server) -> (Server, Copy) {
    let server = server.another().await;
    for n in 0..COPIED {
        create(&server.channel, &format!("r{n}"), "common").await;
    }
    let database = server.pause().await;
    let copy = database.copy().await;
    (Server::start(database).await, copy)
}

/// The same database after the copy was put back.
async fn put_back(server: Server, copy: &Copy) -> Server {
    let database = server.pause().await;
    database.put_back(copy).await;
    Server::start(database).await
}

async fn create(channel: &Channel, id: &str, title: &str) -> Role {
    let role = Role { title: title.into(), ..Role::default() };
    Role::create(channel, "", id, Some(role)).await.unwrap()
}

/// Gives a role another title, whatever it is now.
async fn retitle(channel: &Channel, name: &str, title: &str) -> Role {
    let role = Role { name: name.into(), title: title.into(), ..Role::default() };
    Role::update(channel, role, Some(&["title"]), false).await.unwrap()
}

/// Runs the program on the database of a server.
async fn program(server: &Server, arguments: &[&str]) -> binary::Run {
    let mut program = binary::program();
    program.args(arguments).env("DATABASE_URL", &server.database.url);
    let run = move || binary::Run::of(&program.output().unwrap());
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn refused<T: std::fmt::Debug>(what: &str, result: Result<T, Status>, reason: &str) {
    assert!(result.is_err(), "{what} is taken: {result:?}");
    let failure = failure(result, Code::OutOfRange);
    assert_eq!(failure.reason, reason, "{what}");
}

/// A copy of all roles that follows the feed, as another system would keep it.
#[derive(Default)]
struct Mirror {
    roles: BTreeMap<String, Role>,
    /// Where it goes on; empty before the beginning.
    token: String,
    /// Why it was told to begin again.
    told: Vec<String>,
}

impl Mirror {
    /// Follows until it has everything.
    async fn follow(&mut self, server: &Server) {
        let newest = server.revision().await;
        loop {
            let request = WatchChangesRequest {
                after_token: self.token.clone(),
                send_initial_state: self.token.is_empty(),
                ..WatchChangesRequest::default()
            };
            let told = match OpenWatch::open(&server.channel, request).await {
                Ok(watching) => self.read(watching, newest).await,
                Err(status) => Err(status),
            };
            let Err(status) = told else { return };
            self.told.push(failure::<()>(Err(status), Code::OutOfRange).reason);
            self.roles.clear();
            self.token.clear();
        }
    }

    async fn read(&mut self, mut watching: OpenWatch, newest: i64) -> Result<(), Status> {
        while watching.at < newest || self.token.is_empty() {
            match watching.event().await?.expect("the watch ended") {
                Event::InitialState(state) => {
                    for resource in state.resources {
                        let role = Role::of_resource(resource).unwrap();
                        self.roles.insert(role.name.clone(), role);
                    }
                }
                Event::Checkpoint(checkpoint) => self.token = checkpoint.token,
                Event::Changes(changes) => {
                    for change in changes.changes {
                        let role = Role::of_resource(change.resource.unwrap()).unwrap();
                        match change.verb == ChangeVerb::Deleted as i32 {
                            true => self.roles.remove(&change.name),
                            false => self.roles.insert(change.name, role),
                        };
                    }
                    if !changes.continues {
                        self.token = changes.token;
                    }
                }
            }
        }
        Ok(())
    }

    /// Fails unless it has what the registry has.
    async fn is_equal(&self, server: &Server) {
        let rows = Role::list(&server.channel, "", 1_000, "").await.unwrap().rows;
        let rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.name.clone(), row)).collect();
        assert_eq!(self.roles, rows);
    }
}

/// A page of the changes.
async fn page(
    channel: &Channel,
    request: ListChangesRequest,
) -> Result<ListChangesResponse, Status> {
    Ok(feed::client(channel).list_changes(request).await?.into_inner())
}

/// Begins to watch after a token.
async fn watch(channel: &Channel, after_token: &str) -> Result<(), Status> {
    let request =
        WatchChangesRequest { after_token: after_token.into(), ..WatchChangesRequest::default() };
    OpenWatch::open(channel, request).await.map(|_| ())
}
