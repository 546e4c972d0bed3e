//! The catalogue of errors: every one of them happens, and is as the catalogue says.
//!
//! That a failure has the code, the metadata and the details of its entry is checked for every failure
//! of every test; here each is provoked once, and its text is compared with a reviewed snapshot.

mod database;
mod requests;
mod rules;
mod transport;

use std::collections::{BTreeMap, BTreeSet};

use digital_skills_registry::api::v1::{self, role_service_client};
use tonic::Status;

use crate::{
    both,
    harness::{Server, catalogue, failure, snapshot, world::World},
};
use database::{of_revisions, of_the_database};
use requests::{of_requests, of_states};
use transport::{of_form, of_limits, of_transport, of_waiting};

/// The reasons that need a database to be broken under a process of its own: the tests of `faults` see
/// each of them.
const OF_BROKEN_DATABASES: [&str; 5] = [
    "DATABASE_FULL",
    "DATABASE_READ_ONLY",
    "DATABASE_BROKEN",
    "OUTCOME_UNKNOWN",
    "PROGRAM_SUPERSEDED",
];

/// Reasons that have been seen, each with the texts of its statuses.
#[derive(Default)]
struct SeenReasons(BTreeMap<String, Vec<String>>);

impl SeenReasons {
    fn note<T: std::fmt::Debug>(&mut self, reason: &str, result: Result<T, Status>) {
        let status = result.as_ref().expect_err(reason);
        let (code, text) = (status.code(), catalogue::text(status));
        let failure = failure(result, code);
        assert_eq!(failure.reason, reason, "{failure:?}");
        let texts = self.0.entry(failure.reason).or_default();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
}

both!(every_reason_happens_and_is_as_the_catalogue_says);
async fn every_reason_happens_and_is_as_the_catalogue_says(server: &Server) {
    let world = World::create(server).await;
    let mut seen = SeenReasons::default();
    of_requests(server, &world, &mut seen).await;
    of_states(server, &world, &mut seen).await;
    of_transport(server, &mut seen).await;
    of_waiting(server, &mut seen).await;
    of_form(server, &mut seen).await;
    of_limits(server, &mut seen).await;
    of_revisions(server, &mut seen).await;
    of_the_database(server, &mut seen).await;

    let another = server.another().await;
    let (_sender, receiver) = tokio::sync::mpsc::channel::<v1::ImportRolesRequest>(1);
    let batches = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let mut roles = role_service_client::RoleServiceClient::new(another.connect().await);
    let mut answers = roles.import_roles(batches).await.unwrap().into_inner();
    let stopping = tokio::spawn(another.stop());
    seen.note("SHUTTING_DOWN", answers.message().await);
    stopping.await.unwrap();

    let text = seen.0.values().flatten().fold(String::new(), |text, each| text + each + "\n\n");
    snapshot::settings().bind(|| insta::assert_snapshot!("statuses", text));
    let mut reasons: BTreeSet<String> = seen.0.into_keys().collect();
    reasons.extend(OF_BROKEN_DATABASES.map(str::to_owned));
    assert_eq!(reasons, catalogue::reasons());
}
