//! What happens to every call: a span in the caller's trace, a measure of its time, a seat among those
//! that are worked on, its deadline, and the codes that callers expect of failures of the transport.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use http::{HeaderMap, Request, Response};
use http_body::Frame;
use opentelemetry::{
    KeyValue, TraceId, global, metrics::Histogram, propagation::Extractor, trace::TraceContextExt,
};
use tokio::sync::Semaphore;
use tonic::{Code, Status, body::Body, transport::server::TcpConnectInfo};
use tower::{Layer, Service};
use tracing::{Instrument, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{
    api::{Method, status},
    registry::seat::{self, Seat},
};

use super::{
    arrival::Arrival,
    limits::Limits,
    methods,
    request_body::{self, RequestBody},
    stream_body::StreamBody,
    turn::Turn,
};

/// The layer around all services. Names of spans, attributes and the measure are those of
/// OpenTelemetry's semantic conventions for RPC.
#[derive(Clone)]
pub struct Calls {
    duration: Histogram<f64>,
    seats: Arc<Semaphore>,
    unary_deadline: Duration,
}

impl Calls {
    /// The layer with the limits of the process, measuring by the meter provider there is now.
    pub fn new(limits: &Limits) -> Self {
        let duration = global::meter("skills-registry")
            .f64_histogram("rpc.server.call.duration")
            .with_unit("s")
            .with_description("How long calls take")
            .build();
        let seats = Arc::new(Semaphore::new(limits.calls.min(Semaphore::MAX_PERMITS)));
        Self { duration, seats, unary_deadline: limits.unary_deadline }
    }
}

impl<S> Layer<S> for Calls {
    type Service = Call<S>;

    fn layer(&self, inner: S) -> Call<S> {
        Call { inner, calls: self.clone() }
    }
}

/// The services with the layer around them.
#[derive(Clone)]
pub struct Call<S> {
    inner: S,
    calls: Calls,
}

impl<S> Service<Request<Body>> for Call<S>
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
        // A page is not a call: it has no code.
        let reads = matches!(*request.method(), http::Method::GET | http::Method::HEAD);
        if reads && method.name == methods::OTHER {
            return Box::pin(self.inner.call(request));
        }
        let observation = Observation::begin(&request, self.calls.duration.clone());
        let span = observation.span.clone();
        let seat = method.is_counted.then(|| Seat::among(self.calls.seats.clone()));
        // Told at once, before its request is read.
        if seat.is_some() && self.calls.seats.available_permits() == 0 {
            let refusal = span.in_scope(request_body::overloaded).into_http();
            return Box::pin(async move { Ok(observation.follow(refusal)) });
        }
        let ends = self.ends(method, request.headers());
        let arrival = Arrival::of(&request);
        let turn = seat.clone().map(Turn::at);
        let mut request =
            request.map(|body| Body::new(RequestBody::new(body, arrival, turn, method.takes_one)));
        request.extensions_mut().insert(Method(&method.name));
        let response = span.in_scope(|| self.inner.call(request));
        let call = async move {
            let response = opened(seat.clone(), ends, response).await?;
            Ok(observation.follow(streamed(corrected(response), method, seat, ends)))
        };
        Box::pin(call.instrument(span))
    }
}

impl<S> Call<S> {
    /// When the call is over: by its caller's deadline, or by the service's own where it has none and
    /// streams nothing.
    fn ends(&self, method: &methods::Method, headers: &HeaderMap) -> Option<tokio::time::Instant> {
        let is_unary = method.takes_one && method.answers_one;
        let own = is_unary.then_some(self.calls.unary_deadline);
        tokio::time::Instant::now().checked_add(timeout(headers).or(own)?)
    }
}

/// Waits for the beginning of the answer, until the deadline.
async fn opened<E>(
    seat: Option<Seat>,
    ends: Option<tokio::time::Instant>,
    response: impl Future<Output = Result<Response<Body>, E>>,
) -> Result<Response<Body>, E> {
    let response = async {
        match seat {
            Some(seat) => seat::scope(seat, response).await,
            None => response.await,
        }
    };
    match ends {
        None => response.await,
        Some(ends) => tokio::time::timeout_at(ends, response)
            .await
            .unwrap_or_else(|_| Ok(status::deadline_exceeded().into_http())),
    }
}

/// Ends an answer that streams at the deadline. The call gives its seat up: what is left to do is done
/// as its caller reads.
fn streamed(
    response: Response<Body>,
    method: &methods::Method,
    seat: Option<Seat>,
    ends: Option<tokio::time::Instant>,
) -> Response<Body> {
    // The work of a stream of requests goes by what comes.
    let seat = seat.filter(|_| method.takes_one);
    if let Some(seat) = &seat {
        seat.give_up();
    }
    // Nothing follows the headers of a failure.
    if method.answers_one || Status::from_header_map(response.headers()).is_some() {
        return response;
    }
    let turn = seat.filter(|_| !method.is_watch).map(Turn::at);
    response.map(|body| Body::new(StreamBody::new(body, ends, turn)))
}

