//! Observes calls: a span in the caller's trace, and a duration metric. Span names, attributes and the
//! metric follow OpenTelemetry's semantic conventions for RPC.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use http::{HeaderMap, Request, Response};
use http_body::Frame;
use opentelemetry::{
    KeyValue, TraceId, global, metrics::Histogram, propagation::Extractor, trace::TraceContextExt,
};
use tonic::{Code, Status, body::Body, transport::server::TcpConnectInfo};
use tracing::{Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::api::reason;

use super::methods;

/// Observes a call until its status code is known. A call dropped before that counts as cancelled.
pub(super) struct Observation {
    span: Span,
    method: &'static str,
    began: Instant,
    duration: Histogram<f64>,
    ended: bool,
}

impl Observation {
    /// Begins to observe a call, once the headers of its request have arrived.
    pub fn begin<B>(request: &Request<B>, duration: Histogram<f64>) -> Self {
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
            // Set by whoever reads the request: see `api::service`.
            caller = field::Empty,
            request_id = field::Empty,
            trace_id = field::Empty,
        );
        let headers = Headers(request.headers());
        let parent = global::get_text_map_propagator(|propagator| propagator.extract(&headers));
        let callers = parent.span().span_context().trace_id();
        // Fails only if no spans are collected.
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

    /// Span of the call.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Observes a response to its end.
    pub fn follow(mut self, response: Response<Body>) -> Response<Body> {
        match Status::from_header_map(response.headers()) {
            // Nothing follows the headers of a failure.
            Some(status) => {
                self.end(status.code());
                response
            }
            None => response.map(|inner| Body::new(ObservedBody { inner, observation: self })),
        }
    }

    fn end(&mut self, code: Code) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let name = reason::code_name(code);
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
    /// A response body whose trailers are inspected when they arrive.
    struct ObservedBody {
        #[pin]
        inner: Body,
        observation: Observation,
    }
}

impl http_body::Body for ObservedBody {
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

/// The headers that carry a trace context.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// Whether a code indicates a fault of the service rather than of the caller.
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
