//! The body of a request, with its end told truly.
//!
//! The library takes a call that was cancelled, or that ends just after the header of a message, for
//! one that ended well. That would make an import that broke look complete, and delete all rows that it
//! did not come to name.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http_body::{Frame, SizeHint};
use prost::bytes::{Buf, Bytes};
use tonic::{Code, Status, body::Body};

pin_project_lite::pin_project! {
    /// A body that fails where it is cancelled, or ends within a message.
    pub(super) struct RequestBody {
        #[pin]
        inner: Body,
        place: Place,
    }
}

impl RequestBody {
    pub(super) fn new(inner: Body) -> Self {
        Self { inner, place: Place::default() }
    }
}

/// How far a stream of messages has come: each is a byte, four bytes of length, and so many bytes.
#[derive(Default)]
struct Place {
    /// The bytes of the header so far.
    header: Vec<u8>,
    /// The bytes of the message still to come.
    left: u64,
}

impl Place {
    const HEADER: usize = 5;

    fn pass(&mut self, bytes: &Bytes) {
        let mut bytes = bytes.clone();
        while bytes.has_remaining() {
            if self.left > 0 {
                let step = bytes.remaining().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                bytes.advance(step);
                self.left -= step as u64;
                continue;
            }
            self.header.push(bytes.get_u8());
            if let [_, a, b, c, d] = self.header[..] {
                self.left = u64::from(u32::from_be_bytes([a, b, c, d]));
                self.header.clear();
            }
        }
        debug_assert!(self.header.len() < Self::HEADER);
    }

    fn is_between_messages(&self) -> bool {
        self.left == 0 && self.header.is_empty()
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.project();
        Poll::Ready(match ready!(this.inner.poll_frame(context)) {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.place.pass(data);
                }
                Some(Ok(frame))
            }
            Some(Err(status)) if status.code() == Code::Cancelled => {
                Some(Err(Status::unknown("the caller cancelled the call")))
            }
            None if !this.place.is_between_messages() => {
                *this.place = Place::default();
                Some(Err(Status::internal("Unexpected EOF decoding stream.")))
            }
            end => end,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream() && self.place.is_between_messages()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_knows_where_messages_end_however_they_are_cut(
            sizes in prop::collection::vec(0..40usize, 0..6),
            cuts in prop::collection::vec(0..200usize, 0..8),
        ) {
            let mut bytes = Vec::new();
            let mut ends = vec![0];
            for size in sizes {
                bytes.push(0);
                bytes.extend(u32::try_from(size).unwrap().to_be_bytes());
                bytes.extend(vec![7; size]);
                ends.push(bytes.len());
            }
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut place = Place::default();
            for cut in cuts.windows(2) {
                place.pass(&Bytes::copy_from_slice(&bytes[cut[0]..cut[1]]));
                prop_assert_eq!(place.is_between_messages(), ends.contains(&cut[1]));
            }
        }
    }
}
