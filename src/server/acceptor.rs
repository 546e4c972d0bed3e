//! Accepts connections up to the limit, and keeps accepting after errors.

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
    connection::{Connections, ServedProtocols},
    limits::Limits,
};

/// Pause after an error that would recur at once, such as running out of files.
const PAUSE: Duration = Duration::from_millis(100);

/// Minimum interval between two log lines about such errors.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// Idle time after which TCP probes the peer, and the interval between probes.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Number of unanswered TCP probes after which the peer counts as gone.
const KEEPALIVE_RETRIES: u32 = 4;

/// How long sent data may stay unacknowledged before TCP drops the peer.
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);

/// Serves `service` on `listener` until `closing`. Then asks the connections to end and returns
/// when all have. Dropping the future cuts off those that are left.
pub async fn accept(
    listener: TcpListener,
    service: ServedProtocols,
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
                // Over the limit, the connection is closed by being dropped.
                let Ok(permit) = free.clone().try_acquire_owned() else {
                    failures.report(None);
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
                failures.report(Some(&error));
                let _ = closing.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
            }
        }
    }
    // New connections are refused while the others end.
    drop(listener);
    let all = u32::try_from(most).unwrap_or(u32::MAX);
    let _ = free.acquire_many(all).await;
}

/// Whether the error concerns the peer alone: it was gone before it was accepted.
fn is_of_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Lets TCP detect peers that have vanished.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE);
    socket.set_tcp_keepalive(&keepalive.with_retries(KEEPALIVE_RETRIES))?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    socket.set_tcp_nodelay(true)
}

/// Counts connections that were not served, and logs them at most once a second.
#[derive(Default)]
struct Failures {
    count: u64,
    reported: Option<Instant>,
}

impl Failures {
    /// Counts one connection. `error` kept it from being accepted; `None` means that the limit did.
    fn report(&mut self, error: Option<&io::Error>) {
        self.count += 1;
        if self.reported.is_some_and(|reported| reported.elapsed() < REPORT_INTERVAL) {
            return;
        }
        self.reported = Some(Instant::now());
        let count = std::mem::take(&mut self.count);
        match error {
            Some(error) => tracing::error!(%error, count, "connections cannot be accepted"),
            None => tracing::warn!(count, "too many connections"),
        }
    }
}
