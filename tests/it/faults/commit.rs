//! Commits that are lost on their way to PostgreSQL, or whose answers are lost on the way back.

use std::time::Duration;

use super::{Instance, load::Load, until};
use crate::harness::{
    Db, TestDatabase,
    ledger::Connections,
    proxy::{CommitLoss, Mode, Proxy},
};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_commits_without_an_answer_is_told_the_outcome_or_that_it_is_not_known() {
    let Some(database) = TestDatabase::create(Db::Postgres).await else { return };
    let proxy = Proxy::to(&database).await;
    let instance = Instance::start(&proxy.url);
    let load = Load::start(&instance.address, Connections::Hold);
    load.until_done(20).await;
    for lost in [CommitLoss::Answer, CommitLoss::Request, CommitLoss::Answer, CommitLoss::Request] {
        proxy.lose_commits(lost, 10);
        until("commits are lost", async || proxy.commits_to_lose() == 0).await;
        load.until_done(20).await;
    }
    // The database cannot be asked afterwards either: whoever gave no request id must be told so.
    for lost in [CommitLoss::Answer, CommitLoss::Request] {
        let before = load.ledger.answers_with("Aborted/OUTCOME_UNKNOWN");
        until("a caller is told that the outcome is not known", async || {
            proxy.lose_commit_and_break(lost);
            until("the commit is lost", async || proxy.commits_to_lose() == 0).await;
            tokio::time::sleep(Duration::from_secs(15)).await;
            proxy.set(Mode::Pass);
            // Everybody repeats a request of before, with its id; what comes next has none.
            load.until_done(20).await;
            load.ledger.answers_with("Aborted/OUTCOME_UNKNOWN") > before
        })
        .await;
    }
    instance.until_well().await;
    let ledger = load.stop().await;
    instance.check(&ledger).await;
    drop((instance, proxy));
    database.remove().await;
}
