//! The response body of a streaming call, which ends at the deadline of the call.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use http::HeaderMap;
use http_body::Frame;
use prost::bytes::Bytes;
use tokio::{task::JoinSet, time::Instant};
use tonic::{Status, body::Body};

use crate::api::transport;

use super::reusable_permit::ReusablePermit;

/// A body that ends at a deadline. It holds a permit only while its next message is made, not while
/// its caller reads.
pub(super) struct StreamBody {
    /// `None` after the deadline.
    inner: Inner,
    /// Completes at the deadline, if there is one. It also ends the work if the caller does not
    /// read, when nobody asks for more.
    expiry: JoinSet<()>,
    /// `None` if the stream needs no permit.
    turn: Option<ReusablePermit>,
    ended: bool,
}

type Inner = Arc<Mutex<Option<Body>>>;

impl StreamBody {
    pub(super) fn new(
        inner: Body,
        deadline: Option<Instant>,
        turn: Option<ReusablePermit>,
    ) -> Self {
        let inner = Inner::new(Mutex::new(Some(inner)));
        let mut expiry = JoinSet::new();
        if let Some(deadline) = deadline {
            let inner = inner.clone();
            expiry.spawn(async move {
                tokio::time::sleep_until(deadline).await;
                drop(lock(&inner).take());
            });
        }
        Self { inner, expiry, turn, ended: false }
    }

    /// Ends the stream and the work for it.
    fn end(&mut self, status: &Status) -> Option<Result<Frame<Bytes>, Status>> {
        drop(lock(&self.inner).take());
        self.ended = true;
        self.turn = None;
        let mut trailers = HeaderMap::new();
        Some(status.add_header(&mut trailers).map(|()| Frame::trailers(trailers)))
    }
}

fn lock(inner: &Inner) -> MutexGuard<'_, Option<Body>> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl http_body::Body for StreamBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if let Poll::Ready(Some(_)) = self.expiry.poll_join_next(context) {
            return Poll::Ready(self.end(&transport::deadline_exceeded()));
        }
        if let Some(turn) = &mut self.turn {
            ready!(turn.poll_take(context));
        }
        let frame = match &mut *lock(&self.inner) {
            Some(inner) => Some(ready!(Pin::new(inner).poll_frame(context))),
            None => None,
        };
        let Some(frame) = frame else {
            return Poll::Ready(self.end(&transport::deadline_exceeded()));
        };
        if let Some(turn) = &mut self.turn {
            turn.give_up();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || lock(&self.inner).as_ref().is_some_and(Body::is_end_stream)
    }
}
