//! The body of a request, in whole messages and with its true end.
//!
//! The library treats a call that was cancelled, or that ended just after a message header, as one
//! that ended properly. An import that broke off would look complete, and every row that it had not
//! yet named would be deleted. The library also reserves memory for a whole message as soon as its
//! header arrives, and accepts two messages where the method takes one.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http_body::{Frame, SizeHint};
use prost::bytes::Bytes;
use tonic::{Code, Status, body::Body};

use crate::api::{status, transport};

use super::{
    arrival::Arrival,
    message::{OpenMessage, whole},
    reusable_permit::ReusablePermit,
};

/// A body of whole messages that fails if it is cancelled or ends within a message. A complete
/// message takes the permit of its call.
pub(super) struct RequestBody {
    inner: Body,
    arrival: Option<Arc<Arrival>>,
    /// `None` for calls that need no permit.
    turn: Option<ReusablePermit>,
    /// Whether the method takes a single message.
    takes_one: bool,
    /// Number of complete messages received.
    messages: usize,
    /// The incomplete next message.
    open: OpenMessage,
    /// Pieces of complete messages that wait for a permit.
    waiting: VecDeque<Bytes>,
    ended: bool,
}

impl RequestBody {
    pub(super) fn new(
        inner: Body,
        arrival: Option<Arc<Arrival>>,
        turn: Option<ReusablePermit>,
        takes_one: bool,
    ) -> Self {
        Self {
            inner,
            arrival,
            turn,
            takes_one,
            messages: 0,
            open: OpenMessage::default(),
            waiting: VecDeque::new(),
            ended: false,
        }
    }

    /// Takes the bytes received. Messages that are now complete wait to be passed on.
    fn gather(&mut self, mut data: Bytes) -> Result<(), Status> {
        if !self.open.is_empty()
            && let Some(pieces) = self.open.take(&mut data)
        {
            self.messages += 1;
            self.waiting.extend(pieces);
        }
        let (messages, end) = whole(&data);
        self.messages += messages;
        // Most messages arrive in one piece and are passed on without being copied.
        let passed = data.split_to(end);
        self.waiting.extend((!passed.is_empty()).then_some(passed));
        self.open.take(&mut data);
        if self.takes_one && self.messages + usize::from(!self.open.is_empty()) > 1 {
            return Err(transport::undecodable("the request has more than one message"));
        }
        Ok(())
    }

    /// Fails the body for good.
    fn fail(&mut self, status: Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.ended = true;
        self.open = OpenMessage::default();
        self.waiting.clear();
        let known = self.arrival.as_ref().and_then(|arrival| arrival.failure());
        let status = match known.unwrap_or(status) {
            // The library would treat this status as a proper end.
            status if status.code() == Code::Cancelled => {
                Status::unknown("the caller cancelled the call")
            }
            status => status,
        };
        Poll::Ready(Some(Err(status)))
    }

    /// Passes complete messages on once the call has a permit. The first messages of a call fail if
    /// no permit is free; those of a stream in progress wait for one.
    fn pass_on(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Some(turn) = self.turn.as_mut().filter(|_| !self.takes_one) {
            ready!(turn.poll_take(context));
        }
        Poll::Ready(self.waiting.pop_front().map(Frame::data).map(Ok))
    }

    /// Ends the request. Work on a request of a single message starts now.
    fn end(
        &mut self,
        trailers: Option<Frame<Bytes>>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if !self.open.is_empty() {
            return self.fail(Status::internal("Unexpected EOF decoding stream."));
        }
        if self.takes_one && !self.has_permit() {
            return self.fail(overloaded());
        }
        self.ended = true;
        Poll::Ready(trailers.map(Ok))
    }

    fn has_permit(&self) -> bool {
        self.turn.as_ref().is_none_or(ReusablePermit::try_take)
    }
}

