//! What becomes of each row of a batch, and of the rows that are absent from it.

use digital_skills_registry::api::v1::{self, AbsentRows, ImportStatus::*};
use prost_reflect::{DynamicMessage, Value};
use tonic::Code;

use super::{all, names, verdicts};
use crate::{
    both,
    contract::{bare, every_type},
    harness::{
        Server,
        client::{Answer, Batch, mask},
        failure,
        fixture::Fixture,
        world::World,
    },
};

every_type!(each_row_has_an_outcome_in_its_order);
async fn each_row_has_an_outcome_in_its_order<N: Fixture>(server: &Server, world: &World) {
    let parent = N::parent(world);
    let rows = |range: std::ops::Range<usize>| range.map(|n| N::row(world, n)).collect::<Vec<_>>();
    let before = server.revision().await;
    let batches = vec![Batch::of(&parent, rows(0..3)), Batch::of(&parent, rows(3..5))];
    let answers = N::import_all(&server.channel, batches).await.unwrap();
    assert_eq!(answers.len(), 2);
    assert_eq!(verdicts(&answers[0]), [Created; 3]);
    assert_eq!(verdicts(&answers[1]), [Created; 2]);
    // A batch is a revision.
    assert_eq!([answers[0].revision, answers[1].revision], [before + 1, before + 2]);
    assert_eq!(names(&answers), (0..5).map(|n| N::nth_name(world, n)).collect::<Vec<_>>());
    let numbers: Vec<_> =
        answers.iter().flat_map(|answer| &answer.outcomes).map(|outcome| outcome.row).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);

    let mut mixed = rows(3..7);
    mixed[1].change();
    mixed[3].set_name("nonsense");
    let answers = N::import_all(&server.channel, vec![Batch::of(&parent, mixed)]).await.unwrap();
    assert_eq!(verdicts(&answers[0]), [Unchanged, Updated, Created, Rejected]);
    let outcomes = &answers[0].outcomes;
    let stored = N::get(&server.channel, &outcomes[1].name).await.unwrap();
    assert_eq!(outcomes[1].etag, stored.etag());
    let error = outcomes[3].error.as_ref().unwrap();
    assert_eq!(
        (error.code, error.reason.as_str()),
        (Code::InvalidArgument as i32, "INVALID_FIELDS")
    );
    assert_eq!(error.violations[0].field, "name");
    assert_eq!(outcomes[3].name, "nonsense");
    assert_eq!(server.revision().await, answers[0].revision);
}

every_type!(importing_ones_own_list_changes_nothing);
async fn importing_ones_own_list_changes_nothing<N: Fixture>(server: &Server, world: &World) {
    for n in 0..5 {
        N::made(&server.channel, world, n).await;
    }
    let rows = all::<N>(server, world).await;
    let revision = server.revision().await;
    let batch = Batch::of(&N::parent(world), rows.clone());
    let answers = N::import_all(&server.channel, vec![batch]).await.unwrap();
    assert_eq!(verdicts(&answers[0]), vec![Unchanged; rows.len()]);
    assert_eq!(answers[0].revision, 0);
    assert_eq!(server.revision().await, revision);
    assert_eq!(all::<N>(server, world).await, rows);
}

every_type!(a_dry_run_says_the_same_and_writes_nothing);
async fn a_dry_run_says_the_same_and_writes_nothing<N: Fixture>(server: &Server, world: &World) {
    N::made(&server.channel, world, 0).await;
    let mut rows: Vec<N> = (0..4).map(|n| N::row(world, n)).collect();
    rows[3] = N::default();
    let batch = Batch { validate_only: true, ..Batch::of(&N::parent(world), rows.clone()) };
    let (before, revision) = (all::<N>(server, world).await, server.revision().await);
    let dry = N::import_all(&server.channel, vec![batch.clone(), batch]).await.unwrap();
    assert_eq!(verdicts(&dry[0]), [Unchanged, Created, Created, Rejected]);
    assert_eq!(dry[0].revision, 0);
    assert_eq!(server.revision().await, revision);
    assert_eq!(all::<N>(server, world).await, before);
    let wet =
        N::import_all(&server.channel, vec![Batch::of(&N::parent(world), rows)]).await.unwrap();
    assert_eq!(verdicts(&wet[0]), verdicts(&dry[0]));
}

