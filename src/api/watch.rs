//! Watches as streams of messages, each made only when there is room for it.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use prost::Message;
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{
    domain::Error,
    registry::{Watch, WatchEvent, WatchPermit},
};

use super::{
    answers::{Answer, Answers, made_by},
    status, transport,
    v1::{self, watch_changes_response::Event},
};

/// Approximate maximum size of a message: a watch whose caller does not read holds a few. Slightly below a
/// power of two, to which buffers grow.
const MAX_BYTES: usize = 31 << 10;

/// Bytes in a message besides its changes or resources.
const FRAME_BYTES: usize = 64;

/// Messages of a watch. Its permit is held until the last message was taken, or the caller has gone away.
pub struct WatchStream {
    answers: Answers<v1::WatchChangesResponse>,
    _permit: WatchPermit,
}

impl Stream for WatchStream {
    type Item = Answer<v1::WatchChangesResponse>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.answers).poll_next(context)
    }
}

/// Streams the messages of a watch until it ends or `closing` is cancelled. Ends with an error if the caller
/// takes no message for as long as `send_timeout`.
pub fn stream(watch: Watch, send_timeout: Duration, closing: &CancellationToken) -> WatchStream {
    let (permit, closing) = (watch.permit(), closing.clone());
    let answers = made_by(|answers| async move {
        tokio::select! {
            () = closing.cancelled() => Err(transport::closing()),
            // The watch is dropped, with what it holds, before its caller sees the end.
            end = send_events(watch, send_timeout, &answers) => end,
        }
    });
    WatchStream { answers, _permit: permit }
}

/// Sends the events of a watch until it ends or its caller has gone away.
async fn send_events(
    mut watch: Watch,
    send_timeout: Duration,
    answers: &mpsc::Sender<Answer<v1::WatchChangesResponse>>,
) -> Result<(), Status> {
    let mut sent_up_to = watch.at().revision;
    loop {
        let event = tokio::select! {
            () = answers.closed() => return Ok(()),
            event = watch.next() => event.map_err(status::of)?,
        };
        let Some(event) = event else { return Ok(()) };
        let mut parts = MessageParts::of(&event);
        while !parts.done {
            // Wait for room first: otherwise every watch that is not read would hold a message.
            match timeout(send_timeout, answers.reserve()).await {
                Ok(Ok(room)) => {
                    room.send(Ok(v1::WatchChangesResponse { event: Some(parts.next()) }));
                }
                Ok(Err(_)) => return Ok(()),
                Err(_) => return Err(status::of(Error::WatcherBehind { revision: sent_up_to })),
            }
        }
        sent_up_to = watch.at().revision;
    }
}

/// Splits an event into messages that are not too large.
struct MessageParts<'a> {
    event: &'a WatchEvent,
    /// Number of its changes or resources sent so far.
    sent: usize,
    done: bool,
}

impl<'a> MessageParts<'a> {
    fn of(event: &'a WatchEvent) -> Self {
        Self { event, sent: 0, done: false }
    }

    fn next(&mut self) -> Event {
        match self.event {
            WatchEvent::Checkpoint(at) => {
                self.done = true;
                let (revision, token) = (at.revision.number(), at.to_string());
                Event::Checkpoint(v1::Checkpoint { revision, token })
            }
            WatchEvent::State { revision, resources } => {
                let resources = self.part(resources, |resource| resource.into());
                Event::InitialState(v1::InitialState { revision: revision.number(), resources })
            }
            WatchEvent::Changes { revision, indexes, goes_on } => {
                let changes = self.part(indexes, |index| (&revision.changes[*index]).into());
                let continues = *goes_on || !self.done;
                // No token inside a revision: a caller who stops there must resume after the previous
                // revision.
                let token = if continues { String::new() } else { revision.position().to_string() };
                let revision = revision.revision.number();
                Event::Changes(v1::RevisionChanges { revision, changes, continues, token })
            }
        }
    }

    /// The next items that fit in a message; an item that is too large goes alone.
    fn part<T, M: Message>(&mut self, all: &[T], message: impl Fn(&T) -> M) -> Vec<M> {
        let (mut part, mut bytes) = (Vec::new(), FRAME_BYTES);
        for next in &all[self.sent..] {
            let next = message(next);
            let length = next.encoded_len();
            bytes += 1 + prost::length_delimiter_len(length) + length;
            if bytes > MAX_BYTES && !part.is_empty() {
                break;
            }
            part.push(next);
        }
        self.sent += part.len();
        self.done = self.sent >= all.len();
        part
    }
}