/// The status of a call for which no permit is free.
pub(super) fn overloaded() -> Status {
    status::overloaded("calls")
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if !this.waiting.is_empty() {
            return this.pass_on(context);
        }
        if this.ended {
            return Poll::Ready(None);
        }
        // Whoever asks for more has finished with the earlier messages.
        if let Some(arrival) = this.arrival.as_ref().filter(|_| !this.takes_one) {
            arrival.keep(this.open.len());
        }
        loop {
            let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) else {
                if let Some(turn) = &mut this.turn {
                    turn.give_up();
                }
                return Poll::Pending;
            };
            let frame = match frame {
                None => return this.end(None),
                Some(Err(status)) => return this.fail(status),
                Some(Ok(frame)) => frame,
            };
            let data = match frame.into_data() {
                Ok(data) => data,
                Err(trailers) => return this.end(Some(trailers)),
            };
            let is_first = this.messages == 0;
            if let Err(status) = this.gather(data) {
                return this.fail(status);
            }
            if this.waiting.is_empty() {
                continue;
            }
            if is_first && !this.takes_one && !this.has_permit() {
                return this.fail(overloaded());
            }
            return this.pass_on(context);
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended && self.waiting.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use http_body_util::{BodyExt, StreamBody};
    use proptest::prelude::*;

    use super::*;

    fn message(size: usize) -> Vec<u8> {
        let length = u32::try_from(size).unwrap().to_be_bytes();
        [&[0], &length[..], &vec![7; size]].concat()
    }

    /// Sends pieces as a body and reads it to its end.
    async fn send(pieces: Vec<Vec<u8>>, takes_one: bool) -> (Vec<u8>, Option<Status>) {
        let come = Arc::<Mutex<Vec<u8>>>::default();
        let arrived = come.clone();
        let pieces = pieces.into_iter().map(move |piece| {
            arrived.lock().unwrap().extend_from_slice(&piece);
            Ok::<_, Status>(Frame::data(piece.into()))
        });
        let body = Body::new(StreamBody::new(tokio_stream::iter(pieces)));
        let mut body = RequestBody::new(body, None, None, takes_one);
        let mut passed = Vec::new();
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => {
                    passed.extend_from_slice(&frame.into_data().unwrap());
                    let end = whole(&come.lock().unwrap()).1;
                    assert!(passed.len() <= end, "a message is passed on that is not whole");
                }
                Err(status) => return (passed, Some(status)),
            }
        }
        (passed, None)
    }

    proptest! {
        #[test]
        fn messages_are_passed_on_whole_however_they_are_cut(
            sizes in prop::collection::vec(0..40usize, 0..6),
            cuts in prop::collection::vec(0..200usize, 0..8),
            lost in 0..8usize,
        ) {
            let all: Vec<u8> = sizes.iter().flat_map(|size| message(*size)).collect();
            let come = &all[..all.len().saturating_sub(lost)];
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(come.len())).collect();
            cuts.extend([0, come.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|cut| come[cut[0]..cut[1]].to_vec()).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (passed, failure) = runtime.block_on(send(pieces, false));
            let (_, end) = whole(come);
            prop_assert_eq!(passed, &come[..end]);
            prop_assert_eq!(failure.is_some(), end < come.len());
        }
    }

    #[tokio::test]
    async fn a_method_of_one_message_takes_no_second() {
        let two = [message(3), message(0)].concat();
        for pieces in [vec![two.clone()], vec![message(3), message(0)], vec![message(3), vec![0]]] {
            let (_, failure) = send(pieces, true).await;
            assert_eq!(failure.unwrap().code(), Code::InvalidArgument);
        }
        assert_eq!(send(vec![message(3)], true).await.0, message(3));
        assert_eq!(send(vec![two.clone()], false).await.0, two);
    }

    #[tokio::test]
    async fn a_message_that_says_it_is_too_large_is_passed_on_as_it_comes() {
        let header = [0, 255, 255, 255, 255];
        let (passed, failure) = send(vec![header[..3].to_vec(), header[3..].to_vec()], true).await;
        assert_eq!(passed, header);
        assert!(failure.is_none());
    }
}
