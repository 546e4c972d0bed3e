//! The answer of a call that streams, ended at the deadline of the call.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::HeaderMap;
use http_body::Frame;
use prost::bytes::Bytes;
use tokio::time::{Instant, Sleep};
use tonic::{Status, body::Body};

use crate::api::status;

use super::turn::Turn;

/// A body that ends at a deadline, and has a seat only while its next message is made: not while its
/// caller reads.
pub(super) struct StreamBody {
    inner: Body,
    deadline: Option<Pin<Box<Sleep>>>,
    /// None where the stream needs no seat.
    turn: Option<Turn>,
    ended: bool,
}

impl StreamBody {
    pub(super) fn new(inner: Body, deadline: Option<Instant>, turn: Option<Turn>) -> Self {
        let deadline = deadline.map(|deadline| Box::pin(tokio::time::sleep_until(deadline)));
        Self { inner, deadline, turn, ended: false }
    }

    /// Ends the stream, and with it the work for it.
    fn end(&mut self, status: &Status) -> Option<Result<Frame<Bytes>, Status>> {
        self.inner = Body::empty();
        self.ended = true;
        self.turn = None;
        let mut trailers = HeaderMap::new();
        Some(status.add_header(&mut trailers).map(|()| Frame::trailers(trailers)))
    }
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
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(self.end(&status::deadline_exceeded()));
        }
        if let Some(turn) = &mut self.turn {
            ready!(turn.poll_take(context));
        }
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        if let Some(turn) = &mut self.turn {
            turn.give_up();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.inner.is_end_stream()
    }
}