every_type!(absent_rows_are_kept_unless_told_otherwise);
async fn absent_rows_are_kept_unless_told_otherwise<N: Fixture>(server: &Server, world: &World) {
    // What others need would be absent too.
    println!("beside {}", world.trust);
    let server = &server.another().await;
    let world = &World::create(server).await;
    for n in 0..3 {
        N::made(&server.channel, world, n).await;
    }
    let parent = N::parent(world);
    let keep = Batch::of(&parent, vec![N::row(world, 0)]);
    N::import_all(&server.channel, vec![keep.clone()]).await.unwrap();
    assert!(all::<N>(server, world).await.len() >= 3);

    let delete = Batch { absent_rows: AbsentRows::Delete as i32, ..keep.clone() };
    let dry = Batch { validate_only: true, ..delete.clone() };
    let gone = |answers: &[Answer]| {
        let outcomes = answers.iter().flat_map(|answer| &answer.outcomes);
        let deleted = outcomes.filter(|outcome| outcome.status() == Deleted);
        deleted.map(|outcome| outcome.name.clone()).collect::<Vec<_>>()
    };
    let expected: Vec<_> = [1, 2].map(|n| N::nth_name(world, n)).into();
    let answers = N::import_all(&server.channel, vec![dry]).await.unwrap();
    assert!(expected.iter().all(|name| gone(&answers).contains(name)), "{answers:?}");
    assert!(all::<N>(server, world).await.len() >= 3);

    let answers = N::import_all(&server.channel, vec![delete.clone()]).await.unwrap();
    assert!(expected.iter().all(|name| gone(&answers).contains(name)), "{answers:?}");
    let left: Vec<_> =
        all::<N>(server, world).await.iter().map(|row| row.name().to_owned()).collect();
    assert!(left.contains(&N::nth_name(world, 0)));
    assert!(expected.iter().all(|name| !left.contains(name)));
    // What others refer to is rejected, and stays.
    for outcome in answers.iter().flat_map(|answer| &answer.outcomes) {
        if outcome.status() == Rejected {
            assert_eq!(outcome.error.as_ref().unwrap().reason, "RESOURCE_IN_USE");
            assert!(left.contains(&outcome.name));
        }
    }
    if N::CHILD {
        let (collection, _) = parent.split_once('/').unwrap();
        let every = Batch { parent: format!("{collection}/-"), ..delete };
        let answers = N::import_all(&server.channel, vec![every]).await;
        assert!(failure(answers, Code::InvalidArgument).violates("absent_rows", "NOT_ALLOWED"));
    }
}

every_type!(a_mask_limits_what_changes_of_rows_that_exist);
async fn a_mask_limits_what_changes_of_rows_that_exist<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 0).await;
    let mut wanted = made.clone();
    wanted.change();
    let value = wanted.dynamic().get_field_by_name(N::MUTABLE).unwrap().into_owned();
    let mut message = DynamicMessage::new(N::descriptor());
    message.set_field_by_name(N::MUTABLE, value);
    message.set_field_by_name("name", Value::String(made.name().to_owned()));
    let rows = vec![N::of_dynamic(&message), N::row(world, 1)];
    let update_mask = Some(mask(&[N::MUTABLE]));
    let batch = Batch { update_mask, ..Batch::of(&N::parent(world), rows) };
    let answers = N::import_all(&server.channel, vec![batch.clone()]).await.unwrap();
    assert_eq!(verdicts(&answers[0]), [Updated, Created]);
    let stored = N::get(&server.channel, made.name()).await.unwrap();
    assert_eq!(bare(&stored), bare(&wanted));
    // A row that did not exist has every field, so the whole row is no change.
    let whole = Batch::of(&N::parent(world), vec![N::row(world, 1)]);
    // Each message has a mask of its own.
    let batches = vec![batch.clone(), whole];
    let answers = N::import_all(&server.channel, batches).await.unwrap();
    assert_eq!(verdicts(&answers[0]), [Unchanged, Unchanged]);
    assert_eq!(verdicts(&answers[1]), [Unchanged]);

    let unknown = Batch { update_mask: Some(mask(&["nothing"])), ..batch };
    let answers = N::import_all(&server.channel, vec![unknown]).await;
    let failure = failure(answers, Code::InvalidArgument);
    assert!(failure.violates("update_mask.paths[0]", "UNKNOWN_FIELD"));
}

