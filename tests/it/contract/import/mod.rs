//! Import.

mod batches;
mod outcomes;

use digital_skills_registry::api::v1::{self, ImportOutcome};

use crate::harness::{client::Answer, fixture::Fixture, world::World};

fn verdicts(answer: &Answer) -> Vec<v1::ImportStatus> {
    answer.outcomes.iter().map(ImportOutcome::status).collect()
}

fn names(answers: &[Answer]) -> Vec<String> {
    answers.iter().flat_map(|answer| &answer.outcomes).map(|o| o.name.clone()).collect()
}

/// All rows under the parent.
async fn all<N: Fixture>(server: &crate::harness::Server, world: &World) -> Vec<N> {
    let (mut rows, mut token) = (Vec::new(), String::new());
    loop {
        let page = N::list(&server.channel, &N::parent(world), 1_000, &token).await.unwrap();
        rows.extend(page.rows);
        token = page.next_page_token;
        if token.is_empty() {
            return rows;
        }
    }
}
