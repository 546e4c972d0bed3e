//! Handles every call: a span in the caller's trace, a duration metric, a permit among the calls that
//! are worked on, its deadline, and the codes that callers expect for transport failures.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, Request, Response};
use opentelemetry::{global, metrics::Histogram};
use tokio::sync::Semaphore;
use tonic::{Status, body::Body};
use tower::{Layer, Service};
use tracing::Instrument;

use crate::{
    api::{Method, transport},
    registry::worker_permit::{self, WorkerPermit},
};

use super::{
    arrival::Arrival,
    limits::Limits,
    methods,
    observation::Observation,
    request_body::{self, RequestBody},
    reusable_permit::ReusablePermit,
    stream_body::StreamBody,
};

/// The layer around all services. Span names, attributes and the metric follow OpenTelemetry's
/// semantic conventions for RPC.
#[derive(Clone)]
pub struct CallLayer {
    duration: Histogram<f64>,
    permits: Arc<Semaphore>,
    unary_deadline: Duration,
}

impl CallLayer {
    /// Creates the layer with the limits of the process and the current global meter provider.
    pub fn new(limits: &Limits) -> Self {
        let duration = global::meter("skills-registry")
            .f64_histogram("rpc.server.call.duration")
            .with_unit("s")
            .with_description("How long calls take")
            .build();
        let permits = Arc::new(Semaphore::new(limits.calls.min(Semaphore::MAX_PERMITS)));
        Self { duration, permits, unary_deadline: limits.unary_deadline }
    }
}

impl<S> Layer<S> for CallLayer {
    type Service = CallService<S>;

    fn layer(&self, inner: S) -> CallService<S> {
        CallService { inner, calls: self.clone() }
    }
}

/// The services wrapped in the layer.
#[derive(Clone)]
pub struct CallService<S> {
    inner: S,
    calls: CallLayer,
}

impl<S> Service<Request<Body>> for CallService<S>
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

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = methods::of(request.uri().path());
        // A page is not a call: it has no status code.
        let reads = matches!(*request.method(), http::Method::GET | http::Method::HEAD);
        if reads && method.name == methods::OTHER {
            return Box::pin(self.inner.call(request));
        }
        let observation = Observation::begin(&request, self.calls.duration.clone());
        let span = observation.span().clone();
        let worker_permit =
            method.is_counted.then(|| WorkerPermit::among(self.calls.permits.clone()));
        // Refused at once, before the request is read.
        if worker_permit.is_some() && self.calls.permits.available_permits() == 0 {
            let refusal = span.in_scope(request_body::overloaded).into_http();
            return Box::pin(async move { Ok(observation.follow(refusal)) });
        }
        let ends = self.ends(method, request.headers());
        let arrival = Arrival::of(&request);
        let turn = worker_permit.clone().map(ReusablePermit::at);
        let mut request =
            request.map(|body| Body::new(RequestBody::new(body, arrival, turn, method.takes_one)));
        request.extensions_mut().insert(Method(&method.name));
        let response = span.in_scope(|| self.inner.call(request));
        let call = async move {
            let response = opened(worker_permit.clone(), ends, response).await?;
            Ok(observation.follow(streamed(corrected(response), method, worker_permit, ends)))
        };
        Box::pin(call.instrument(span))
    }
}

impl<S> CallService<S> {
    /// Returns when the call must end: at its caller's deadline, or at the service's own if the
    /// caller set none and the call does not stream.
    fn ends(&self, method: &methods::Method, headers: &HeaderMap) -> Option<tokio::time::Instant> {
        let is_unary = method.takes_one && method.answers_one;
        let own = is_unary.then_some(self.calls.unary_deadline);
        tokio::time::Instant::now().checked_add(timeout(headers).or(own)?)
    }
}

/// Waits for the start of the response, until the deadline.
async fn opened<E>(
    worker_permit: Option<WorkerPermit>,
    ends: Option<tokio::time::Instant>,
    response: impl Future<Output = Result<Response<Body>, E>>,
) -> Result<Response<Body>, E> {
    let response = async {
        match worker_permit {
            Some(worker_permit) => worker_permit::scope(worker_permit, response).await,
            None => response.await,
        }
    };
    match ends {
        None => response.await,
        Some(ends) => tokio::time::timeout_at(ends, response)
            .await
            .unwrap_or_else(|_| Ok(transport::deadline_exceeded().into_http())),
    }
}

/// Ends a streamed response at the deadline. The call gives up its permit: the rest of the work is
/// done as its caller reads.
fn streamed(
    response: Response<Body>,
    method: &methods::Method,
    worker_permit: Option<WorkerPermit>,
    ends: Option<tokio::time::Instant>,
) -> Response<Body> {
    // A stream of requests takes the permit as its messages arrive.
    let worker_permit = worker_permit.filter(|_| method.takes_one);
    if let Some(worker_permit) = &worker_permit {
        worker_permit.give_up();
    }
    // Nothing follows the headers of a failure.
    if method.answers_one || Status::from_header_map(response.headers()).is_some() {
        return response;
    }
    let turn = worker_permit.filter(|_| !method.is_watch).map(ReusablePermit::at);
    response.map(|body| Body::new(StreamBody::new(body, ends, turn)))
}

/// Replaces the code of a transport failure by the code that callers expect.
fn corrected(response: Response<Body>) -> Response<Body> {
    let status = Status::from_header_map(response.headers());
    let status = status.and_then(|status| transport::corrected(status.code(), status.message()));
    status.map_or(response, Status::into_http)
}

/// Parses the `grpc-timeout` header: how long the caller will wait.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let amount: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3_600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tonic::Code;
    use tonic_types::StatusExt;
    use tower::ServiceExt;

    use super::*;

    /// Calls a service that takes `takes` to answer, with the header `grpc-timeout`.
    async fn call(takes: Duration, header: &'static str) -> Response<Body> {
        let slow = tower::service_fn(move |_: Request<Body>| async move {
            tokio::time::sleep(takes).await;
            Ok::<_, Infallible>(Response::new(Body::empty()))
        });
        let request =
            Request::post("/").header("grpc-timeout", header).body(Body::empty()).unwrap();
        CallLayer::new(&Limits::default()).layer(slow).oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_call_that_runs_out_of_time_is_answered_deadline_exceeded() {
        for header in ["20m", "20000u", "20000000n", "0S", "1n"] {
            let late = call(Duration::from_secs(2), header).await;
            let status = Status::from_header_map(late.headers()).unwrap();
            assert_eq!(status.code(), Code::DeadlineExceeded, "{header}");
            let details = status.get_error_details();
            assert_eq!(details.error_info().unwrap().reason, "DEADLINE_EXCEEDED");
        }
        for header in ["3S", "1M", "1H", "nonsense", "S", "123456789S"] {
            let answer = call(Duration::from_millis(20), header).await;
            assert!(Status::from_header_map(answer.headers()).is_none(), "{header}");
        }
    }
}
