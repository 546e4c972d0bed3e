//! Answers that a task makes as their caller takes them, and the failure that they end with.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;
use tracing::Instrument;

use crate::registry::seat;

/// One of the answers.
pub type Answer<T> = Result<T, Status>;

/// The answers of a call that streams. A failure comes last, however long its caller does not read: what
/// ends without one is whole.
pub struct Answers<T> {
    made: ReceiverStream<Answer<T>>,
    failure: Arc<OnceLock<Status>>,
    ended: bool,
}

/// The answers that `work` makes, in a task of its own.
pub fn made_by<T, F>(work: impl FnOnce(mpsc::Sender<Answer<T>>) -> F) -> Answers<T>
where
    T: Send + 'static,
    F: Future<Output = Result<(), Status>> + Send + 'static,
{
    let (answers, made) = mpsc::channel(1);
    let failure = Arc::<OnceLock<Status>>::default();
    let (open, told, work) = (answers.clone(), failure.clone(), work(answers));
    let work = async move {
        if let Err(status) = work.await {
            // Set once: this is the only place.
            let _ = told.set(status);
        }
        // The answers end when the failure is known.
        drop(open);
    };
    tokio::spawn(seat::carry(work).in_current_span());
    Answers { made: ReceiverStream::new(made), failure, ended: false }
}

impl<T> Stream for Answers<T> {
    type Item = Answer<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Answer<T>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let next = ready!(Pin::new(&mut self.made).poll_next(context));
        self.ended = next.is_none();
        Poll::Ready(next.or_else(|| self.failure.get().cloned().map(Err)))
    }
}
