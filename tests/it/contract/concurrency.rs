//! Many callers at once.

use std::collections::HashSet;

use digital_skills_registry::domain::Resource;
use tokio::task::JoinSet;
use tonic::Code;

use super::{bare, every_type};
use crate::harness::{Server, fixture::Fixture, samples::RowOf, world::World};

/// How many callers.
const CALLERS: usize = 16;

every_type!(of_concurrent_updates_of_one_state_one_wins_and_the_rest_abort);
async fn of_concurrent_updates_of_one_state_one_wins_and_the_rest_abort<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let made = N::made(&server.channel, world, 1).await;
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (channel, mut row) = (server.connect().await, made.clone());
        row.change();
        callers.spawn(async move { N::update(&channel, row, None, false).await });
    }
    let results = callers.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, CALLERS - 1));
    for status in lost {
        assert_eq!(status.unwrap_err().code(), Code::Aborted);
    }
    assert_eq!(server.revision().await, made.revision() + 1);
}

every_type!(of_concurrent_creates_of_one_name_one_wins_and_the_rest_exist_already);
async fn of_concurrent_creates_of_one_name_one_wins_and_the_rest_exist_already<N: Fixture>(
    server: &Server,
    world: &World,
) {
    let before = server.revision().await;
    let mut callers = JoinSet::new();
    for n in 0..CALLERS {
        let (channel, parent, row) = (server.connect().await, N::parent(world), N::nth(world, n));
        callers.spawn(async move { N::create(&channel, &parent, &N::id(1), Some(row)).await });
    }
    let results = callers.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, CALLERS - 1));
    for status in lost {
        assert_eq!(status.unwrap_err().code(), Code::AlreadyExists);
    }
    assert_eq!(server.revision().await, before + 1);
}

every_type!(of_concurrent_creates_of_one_natural_key_one_wins);
async fn of_concurrent_creates_of_one_natural_key_one_wins<N: Fixture>(
    server: &Server,
    world: &World,
) {
    if RowOf::<N>::NATURAL_KEY.is_empty() {
        return;
    }
    let mut callers = JoinSet::new();
    for n in 0..CALLERS {
        let (channel, parent, row) = (server.connect().await, N::parent(world), N::nth(world, 1));
        callers.spawn(async move { N::create(&channel, &parent, &N::id(n), Some(row)).await });
    }
    let results = callers.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, CALLERS - 1));
    for status in lost {
        assert_eq!(status.unwrap_err().code(), Code::AlreadyExists);
    }
}

every_type!(no_concurrent_update_is_lost);
async fn no_concurrent_update_is_lost<N: Fixture>(server: &Server, world: &World) {
    let made = N::made(&server.channel, world, 1).await;
    // Each caller reads, changes and tries again until its change is in.
    let mut callers = JoinSet::new();
    for _ in 0..6 {
        let (channel, name) = (server.connect().await, made.name().to_owned());
        callers.spawn(async move {
            let mut written = Vec::new();
            for _ in 0..4 {
                loop {
                    let mut row = N::get(&channel, &name).await.unwrap();
                    row.change();
                    match N::update(&channel, row, None, false).await {
                        Ok(row) => break written.push(row.revision()),
                        Err(status) => assert_eq!(status.code(), Code::Aborted),
                    }
                }
            }
            written
        });
    }
    let written: Vec<i64> = callers.join_all().await.concat();
    let distinct: HashSet<_> = written.iter().collect();
    assert_eq!(distinct.len(), written.len());
    let last = N::get(&server.channel, made.name()).await.unwrap();
    assert_eq!(last.revision(), made.revision() + written.len() as i64);
    let mut expected = made.clone();
    for _ in 0..written.len() {
        expected.change();
    }
    assert_eq!(bare(&last), bare(&expected));
}