every_type!(a_name_stands_once_in_a_batch);
async fn a_name_stands_once_in_a_batch<N: Fixture>(server: &Server, world: &World) {
    let mut again = N::row(world, 0);
    again.change();
    let batch = Batch::of(&N::parent(world), vec![N::row(world, 0), again]);
    let answers = N::import_all(&server.channel, vec![batch]).await.unwrap();
    assert_eq!(verdicts(&answers[0]), [Created, Rejected]);
    let error = answers[0].outcomes[1].error.as_ref().unwrap();
    assert_eq!(error.violations[0].reason, "DUPLICATE");
}

every_type!(a_row_outside_the_parent_is_rejected);
async fn a_row_outside_the_parent_is_rejected<N: Fixture>(server: &Server, world: &World) {
    if !N::CHILD {
        return;
    }
    let batch = Batch::of(&N::other_parent(world), vec![N::row(world, 0)]);
    let answers = N::import_all(&server.channel, vec![batch]).await.unwrap();
    assert_eq!(verdicts(&answers[0]), [Rejected]);
    let error = answers[0].outcomes[0].error.as_ref().unwrap();
    assert_eq!(error.violations[0].field, "name");
    let batch = Batch::of("-", vec![N::row(world, 0)]);
    let answers = N::import_all(&server.channel, vec![batch]).await.unwrap();
    assert_eq!(verdicts(&answers[0]), [Created]);
}

both!(rows_of_a_batch_may_refer_to_each_other);
/// Parents and children of one batch may stand in any order; a child of a rejected row is rejected.
async fn rows_of_a_batch_may_refer_to_each_other(server: &Server) {
    use v1::{Organisation, OrganisationKind};
    let row = |code: &str, parent: &str, title: &str| Organisation {
        name: format!("organisations/{code}"),
        title: title.to_owned(),
        kind: OrganisationKind::Other as i32,
        parent: if parent.is_empty() { String::new() } else { format!("organisations/{parent}") },
        ..Organisation::default()
    };
    let rows = vec![
        row("AAA", "BBB", "A"),
        row("BBB", "CCC", "B"),
        row("CCC", "", "C"),
        row("DDD", "EEE", "D"),
        row("EEE", "FFF", "E"),
        row("FFF", "", ""),
        row("GGG", "HHH", "G"),
        row("HHH", "GGG", "H"),
    ];
    let answers =
        Organisation::import_all(&server.channel, vec![Batch::of("", rows)]).await.unwrap();
    let rejected = Rejected;
    assert_eq!(
        verdicts(&answers[0]),
        [Created, Created, Created, rejected, rejected, rejected, rejected, rejected]
    );
    let reason =
        |i: usize| answers[0].outcomes[i].error.as_ref().unwrap().violations[0].reason.clone();
    assert_eq!(reason(3), "REFERENCE_NOT_FOUND");
    assert_eq!(reason(4), "REFERENCE_NOT_FOUND");
    assert_eq!(reason(5), "REQUIRED");
    assert_eq!(reason(6), "LOOP");
    // Absent rows go children first, whatever their names.
    let keep = vec![row("ZZZ", "", "Z")];
    let batch = Batch { absent_rows: AbsentRows::Delete as i32, ..Batch::of("", keep) };
    let answers = Organisation::import_all(&server.channel, vec![batch]).await.unwrap();
    assert_eq!(verdicts(&answers[1]), [Deleted; 3]);
    // What a row that stays refers to is told as rejected, and stays.
    let rows = vec![row("PPP", "", "P"), row("QQQ", "PPP", "Q")];
    Organisation::import_all(&server.channel, vec![Batch::of("", rows)]).await.unwrap();
    let keep = vec![row("QQQ", "PPP", "Q")];
    let batch = Batch { absent_rows: AbsentRows::Delete as i32, ..Batch::of("", keep) };
    let answers = Organisation::import_all(&server.channel, vec![batch]).await.unwrap();
    let absent: Vec<_> = answers[1..].iter().flat_map(|answer| &answer.outcomes).collect();
    let told: Vec<_> = absent.iter().map(|o| (o.row, o.name.as_str(), o.status())).collect();
    assert_eq!(told, [(0, "organisations/ZZZ", Deleted), (0, "organisations/PPP", Rejected)]);
    let error = absent[1].error.as_ref().unwrap();
    assert_eq!(
        (error.code, error.reason.as_str()),
        (Code::FailedPrecondition as i32, "RESOURCE_IN_USE")
    );
    assert_eq!(error.metadata["referrers"], "organisations/QQQ");
    Organisation::get(&server.channel, "organisations/PPP").await.unwrap();
}