/// Gives a response that is a failure of the transport the code that callers expect.
fn corrected(response: Response<Body>) -> Response<Body> {
    let status = Status::from_header_map(response.headers());
    let status = status.and_then(|status| status::corrected(status.code(), status.message()));
    status.map_or(response, Status::into_http)
}

/// A call being watched, until its code is known. One that is dropped before that was cancelled.
struct Observation {
    span: Span,
    method: &'static str,
    began: Instant,
    duration: Histogram<f64>,
    ended: bool,
}

impl Observation {
    fn begin<B>(request: &Request<B>, duration: Histogram<f64>) -> Self {
        let method = methods::of(request.uri().path()).name.as_str();
        let span = tracing::info_span!(
            "call",
            otel.name = method,
            otel.kind = "server",
            otel.status_code = field::Empty,
            rpc.system.name = "grpc",
            rpc.method = method,
            rpc.response.status_code = field::Empty,
            client.address = field::Empty,
            // Of whoever reads the request: see `api::service`.
            caller = field::Empty,
            request_id = field::Empty,
            trace_id = field::Empty,
        );
        let headers = Headers(request.headers());
        let parent = global::get_text_map_propagator(|propagator| propagator.extract(&headers));
        let callers = parent.span().span_context().trace_id();
        // Fails only where no spans are collected.
        let _ = span.set_parent(parent);
        let own = span.context().span().span_context().trace_id();
        if let Some(trace) = [own, callers].into_iter().find(|id| *id != TraceId::INVALID) {
            span.record("trace_id", field::display(trace));
        }
        let connection = request.extensions().get::<TcpConnectInfo>();
        if let Some(peer) = connection.and_then(TcpConnectInfo::remote_addr) {
            span.record("client.address", field::display(peer.ip()));
        }
        Self { span, method, began: Instant::now(), duration, ended: false }
    }

    /// Watches a response to its end.
    fn follow(mut self, response: Response<Body>) -> Response<Body> {
        match Status::from_header_map(response.headers()) {
            // Nothing follows the headers of a failure.
            Some(status) => {
                self.end(status.code());
                response
            }
            None => response.map(|inner| Body::new(Observed { inner, observation: self })),
        }
    }

    fn end(&mut self, code: Code) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let name = status::code_name(code);
        self.span.record("rpc.response.status_code", name);
        if is_fault(code) {
            self.span.record("otel.status_code", "ERROR");
        }
        let seconds = self.began.elapsed().as_secs_f64();
        let attributes = [
            KeyValue::new("rpc.system.name", "grpc"),
            KeyValue::new("rpc.method", self.method),
            KeyValue::new("rpc.response.status_code", name),
        ];
        self.duration.record(seconds, &attributes);
        self.span.in_scope(|| tracing::debug!(seconds, code = name, "call finished"));
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.end(Code::Cancelled);
    }
}

pin_project_lite::pin_project! {
    /// A body whose trailers are looked at when they come.
    struct Observed {
        #[pin]
        inner: Body,
        observation: Observation,
    }
}

impl http_body::Body for Observed {
    type Data = <Body as http_body::Body>::Data;
    type Error = <Body as http_body::Body>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        let span = this.observation.span.clone();
        let frame = ready!(span.in_scope(|| this.inner.poll_frame(context)));
        let trailers = match &frame {
            Some(Ok(frame)) => frame.trailers_ref(),
            _ => None,
        };
        if let Some(status) = trailers.and_then(Status::from_header_map) {
            this.observation.end(status.code());
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}

/// The headers in which a trace context travels.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// How long the caller will wait, from the `grpc-timeout` header.
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

/// Whether a code is the service's fault rather than the caller's.
fn is_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tonic_types::StatusExt;
    use tower::ServiceExt;

    use super::*;

    /// Answers a call that takes `takes` and has the header `grpc-timeout`.
    async fn call(takes: Duration, header: &'static str) -> Response<Body> {
        let slow = tower::service_fn(move |_: Request<Body>| async move {
            tokio::time::sleep(takes).await;
            Ok::<_, Infallible>(Response::new(Body::empty()))
        });
        let request =
            Request::post("/").header("grpc-timeout", header).body(Body::empty()).unwrap();
        Calls::new(&Limits::default()).layer(slow).oneshot(request).await.unwrap()
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
