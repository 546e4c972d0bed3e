//! Serves one connection: detects HTTP/1.1 or HTTP/2 from the first bytes, and closes it when the
//! caller is silent for too long.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response};
use http_body::{Frame, SizeHint};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use prost::bytes::Bytes;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tonic::{
    Status,
    body::Body,
    transport::server::{Connected, TcpConnectInfo},
};
use tower::{ServiceExt, util::BoxCloneSyncService};

use super::{
    limits::Limits,
    progress::{OwedAnswer, Progress, WatchedConnection},
    strict,
};

/// The complete service: all protocols with all layers.
pub type ServedProtocols = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// Maximum size of the headers of an HTTP/2 request, in bytes.
const HEADERS: u32 = 16 << 10;

/// Size of the read buffer of HTTP/1.1, in bytes; the headers of a request must fit into it.
const READ_BUFFER: usize = 64 << 10;

/// Serves connections.
pub struct Connections {
    service: ServedProtocols,
    builder: Builder<TokioExecutor>,
    first_request: Duration,
    silence: Duration,
    closing: CancellationToken,
    cut: CancellationToken,
}

impl Connections {
    /// Creates a server of `service`. Connections end gracefully from `closing` on, and at once at
    /// `cut`.
    pub fn new(
        service: ServedProtocols,
        limits: &Limits,
        closing: CancellationToken,
        cut: CancellationToken,
    ) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            // This timer also runs between two requests, so it is no shorter than the permitted
            // silence. The first request has a limit of its own.
            .header_read_timeout(limits.connection_silence)
            .max_buf_size(READ_BUFFER);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_pending_accept_reset_streams(limits.pending_resets)
            .max_send_buf_size(limits.stream_bytes)
            .max_header_list_size(HEADERS)
            .keep_alive_interval(limits.connection_silence / 2)
            .keep_alive_timeout(limits.connection_silence);
        Self {
            service,
            builder,
            first_request: limits.first_request,
            silence: limits.connection_silence,
            closing,
            cut,
        }
    }

    /// Serves a connection to its end.
    pub async fn serve(&self, stream: TcpStream) {
        let peer = stream.connect_info();
        let progress = Arc::new(Progress::begin());
        let io = TokioIo::new(WatchedConnection::new(stream, progress.clone()));
        let service =
            service_fn(|request| answer(self.service.clone(), &peer, progress.clone(), request));
        let connection = self.builder.serve_connection(io, service);
        tokio::pin!(connection);
        let silent = progress.silent(self.first_request, self.silence);
        tokio::pin!(silent);
        let mut reported = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(error, "connection failed");
                    }
                    return;
                }
                () = &mut silent => {
                    tracing::debug!("silent connection closed");
                    return;
                }
                () = self.cut.cancelled() => return,
                () = self.closing.cancelled(), if !reported => {
                    reported = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// Answers a request. The connection owes the answer until its body has ended or was dropped.
fn answer(
    service: ServedProtocols,
    peer: &TcpConnectInfo,
    progress: Arc<Progress>,
    mut request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + Send + use<> {
    let refusal = strict::refusal(&request, progress.next_head());
    let owed = progress.owe();
    request.extensions_mut().insert(peer.clone());
    let answer = match refusal {
        Some(refusal) => Err(refusal),
        None => Ok(service.oneshot(request.map(Body::new))),
    };
    async move {
        let answer = match answer {
            Err(refusal) => refusal,
            Ok(answer) => answer.await?,
        };
        Ok(answer.map(|inner| Body::new(OwedBody { inner, _until_it_ends: owed })))
    }
}

/// The body of an answer that a connection owes.
struct OwedBody {
    inner: Body,
    _until_it_ends: OwedAnswer,
}

impl http_body::Body for OwedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
