//! Callers who write and read all the while, and keep what they were told.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use digital_skills_registry::api::v1::{ListRolesRequest, Role, role_service_client};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Status,
    transport::{Channel, Endpoint},
};
use uuid::Uuid;

use crate::harness::{
    client::WriteCall,
    fixture::Fixture,
    ledger::{Connections, Ledger, Outcome, Write},
};

/// How long a caller waits who gave no deadline, before the call counts as hanging.
const WAIT_LIMIT: Duration = Duration::from_secs(90);

/// A connection that is made when it is needed, and again whenever it broke.
pub fn channel(address: &str) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    endpoint.tcp_nodelay(true).connect_timeout(Duration::from_secs(5)).connect_lazy()
}

/// Waits for the answer to a call; a call that gets none is complained of.
pub async fn answer<T>(
    ledger: &Ledger,
    call: impl Future<Output = Result<T, Status>>,
) -> Option<Result<T, Status>> {
    let answer = tokio::time::timeout(WAIT_LIMIT, call).await.ok();
    if answer.is_none() {
        ledger.complain("a call was not answered".to_owned());
    }
    answer
}

/// Callers at work.
pub struct Load {
    pub ledger: Arc<Ledger>,
    stopped: CancellationToken,
    callers: JoinSet<()>,
}

impl Load {
    /// Nobody yet.
    pub fn new(connections: Connections) -> Self {
        Self::of(Arc::new(Ledger::new(connections)))
    }

    /// Nobody yet, of whom it is kept what they are told beside what others were.
    pub fn of(ledger: Arc<Ledger>) -> Self {
        Self { ledger, stopped: CancellationToken::new(), callers: JoinSet::new() }
    }

    /// Eight who write and two who read.
    pub fn start(address: &str, connections: Connections) -> Self {
        let mut load = Self::new(connections);
        load.add(address, 8, 2);
        load
    }

    /// Adds callers of an instance.
    pub fn add(&mut self, address: &str, writers: usize, readers: usize) {
        for _ in 0..writers {
            self.callers
                .spawn(Caller::new(address, self.ledger.clone(), self.stopped.clone()).writes());
        }
        for _ in 0..readers {
            self.callers
                .spawn(Caller::new(address, self.ledger.clone(), self.stopped.clone()).reads());
        }
    }

    /// Waits until this many more writes are acknowledged.
    pub async fn until_done(&self, more: usize) {
        let goal = self.ledger.done() + more;
        super::until(
            &format!("{more} more writes are acknowledged: {:?}", self.ledger.summary()),
            async || self.ledger.done() >= goal,
        )
        .await;
    }

    /// Waits until this many more calls have failed.
    pub async fn until_refused(&self, more: usize) {
        let goal = self.ledger.refused() + more;
        super::until("more calls have failed", async || self.ledger.refused() >= goal).await;
    }

    /// Lets every call under way end, and nobody call again. Gives what they were told.
    pub async fn stop(mut self) -> Arc<Ledger> {
        self.stopped.cancel();
        while let Some(ended) = self.callers.join_next().await {
            ended.unwrap();
        }
        self.ledger
    }
}

/// One who calls. What it writes no one else writes.
struct Caller {
    channel: Channel,
    ledger: Arc<Ledger>,
    stopped: CancellationToken,
    number: usize,
    round: usize,
}

impl Caller {
    fn new(address: &str, ledger: Arc<Ledger>, stopped: CancellationToken) -> Self {
        static CALLERS: AtomicUsize = AtomicUsize::new(0);
        let number = CALLERS.fetch_add(1, Ordering::SeqCst);
        Self { channel: channel(address), ledger, stopped, number, round: 0 }
    }

    async fn writes(mut self) {
        while !self.stopped.is_cancelled() {
            self.round += 1;
            let outcome = match self.round % 4 {
                0 => self.create_once().await,
                1 => self.create_batch().await,
                _ => self.create(WriteCall::default(), 0).await,
            };
            self.note(outcome);
            match outcome {
                Outcome::Done(revision) => self.read_back(revision).await,
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn id(&self, index: usize) -> String {
        format!("c{}-{}-{index}", self.number, self.round)
    }

    fn role(&self) -> Role {
        Role { title: format!("{}/{}", self.number, self.round), ..Role::default() }
    }

    fn note(&self, outcome: Outcome) {
        let rows = if self.round % 4 == 1 { 5 } else { 1 };
        let names: BTreeSet<_> =
            (0..rows).map(|index| format!("roles/{}", self.id(index))).collect();
        self.ledger.note(Write { names, title: Some(self.role().title), outcome });
    }

    async fn create(&self, asked: WriteCall, index: usize) -> Outcome {
        let (id, repeatable) = (self.id(index), !asked.request_id.is_empty());
        let call = Role::create_as(&self.channel, "", &id, Some(self.role()), asked.clone());
        self.outcome(answer(&self.ledger, call).await, &asked, repeatable)
    }

    async fn create_batch(&self) -> Outcome {
        let rows = (0..5).map(|index| (self.id(index), self.role())).collect();
        let asked = WriteCall::default();
        let call = Role::batch_create(&self.channel, "", rows, asked.clone());
        self.outcome(answer(&self.ledger, call).await, &asked, false)
    }

    /// Repeats the request until it is done, or nobody waits for it any more.
    async fn create_once(&self) -> Outcome {
        let id = Uuid::now_v7();
        loop {
            let outcome = self.create(WriteCall::once(id), 0).await;
            if matches!(outcome, Outcome::Done(_)) || self.stopped.is_cancelled() {
                return outcome;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn outcome<T>(
        &self,
        answer: Option<Result<T, Status>>,
        asked: &WriteCall,
        repeatable: bool,
    ) -> Outcome {
        match answer {
            None => Outcome::Unknown,
            Some(Ok(_)) => Outcome::Done(asked.revision()),
            Some(Err(status)) => self.ledger.failed(&status, repeatable),
        }
    }

    /// What was acknowledged can be read at once.
    async fn read_back(&self, revision: i64) {
        let name = format!("roles/{}", self.id(0));
        let call = Role::get_as(&self.channel, &name, 0, revision);
        match answer(&self.ledger, call).await {
            Some(Err(status)) if status.code() == Code::NotFound => {
                self.ledger.complain(format!("acknowledged, and not to be read: {name}"));
            }
            Some(Err(status)) => _ = self.ledger.failed(&status, true),
            Some(Ok(_)) | None => {}
        }
    }

    async fn reads(self) {
        let mut client = role_service_client::RoleServiceClient::new(self.channel.clone());
        while !self.stopped.is_cancelled() {
            let list = ListRolesRequest { page_size: 10, ..Default::default() };
            if let Some(Err(status)) = answer(&self.ledger, client.list_roles(list)).await {
                self.ledger.failed(&status, true);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
