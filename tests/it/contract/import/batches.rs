//! Streams of batches: in any order, dry, broken off, and large.

use digital_skills_registry::api::v1::{self, AbsentRows, ImportStatus::*};
use proptest::prelude::*;
use tonic::Code;

use super::{all, names, verdicts};
use crate::{
    both,
    contract::{bare, every_type},
    harness::{
        Server, Wire, client::Batch, failure, fixture::Fixture, samples::Samples, world::World,
    },
};

every_type!(a_batch_of_too_many_rows_ends_the_stream);
async fn a_batch_of_too_many_rows_ends_the_stream<N: Fixture>(server: &Server, world: &World) {
    let parent = N::parent(world);
    let good = Batch::of(&parent, vec![N::row(world, 0)]);
    let large = Batch::of(&parent, vec![N::row(world, 1); 1_001]);
    let batches = Box::pin(tokio_stream::iter(vec![good, large]));
    let mut answers = N::import_stream(&server.channel, batches).await.unwrap();
    assert_eq!(verdicts(&answers.next().await.unwrap().unwrap()), [Created]);
    let failure = failure(answers.next().await, Code::InvalidArgument);
    assert!(failure.violates(N::COLLECTION, "TOO_LONG"));
    // What was answered stays.
    N::get(&server.channel, &N::nth_name(world, 0)).await.unwrap();
}

every_type!(a_stream_that_breaks_keeps_what_was_answered);
async fn a_stream_that_breaks_keeps_what_was_answered<N: Fixture>(server: &Server, world: &World) {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let batches = Box::pin(tokio_stream::wrappers::ReceiverStream::new(receiver));
    let wire = Wire::to(server).await;
    let mut answers = N::import_stream(&wire.channel, batches).await.unwrap();
    // Would delete all others, had it ended well.
    let first = Batch {
        absent_rows: AbsentRows::Delete as i32,
        ..Batch::of(&N::parent(world), vec![N::row(world, 1)])
    };
    let other = N::made(&server.channel, world, 2).await;
    sender.send(first).await.unwrap();
    assert_eq!(verdicts(&answers.next().await.unwrap().unwrap()), [Created]);
    wire.cut().await;
    answers.next().await.unwrap_err();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    N::get(&server.channel, &N::nth_name(world, 1)).await.unwrap();
    N::get(&server.channel, other.name()).await.unwrap();
}

/// Rows of a resource type, cut into batches in some order.
fn shuffled_batches(rows: usize) -> impl Strategy<Value = Vec<Vec<usize>>> {
    let order = Just((0..rows).collect::<Vec<_>>()).prop_shuffle();
    (order, prop::collection::vec(1..=rows, 0..4)).prop_map(move |(order, mut cuts)| {
        cuts.extend([0, rows]);
        cuts.sort_unstable();
        cuts.windows(2)
            .map(|cut| order[cut[0]..cut[1]].to_vec())
            .filter(|b| !b.is_empty())
            .collect()
    })
}

every_type!(any_order_of_batches_comes_to_the_same);
async fn any_order_of_batches_comes_to_the_same<N: Fixture>(server: &Server, world: &World) {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let parent = N::parent(world);
    let mut runner = TestRunner::deterministic();
    let mut outcome: Option<Vec<N>> = None;
    for _ in 0..4 {
        let batches = shuffled_batches(12).new_tree(&mut runner).unwrap().current();
        let batches = batches
            .iter()
            .map(|batch| Batch::of(&parent, batch.iter().map(|n| N::row(world, *n)).collect()));
        let answers = N::import_all(&server.channel, batches.collect()).await.unwrap();
        assert!(answers.iter().all(|answer| verdicts(answer).iter().all(|v| *v == Created)));
        let rows: Vec<N> = all::<N>(server, world).await.iter().map(bare).collect();
        assert_eq!(outcome.get_or_insert_with(|| rows.clone()), &rows);
        for n in 0..12 {
            N::delete(&server.channel, &N::nth_name(world, n), "", false).await.unwrap();
        }
    }
}

both!(a_dry_run_sees_what_its_earlier_batches_would_have_written);
async fn a_dry_run_sees_what_its_earlier_batches_would_have_written(server: &Server) {
    use v1::{Organisation, OrganisationKind, Target};
    let world = World::create(server).await;
    fn dry<N: Fixture>(parent: &str, rows: Vec<N>) -> Batch<N> {
        Batch { validate_only: true, ..Batch::of(parent, rows) }
    }
    let row = |code: &str, parent: &str| Organisation {
        name: format!("organisations/{code}"),
        title: code.to_owned(),
        kind: OrganisationKind::Other as i32,
        parent: if parent.is_empty() { String::new() } else { format!("organisations/{parent}") },
        ..Organisation::default()
    };
    // A child of an earlier batch's row; a loop through it; and a row of its own once more.
    let batches = vec![
        dry("", vec![row("AAA", "")]),
        dry("", vec![row("BBB", "AAA")]),
        dry("", vec![row("AAA", "BBB"), row("BBB", "AAA"), row("CCC", "DDD")]),
    ];
    let answers = Organisation::import_all(&server.channel, batches).await.unwrap();
    let verdicts: Vec<_> = answers.iter().map(verdicts).collect();
    assert_eq!(verdicts, [vec![Created], vec![Created], vec![Rejected, Unchanged, Rejected]]);
    // A natural key of an earlier batch's row.
    let mut again = Target::row(&world, 1);
    again.name.push('x');
    let batches =
        vec![dry(&world.plan, vec![Target::row(&world, 1)]), dry(&world.plan, vec![again])];
    let answers = Target::import_all(&server.channel, batches).await.unwrap();
    assert_eq!(answers[1].outcomes[0].error.as_ref().unwrap().reason, "KEY_TAKEN");
    assert!(Target::list(&server.channel, &world.plan, 0, "").await.unwrap().rows.is_empty());
}

both!(ten_thousand_rows_are_imported_in_batches);
async fn ten_thousand_rows_are_imported_in_batches(server: &Server) {
    use v1::{Role, Staffing};
    let world = World::create(server).await;
    let (parent, count) = (Staffing::parent(&world), 10_000);
    let rows: Vec<Staffing> = (0..count).map(|n| Staffing::row(&world, n)).collect();
    let batches: Vec<_> =
        rows.chunks(1_000).map(|rows| Batch::of(&parent, rows.to_vec())).collect();
    let before = server.revision().await;
    let answers = Staffing::import_all(&server.channel, batches.clone()).await.unwrap();
    assert_eq!(names(&answers), rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| verdicts(answer) == [Created; 1_000]));
    assert_eq!(server.revision().await, before + 10);
    let answers = Staffing::import_all(&server.channel, batches).await.unwrap();
    assert!(answers.iter().all(|answer| verdicts(answer) == [Unchanged; 1_000]));
    assert_eq!(server.revision().await, before + 10);
    assert_eq!(all::<Staffing>(server, &world).await.len(), count);
    let in_use = Role::delete(&server.channel, &world.role, "", false).await;
    assert_eq!(failure(in_use, Code::FailedPrecondition).reason, "RESOURCE_IN_USE");
}
