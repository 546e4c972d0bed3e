//! The change feed, the history and the log of changes.

mod audit;
mod clock;
mod edges;
mod filters;
mod histories;
mod limits;
mod past;
mod torture;
mod waiting;
mod watch;

use std::time::Duration;

use digital_skills_registry::{
    api::v1::{
        ChangeFilter, ListChangesRequest, RevisionChanges, WatchChangesRequest,
        WatchChangesResponse, change_service_client::ChangeServiceClient,
        watch_changes_response::Event,
    },
    registry::Registry,
};
use tonic::{Code, Status, Streaming, transport::Channel};

use crate::harness::{Failure, Server, failure};

/// How long a test waits for what must come.
const WAIT_LIMIT: Duration = Duration::from_secs(60);

pub fn client(channel: &Channel) -> ChangeServiceClient<Channel> {
    ChangeServiceClient::new(channel.clone()).max_decoding_message_size(4 << 20)
}

/// One who watches.
pub struct OpenWatch {
    stream: Streaming<WatchChangesResponse>,
    /// All up to this was told.
    pub at: i64,
}

impl OpenWatch {
    /// Begins to watch.
    pub async fn open(channel: &Channel, request: WatchChangesRequest) -> Result<Self, Status> {
        let at = request.after_revision.unwrap_or_default();
        let stream = client(channel).watch_changes(request).await?.into_inner();
        Ok(Self { stream, at })
    }

    /// Watches everything after a revision.
    pub async fn after(channel: &Channel, revision: i64) -> Self {
        let request = WatchChangesRequest { after_revision: Some(revision), ..Default::default() };
        Self::open(channel, request).await.unwrap()
    }

    /// The next event; none when the stream has ended well.
    pub async fn event(&mut self) -> Result<Option<Event>, Status> {
        let message = tokio::time::timeout(WAIT_LIMIT, self.stream.message());
        let message = message.await.expect("nothing came")?;
        let event = message.map(|message| message.event.unwrap());
        match &event {
            Some(Event::Checkpoint(checkpoint)) => {
                assert!(checkpoint.revision >= self.at, "a checkpoint goes back");
                self.at = checkpoint.revision;
            }
            Some(Event::Changes(changes)) => {
                assert!(changes.revision > self.at, "{} after {}", changes.revision, self.at);
                assert!(changes.changes.iter().all(|it| it.revision == changes.revision));
                if !changes.continues {
                    self.at = changes.revision;
                }
            }
            Some(Event::InitialState(_)) | None => {}
        }
        Ok(event)
    }

    /// All changes that are told until a revision is reached.
    pub async fn until(&mut self, revision: i64) -> Vec<RevisionChanges> {
        let mut told = Vec::new();
        while self.at < revision {
            if let Event::Changes(changes) = self.event().await.unwrap().expect("the watch ended") {
                told.push(changes);
            }
        }
        told
    }
}

impl OpenWatch {
    /// The revisions that are told until the watch fails, as it must with this code.
    pub async fn until_it_fails(&mut self, code: Code) -> (Vec<i64>, Failure) {
        let mut told = Vec::new();
        loop {
            match self.event().await {
                Ok(Some(Event::Changes(changes))) if changes.continues => {}
                Ok(Some(Event::Changes(changes))) => told.push(changes.revision),
                Ok(event) => assert!(event.is_some(), "it ended as if all was well"),
                Err(status) => return (told, failure::<()>(Err(status), code)),
            }
        }
    }
}

/// The same, each revision that comes in parts as one.
pub fn joined(parts: Vec<RevisionChanges>) -> Vec<RevisionChanges> {
    let mut all: Vec<RevisionChanges> = Vec::new();
    for part in parts {
        match all.last_mut().filter(|last| last.continues) {
            Some(last) => {
                assert_eq!(last.revision, part.revision);
                last.changes.extend(part.changes);
                (last.continues, last.token) = (part.continues, part.token);
            }
            None => all.push(part),
        }
    }
    all
}

/// The numbers of revisions.
pub fn numbers(revisions: &[RevisionChanges]) -> Vec<i64> {
    revisions.iter().map(|revision| revision.revision).collect()
}

/// Every change after a revision, by pages of a size.
pub async fn list(
    channel: &Channel,
    after_revision: i64,
    filter: Option<ChangeFilter>,
    page_size: i32,
) -> Result<Vec<RevisionChanges>, Status> {
    let (mut all, mut page_token): (Vec<RevisionChanges>, _) = (Vec::new(), String::new());
    loop {
        let request = ListChangesRequest {
            after_revision,
            filter: filter.clone(),
            page_size,
            page_token,
            ..ListChangesRequest::default()
        };
        let page = client(channel).list_changes(request).await?.into_inner();
        for revision in page.revisions {
            match all.last_mut().filter(|last| last.continues && last.revision == revision.revision)
            {
                Some(last) => {
                    last.changes.extend(revision.changes);
                    (last.continues, last.token) = (revision.continues, revision.token);
                }
                None => all.push(revision),
            }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(all);
        }
    }
}

/// Forgets all changes so far, as far as nothing can be told without them. Gives up to which revision.
pub async fn compact(server: &Server) -> i64 {
    Registry::new(server.store.clone()).compact(Duration::ZERO).await.unwrap().number()
}
