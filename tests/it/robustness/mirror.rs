//! One who follows the feed, and goes on after what it knows whenever the stream ends.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use digital_skills_registry::api::v1::{
    ChangeVerb, RevisionChanges, Role, WatchChangesRequest, watch_changes_response::Event,
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, transport::Channel};

use crate::{
    faults::load,
    feed::OpenWatch,
    harness::{fixture::Fixture, ledger::Ledger},
};

/// A copy of the registry.
pub struct Mirror {
    channel: Channel,
    ledger: Arc<Ledger>,
    at: i64,
    told: Vec<RevisionChanges>,
}

impl Mirror {
    pub fn new(address: &str, ledger: Arc<Ledger>) -> Self {
        Self { channel: load::channel(address), ledger, at: 0, told: Vec::new() }
    }

    /// Follows the feed.
    pub async fn follow(mut self, stopped: CancellationToken) -> Self {
        while !stopped.is_cancelled() {
            self.watch(&stopped, i64::MAX).await;
        }
        self
    }

    /// Follows the feed up to a revision.
    pub async fn reach(mut self, revision: i64) -> Self {
        let never = CancellationToken::new();
        let reach = async {
            while self.at < revision {
                self.watch(&never, revision).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), reach).await.expect("the mirror is behind");
        self
    }

    /// Watches until the stream ends, or all up to a revision was told.
    async fn watch(&mut self, stopped: &CancellationToken, until: i64) {
        let request = WatchChangesRequest {
            after_revision: Some(self.at),
            checkpoint_seconds: 1,
            ..Default::default()
        };
        let opened = OpenWatch::open(&self.channel, request).await;
        let Ok(mut watching) = opened.inspect_err(|status| self.ended(status)) else {
            return tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let mut part: Option<RevisionChanges> = None;
        while self.at < until {
            let event = tokio::select! {
                event = watching.event() => event,
                () = stopped.cancelled() => return,
            };
            match event {
                Ok(Some(Event::Changes(changes))) => {
                    let mut whole = part.take().unwrap_or_else(|| RevisionChanges {
                        revision: changes.revision,
                        ..Default::default()
                    });
                    whole.changes.extend(changes.changes);
                    if changes.continues {
                        part = Some(whole);
                    } else {
                        self.at = changes.revision;
                        self.told.push(whole);
                    }
                }
                Ok(Some(Event::Checkpoint(checkpoint))) => self.at = checkpoint.revision,
                Ok(Some(Event::InitialState(_))) => panic!("nobody asked for what exists"),
                Ok(None) => return,
                Err(status) => return self.ended(&status),
            }
        }
    }

    fn ended(&self, status: &tonic::Status) {
        if [Code::OutOfRange, Code::Internal, Code::DataLoss].contains(&status.code()) {
            self.ledger.failed(status, true);
        }
    }

    /// Compares it with the registry.
    pub fn check(&self, feed: &[RevisionChanges], rows: &BTreeMap<String, Role>) {
        let revisions = |feed: &[RevisionChanges]| -> Vec<_> {
            feed.iter().map(|it| (it.revision, it.changes.clone())).collect()
        };
        assert!(revisions(&self.told) == revisions(feed), "the watch told otherwise than the list");
        let mut copy = BTreeMap::new();
        for change in self.told.iter().flat_map(|revision| &revision.changes) {
            let row = Role::of_resource(change.resource.clone().unwrap()).unwrap();
            if change.verb == ChangeVerb::Deleted as i32 {
                copy.remove(&change.name);
            } else {
                copy.insert(change.name.clone(), row);
            }
        }
        assert!(copy == *rows, "the mirror differs from the registry");
    }
}
