//! Watchers that come and go, read slowly, or begin in the middle.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use digital_skills_registry::api::v1::{
    ChangeVerb, Role, WatchChangesRequest, watch_changes_response::Event,
};
use tonic::Code;

use super::Story;
use crate::{
    feed::OpenWatch,
    harness::{dice::Dice, fixture::Fixture},
};

/// How one watches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Manner {
    /// Comes and goes.
    Restless,
    /// Reads slowly.
    Slow,
    /// Begins in the middle, with what exists.
    Late,
}

/// What one who watches was told: the names of each revision, in the order in which they came.
pub(super) async fn watcher(
    run: Arc<Story>,
    number: usize,
    manner: Manner,
) -> (i64, Vec<(i64, BTreeSet<String>)>, BTreeMap<String, Role>) {
    let mut dice = Dice::new(1_000 + number as u64);
    let (mut at, mut told): (Option<i64>, Vec<(i64, BTreeSet<String>)>) = (None, Vec::new());
    let (mut copy, mut first) = (BTreeMap::new(), 0);
    if manner != Manner::Late {
        at = Some(0);
    } else {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    }
    loop {
        if at.is_some() && at == run.last() {
            return (first, told, copy);
        }
        let channel = run.connect(&mut dice).await;
        let request = WatchChangesRequest {
            after_revision: at,
            send_initial_state: at.is_none(),
            checkpoint_seconds: 1,
            ..Default::default()
        };
        let Ok(mut watching) = OpenWatch::open(&channel, request).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let stay = if manner == Manner::Restless { 20 + dice.below(400) } else { 1_000_000 };
        if at.is_none() {
            copy.clear();
        }
        let mut part = BTreeSet::new();
        for _ in 0..stay {
            if manner == Manner::Slow {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            match watching.event().await {
                Ok(Some(Event::InitialState(state))) => {
                    for resource in state.resources {
                        let row = Role::of_resource(resource).unwrap();
                        copy.insert(row.name.clone(), row);
                    }
                }
                Ok(Some(Event::Checkpoint(checkpoint))) => {
                    if at.is_none() {
                        first = checkpoint.revision;
                    }
                    at = Some(checkpoint.revision);
                }
                Ok(Some(Event::Changes(changes))) => {
                    for change in changes.changes {
                        assert!(part.insert(change.name.clone()), "{} twice", change.name);
                        let row = Role::of_resource(change.resource.unwrap()).unwrap();
                        match change.verb == ChangeVerb::Deleted as i32 {
                            true => copy.remove(&change.name),
                            false => copy.insert(change.name, row),
                        };
                    }
                    if !changes.continues {
                        told.push((changes.revision, std::mem::take(&mut part)));
                        at = Some(changes.revision);
                    }
                }
                Ok(None) => break,
                Err(status) => {
                    assert_ne!(status.code(), Code::OutOfRange, "{status:?}");
                    break;
                }
            }
            if at.is_some() && at == run.last() {
                return (first, told, copy);
            }
        }
    }
}
