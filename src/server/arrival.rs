//! Limits how requests arrive: how many bytes of them are held at once, and how long each may take.
//!
//! The layer surrounds all protocols, because the layers inside it read whole messages: the bytes
//! of a message must count as soon as they arrive. A violation is passed to the services as a
//! failure of the request body, and so is answered in the caller's protocol. The gRPC-Web layer
//! turns every failure of a body into INTERNAL; the original status is therefore kept beside the
//! body, for [`RequestBody`].
//!
//! [`RequestBody`]: super::request_body::RequestBody

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use http::{Request, Response};
use http_body::{Frame, SizeHint};
use prost::bytes::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep},
};
use tonic::{Status, body::Body};
use tower::{Layer, Service};

use crate::api::{status, transport};

use super::{limits::Limits, methods};

/// The layer around all protocols.
#[derive(Clone)]
pub struct ArrivalLayer {
    bytes: Arc<Semaphore>,
    silence: Duration,
    whole: Duration,
}

impl ArrivalLayer {
    /// Creates the layer with the limits of the process.
    pub fn new(limits: &Limits) -> Self {
        Self {
            bytes: Arc::new(Semaphore::new(limits.request_bytes.min(Semaphore::MAX_PERMITS))),
            silence: limits.request_silence,
            whole: limits.request_arrival,
        }
    }
}

impl<S> Layer<S> for ArrivalLayer {
    type Service = ArrivalService<S>;

    fn layer(&self, inner: S) -> ArrivalService<S> {
        ArrivalService { inner, arrivals: self.clone() }
    }
}

/// The services wrapped in the layer.
#[derive(Clone)]
pub struct ArrivalService<S> {
    inner: S,
    arrivals: ArrivalLayer,
}

impl<S> Service<Request<Body>> for ArrivalService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let takes_one = methods::of(request.uri().path()).takes_one;
        let arrival = Arc::new(Arrival {
            bytes: self.arrivals.bytes.clone(),
            held: Mutex::default(),
            failure: Mutex::default(),
        });
        request.extensions_mut().insert(arrival.clone());
        let now = Instant::now();
        let request = request.map(|body| {
            Body::new(ArrivalBody {
                inner: Some(body),
                arrival: arrival.clone(),
                silence: self.arrivals.silence,
                whole_by: takes_one.then(|| now + self.arrivals.whole),
                timer: None,
                is_running: false,
            })
        });
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            if takes_one {
                arrival.keep(0);
            }
            answer
        })
    }
}

/// The bytes held for a request, and the failure of its body.
pub struct Arrival {
    bytes: Arc<Semaphore>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
    failure: Mutex<Option<Status>>,
}

impl Arrival {
    /// Returns the arrival of a request; `None` if the layer does not surround its service.
    pub fn of<B>(request: &Request<B>) -> Option<Arc<Self>> {
        request.extensions().get::<Arc<Self>>().cloned()
    }

    /// Releases all but `bytes` of the held bytes: the others were passed on or are not needed.
    pub fn keep(&self, bytes: usize) {
        let mut held = lock(&self.held);
        if let Some(permit) = held.as_mut()
            && let Some(more) = permit.num_permits().checked_sub(bytes)
        {
            drop(permit.split(more));
        }
    }

    /// Returns the status with which the body failed, if it did.
    pub fn failure(&self) -> Option<Status> {
        lock(&self.failure).clone()
    }

    /// Fails the body with `status`, unless it has failed already; returns the status that it
    /// failed with.
    pub fn fail(&self, status: Status) -> Status {
        lock(&self.failure).get_or_insert(status).clone()
    }

    /// Adds `bytes` to the bytes held. Returns false if the limit leaves no room for them.
    fn hold(&self, bytes: usize) -> bool {
        let Ok(number) = u32::try_from(bytes) else { return false };
        let Ok(more) = self.bytes.clone().try_acquire_many_owned(number) else { return false };
        match &mut *lock(&self.held) {
            Some(permit) => permit.merge(more),
            none => *none = Some(more),
        }
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request body that is being received.
struct ArrivalBody {
    /// `None` once it has failed: nothing more is read from the caller.
    inner: Option<Body>,
    arrival: Arc<Arrival>,
    silence: Duration,
    whole_by: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the timer runs; it runs only while waiting for the body.
    is_running: bool,
}

impl ArrivalBody {
    fn fail(&mut self, status: Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.inner = None;
        Poll::Ready(Some(Err(self.arrival.fail(status))))
    }

    /// Completes when the caller has been silent for too long.
    fn poll_stalled(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let silent = Instant::now() + self.silence;
        let end = self.whole_by.map_or(silent, |whole_by| whole_by.min(silent));
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        if !std::mem::replace(&mut self.is_running, true) {
            timer.as_mut().reset(end);
        }
        timer.as_mut().poll(context)
    }
}

impl http_body::Body for ArrivalBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(None);
        };
        let Poll::Ready(frame) = Pin::new(inner).poll_frame(context) else {
            ready!(self.poll_stalled(context));
            return self.fail(transport::request_stalled());
        };
        self.is_running = false;
        match frame {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                if bytes > 0 && !self.arrival.hold(bytes) {
                    return self.fail(status::overloaded("bytes"));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(status)) => self.fail(misframed(&status).unwrap_or(status)),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

/// Returns the status for a body whose HTTP/1.1 chunks are malformed; `None` for any other failure.
fn misframed(status: &Status) -> Option<Status> {
    use std::io::ErrorKind::{InvalidData, InvalidInput};
    let first = std::error::Error::source(status);
    let mut causes = std::iter::successors(first, |cause| cause.source());
    let is_misframed = causes.any(|cause| {
        let cause = cause.downcast_ref::<std::io::Error>();
        cause.is_some_and(|cause| matches!(cause.kind(), InvalidData | InvalidInput))
    });
    is_misframed.then(|| transport::undecodable("the chunks of the body are malformed"))
}
