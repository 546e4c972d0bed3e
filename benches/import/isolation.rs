//! What an import does to others: how long a read takes while one runs, and while one is attached whose
//! caller has stopped to read.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use digital_skills_registry::api::{
    client::Importable,
    v1::{
        Assessment, GetStaffingRequest, ImportStatus, Staffing,
        staffing_service_client::StaffingServiceClient,
    },
};
use tonic::transport::Channel;

use crate::{
    rows::{BATCH, NumberedRow},
    server::{Memory, Server},
    stream,
};

/// How often the second client reads.
const READS: usize = 2_000;

/// How many batches a caller that reads nothing tries to send: far more than the server may keep.
const UNREAD: usize = 2_000;

/// Numbers that no other import uses, for rows that are new.
const BESIDE: usize = 20_000_000;
const STALLED: usize = 40_000_000;
const AFTER: usize = 60_000_000;

/// How long reads took, in order.
pub struct Reads(Vec<Duration>);

impl Reads {
    /// The one that `share` of all are not slower than.
    pub fn quantile(&self, share: f64) -> Duration {
        self.0[((self.0.len() - 1) as f64 * share) as usize]
    }
}

/// What was found.
pub struct Isolation {
    pub idle: Reads,
    pub importing: Reads,
    pub stalled: Reads,
    /// How many batches the server took from the caller that read nothing.
    pub taken: usize,
    /// The memory of the server before that caller came, when it could send no more, and after the
    /// reads of the other.
    pub memory: [Memory; 3],
    /// How long a batch of another client took meanwhile.
    pub batch_beside_stalled: Duration,
}

/// Measures it all, on a server that has `staffing` records.
pub async fn measured(server: &Server, staffing: usize) -> Isolation {
    let reader = server.connect().await;
    let idle = reads(&reader, staffing).await;

    let going = Arc::new(AtomicBool::new(true));
    let on = going.clone();
    let rows = (BESIDE..).take_while(move |_| on.load(Ordering::Relaxed)).map(Assessment::nth);
    let import = stream::send::<Assessment>(server.connect().await, stream::batches(rows), drop);
    let import = tokio::spawn(import);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let importing = reads(&reader, staffing).await;
    going.store(false, Ordering::Relaxed);
    import.await.unwrap();

    let before = server.memory();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let rows = (STALLED..STALLED + UNREAD * BATCH).inspect(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let batches = stream::batches(rows.map(Assessment::nth));
    let unread = Assessment::import(server.connect().await, batches).await.unwrap();
    let taken = settled(&sent).await / BATCH;
    let full = server.memory();
    let stalled = reads(&reader, staffing).await;
    let began = Instant::now();
    let new = AFTER..AFTER + BATCH;
    stream::measured::<Staffing>(server, new, ImportStatus::Created).await;
    let batch_beside_stalled = began.elapsed();
    let memory = [before, full, server.memory()];
    drop(unread);
    Isolation { idle, importing, stalled, taken, memory, batch_beside_stalled }
}

/// Reads records one after the other.
async fn reads(channel: &Channel, staffing: usize) -> Reads {
    let mut client = StaffingServiceClient::new(channel.clone());
    let mut took = Vec::with_capacity(READS);
    for n in 0..READS {
        // Far from each other.
        let name = Staffing::name_of(n * 7_919 % staffing);
        let began = Instant::now();
        client.get_staffing(GetStaffingRequest { name, ..Default::default() }).await.unwrap();
        took.push(began.elapsed());
    }
    took.sort_unstable();
    Reads(took)
}

/// Waits until a number has stopped to grow.
async fn settled(number: &AtomicUsize) -> usize {
    let mut last = usize::MAX;
    loop {
        let now = number.load(Ordering::Relaxed);
        if now == last {
            return now;
        }
        last = now;
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
}
