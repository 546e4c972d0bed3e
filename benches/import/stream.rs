//! An import as its caller sees it: how long it takes, and whether every row is answered for.

use std::time::{Duration, Instant};

use digital_skills_registry::api::{
    client::{BatchOptions, Importable},
    v1::{ImportOutcome, ImportStatus},
};
use tokio::sync::mpsc;
use tonic::transport::Channel;

use crate::{
    rows::{BATCH, Batches, NumberedRow, World},
    server::{Memory, Server},
};

/// What an import was measured to be.
pub struct Run {
    pub what: String,
    pub rows: usize,
    pub took: Duration,
    /// The memory of the server before it.
    pub before: Memory,
    /// After each tenth of the rows: how long that tenth took, and the memory of the server.
    pub tenths: Vec<(Duration, Memory)>,
}

/// Puts rows into batches of the most that one may have, as they are asked for.
pub fn batches<R: Importable>(
    rows: impl Iterator<Item = R> + Send + 'static,
) -> Batches<R::Request> {
    batches_of(std::iter::repeat(BATCH), rows)
}

/// Puts rows into batches of these sizes, as they are asked for.
fn batches_of<R: Importable>(
    sizes: impl Iterator<Item = usize> + Send + 'static,
    mut rows: impl Iterator<Item = R> + Send + 'static,
) -> Batches<R::Request> {
    let (sender, batches) = mpsc::channel(1);
    tokio::spawn(async move {
        for size in sizes {
            let batch: Vec<R> = rows.by_ref().take(size).collect();
            let parent = every_parent::<R>();
            let options = BatchOptions { parent: &parent, ..BatchOptions::default() };
            if batch.is_empty() || sender.send(R::batch(options, batch)).await.is_err() {
                return;
            }
        }
    });
    Batches::new(batches)
}

/// Stands for all parents of rows; empty where they have none.
fn every_parent<R: Importable>() -> String {
    let parent = R::TYPE.parents().last();
    parent.map_or_else(String::new, |parent| format!("{}/-", parent.collection()))
}

/// Imports new rows from the number `first` on in batches of which no two have the same size: what
/// the server or the database keeps for a size, it keeps for every one of them. Gives the memory of
/// the server before and after.
pub async fn uneven<R: NumberedRow>(server: &Server, first: usize) -> [Memory; 2] {
    let before = server.memory();
    let sizes = (BATCH / 2..=BATCH).rev().step_by(2);
    let batches = batches_of(sizes, (first..).map(R::nth));
    send::<R>(server.connect().await, batches, |outcomes| {
        assert!(outcomes.iter().all(|o| o.status() == ImportStatus::Created));
    })
    .await;
    [before, server.memory()]
}

/// Imports rows, and gives every answer to `each`.
pub async fn send<R: Importable>(
    channel: Channel,
    batches: Batches<R::Request>,
    mut each: impl FnMut(Vec<ImportOutcome>),
) {
    let mut answers = R::import(channel, batches).await.unwrap();
    while let Some(answer) = answers.message().await.unwrap() {
        each(R::outcomes(answer));
    }
}

/// Imports all that the rows refer to.
pub async fn world(channel: &Channel) {
    let world = World::new();
    all_new(channel, world.organisations).await;
    all_new(channel, vec![world.framework]).await;
    all_new(channel, world.skills).await;
    all_new(channel, world.roles).await;
}

async fn all_new<R: Importable>(channel: &Channel, rows: Vec<R>) {
    let count = rows.len();
    let mut created = 0;
    send::<R>(channel.clone(), batches(rows.into_iter()), |outcomes| {
        assert!(outcomes.iter().all(|o| o.status() == ImportStatus::Created), "{outcomes:?}");
        created += outcomes.len();
    })
    .await;
    assert_eq!(created, count);
}

/// Imports the rows of these numbers, each of which must come to `verdict`, and measures it.
pub async fn measured<R: NumberedRow>(
    server: &Server,
    numbers: std::ops::Range<usize>,
    verdict: ImportStatus,
) -> Run {
    let channel = server.connect().await;
    let (first, rows) = (numbers.start, numbers.len());
    let before = server.memory();
    let mut tenths = Vec::new();
    let mut answered = 0;
    let began = Instant::now();
    let mut tenth_began = began;
    send::<R>(channel, batches(numbers.map(R::nth)), |outcomes| {
        for outcome in &outcomes {
            // Every row once, in the order sent.
            assert_eq!(outcome.row as usize, answered + 1);
            assert_eq!(outcome.name, R::name_of(first + answered));
            assert_eq!(outcome.status(), verdict, "{outcome:?}");
            assert!(!outcome.etag.is_empty());
            answered += 1;
        }
        if tenths.len() < 10 && answered * 10 >= rows * (tenths.len() + 1) {
            tenths.push((tenth_began.elapsed(), server.memory()));
            tenth_began = Instant::now();
        }
    })
    .await;
    assert_eq!(answered, rows, "every row has an outcome");
    let what =
        format!("{} {}", R::TABLE, verdict.as_str_name().trim_start_matches("IMPORT_STATUS_"));
    Run { what, rows, took: began.elapsed(), before, tenths }
}
