//! Response streams: messages that a task makes as the caller reads them, and the error that ends them.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;
use tracing::Instrument;

use crate::registry::worker_permit;

/// One message of a response stream, or the error that ends it.
pub type Answer<T> = Result<T, Status>;

/// Messages of a streaming call. If the work fails, its status comes last, even after a long time without
/// reads: a stream that ends without one is complete.
pub struct Answers<T> {
    made: ReceiverStream<Answer<T>>,
    failure: Arc<OnceLock<Status>>,
    ended: bool,
}

/// Runs `work` in a task of its own, and streams the messages that it sends.
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
            // Set only here, so this cannot fail.
            let _ = told.set(status);
        }
        // The stream must end only after the status is set.
        drop(open);
    };
    tokio::spawn(worker_permit::carry(work).in_current_span());
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
