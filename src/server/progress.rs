//! What a connection has received so far, and when.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::request_heads::RequestHeads;

/// The first bytes of every HTTP/2 connection.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What a connection has received so far, and when.
pub struct Progress {
    connected: Instant,
    /// When bytes were last received, in milliseconds after the connection was accepted.
    heard: AtomicU64,
    /// Whether the first HTTP/1.1 request, or the HTTP/2 preface, has arrived.
    opened: AtomicBool,
    is_http2: AtomicBool,
    /// Number of answers that the connection waits for.
    owed: AtomicUsize,
    /// What is wrong with each HTTP/1.1 head that has arrived and is not yet served.
    heads: Mutex<VecDeque<Option<&'static str>>>,
}

impl Progress {
    /// Starts for a connection that was just accepted.
    pub fn begin() -> Self {
        Self {
            connected: Instant::now(),
            heard: AtomicU64::new(0),
            opened: AtomicBool::new(false),
            is_http2: AtomicBool::new(false),
            owed: AtomicUsize::new(0),
            heads: Mutex::default(),
        }
    }

    /// Marks that a request has arrived and its answer is owed, until the guard is dropped.
    pub fn owe(self: Arc<Self>) -> OwedAnswer {
        self.opened.store(true, Ordering::Relaxed);
        self.owed.fetch_add(1, Ordering::Relaxed);
        OwedAnswer(self)
    }

    /// Takes what is wrong with the head of the next HTTP/1.1 request.
    pub fn next_head(&self) -> Option<&'static str> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).pop_front().flatten()
    }

    /// Completes when the connection must be closed: it took too long to begin, or was silent for
    /// too long. An HTTP/1.1 connection that waits for an answer may be silent; an HTTP/2
    /// connection may not, since it answers pings.
    pub async fn silent(&self, first_request: Duration, silence: Duration) {
        loop {
            let heard = Duration::from_millis(self.heard.load(Ordering::Relaxed));
            let waits = self.owed.load(Ordering::Relaxed) > 0;
            let end = if !self.opened.load(Ordering::Relaxed) {
                self.connected + first_request
            } else if waits && !self.is_http2.load(Ordering::Relaxed) {
                Instant::now() + silence
            } else {
                self.connected + heard + silence
            };
            if end <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(end).await;
        }
    }

    fn hear(&self) {
        let heard = u64::try_from(self.connected.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.heard.store(heard, Ordering::Relaxed);
    }
}

/// Guard for an answer that a connection waits for.
pub struct OwedAnswer(Arc<Progress>);

impl Drop for OwedAnswer {
    fn drop(&mut self) {
        // The caller may take as long for its next request as after its last.
        self.0.hear();
        self.0.owed.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection whose progress is recorded.
pub struct WatchedConnection<T> {
    inner: T,
    progress: Arc<Progress>,
    /// Number of bytes of the HTTP/2 preface received; `None` if something else came.
    preface: Option<usize>,
    heads: RequestHeads,
}

impl<T> WatchedConnection<T> {
    /// Records in `progress` what `inner` receives.
    pub fn new(inner: T, progress: Arc<Progress>) -> Self {
        Self { inner, progress, preface: Some(0), heads: RequestHeads::new() }
    }

    fn hear(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.progress.hear();
        if self.progress.is_http2.load(Ordering::Relaxed) {
            return;
        }
        let Some(come) = self.preface.take() else {
            return self.pass(bytes);
        };
        let rest = &PREFACE[come..];
        let step = rest.len().min(bytes.len());
        if bytes[..step] != rest[..step] {
            self.pass(&PREFACE[..come]);
            self.pass(bytes);
        } else if step == rest.len() {
            self.progress.is_http2.store(true, Ordering::Relaxed);
            self.progress.opened.store(true, Ordering::Relaxed);
        } else {
            self.preface = Some(come + step);
        }
    }

    /// Passes HTTP/1.1 bytes to the reader of heads.
    fn pass(&mut self, bytes: &[u8]) {
        let mut found = self.progress.heads.lock().unwrap_or_else(PoisonError::into_inner);
        self.heads.pass(bytes, |wrong| found.push_back(wrong));
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for WatchedConnection<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        self.hear(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for WatchedConnection<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
