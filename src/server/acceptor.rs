//! Accepts connections, as many as the limits allow, and survives what keeps it from accepting.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;

use super::{
    connection::{Connections, Served},
    limits::Limits,
};

/// How long it waits after a failure that would come again at once, such as that no file is left.
const PAUSE: Duration = Duration::from_millis(100);

/// How often it tells of such failures at most.
const TELL: Duration = Duration::from_secs(1);

/// When TCP begins to ask whether an idle peer is still there, and how often it asks again.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// How often TCP asks in vain before it gives the peer up.
const KEEPALIVE_RETRIES: u32 = 4;

/// How long what was sent may stay unacknowledged before TCP gives the peer up.
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);

/// Serves `service` on `listener` until `closing`. Then connections are told to end, and it returns when
/// they all have; dropped before that, it cuts off those that are left.
pub async fn accept(
    listener: TcpListener,
    service: Served,
    limits: &Limits,
    closing: CancellationToken,
) {
    let cut = CancellationToken::new();
    let _cut_when_dropped = cut.clone().drop_guard();
    let most = limits.connections.min(Semaphore::MAX_PERMITS);
    let free = Arc::new(Semaphore::new(most));
    let connections = Arc::new(Connections::new(service, limits, closing.clone(), cut));
    let mut failures = Failures::default();
    while let Some(accepted) = closing.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => {
                // Over the limit the connection is closed by being dropped.
                let Ok(permit) = free.clone().try_acquire_owned() else {
                    failures.tell(None);
                    continue;
                };
                if let Err(error) = prepare(&stream) {
                    tracing::debug!(%error, "connection lost before it was served");
                    continue;
                }
                let connections = connections.clone();
                tokio::spawn(async move {
                    connections.serve(stream).await;
                    drop(permit);
                });
            }
            Err(error) if is_of_peer(&error) => {}
            Err(error) => {
                failures.tell(Some(&error));
                let _ = closing.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
            }
        }
    }
    // New callers are refused while those under way end.
    drop(listener);
    let all = u32::try_from(most).unwrap_or(u32::MAX);
    let _ = free.acquire_many(all).await;
}

/// Whether a peer was gone before it was accepted; the next may be there.
fn is_of_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Lets TCP find out about peers that vanished.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE);
    socket.set_tcp_keepalive(&keepalive.with_retries(KEEPALIVE_RETRIES))?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    socket.set_tcp_nodelay(true)
}

/// Connections that were not served, told at most once a second.
#[derive(Default)]
struct Failures {
    count: u64,
    told: Option<Instant>,
}

impl Failures {
    /// Counts one, with the error that kept it from being accepted; without one the limit did.
    fn tell(&mut self, error: Option<&io::Error>) {
        self.count += 1;
        if self.told.is_some_and(|told| told.elapsed() < TELL) {
            return;
        }
        self.told = Some(Instant::now());
        let count = std::mem::take(&mut self.count);
        match error {
            Some(error) => tracing::error!(%error, count, "connections cannot be accepted"),
            None => tracing::warn!(count, "too many connections"),
        }
    }
}
