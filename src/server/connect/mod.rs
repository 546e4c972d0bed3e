//! The Connect protocol: plain HTTP and JSON for callers that do not speak gRPC.
//!
//! A layer around the services that converts each call of any method to gRPC, and its response
//! back, with the method's descriptor: <https://connectrpc.com/docs/protocol>. Everything inside
//! the layer sees gRPC only, so every call is measured, timed and corrected once and in the same
//! way. Errors in reading a request are passed to the services as a failure of the request body,
//! and come back as their response.

mod codec;
mod compression;
mod envelope;
mod error;
mod get;
mod masks;
mod metadata;
mod schema;
mod stream;
mod unary;

#[cfg(test)]
mod tests;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use prost_reflect::{DescriptorError, MethodDescriptor};
use tonic::{Status, body::Body};
use tower::{Layer, Service};

use crate::api::transport;

use codec::{Codec, Framing};
use compression::Encoding;
use schema::Schema;

/// Maximum size of a message in bytes, as for gRPC.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The layer around all services.
#[derive(Clone)]
pub struct ConnectLayer {
    schema: Arc<Schema>,
}

impl ConnectLayer {
    /// Creates the layer for every method that is served.
    pub fn new() -> Result<Self, DescriptorError> {
        Ok(Self { schema: Arc::new(Schema::new()?) })
    }
}

impl<S> Layer<S> for ConnectLayer {
    type Service = ConnectService<S>;

    fn layer(&self, inner: S) -> ConnectService<S> {
        ConnectService { inner, schema: self.schema.clone() }
    }
}

/// The services wrapped in the layer.
#[derive(Clone)]
pub struct ConnectService<S> {
    inner: S,
    schema: Arc<Schema>,
}

/// A call of the Connect protocol.
struct Call {
    method: MethodDescriptor,
    codec: Codec,
    framing: Framing,
    /// Compression that the caller accepts for the response.
    accepts: Option<Encoding>,
    schema: Arc<Schema>,
}

impl<S> Service<Request<Body>> for ConnectService<S>
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
        if codec::is_grpc(request.headers()) {
            if request.method() != Method::POST {
                let refusal = Refusal::HttpMethod { allow: "POST" }.grpc_response();
                return Box::pin(async move { Ok(refusal) });
            }
            return Box::pin(self.inner.call(request));
        }
        // Pages are served beside the methods.
        let reads = request.method() == Method::GET || request.method() == Method::HEAD;
        if reads && self.schema.method(request.uri().path()).is_none() {
            let mut request = request;
            // The gRPC-Web layer refuses all HTTP/1.1 requests that are not gRPC-Web.
            *request.version_mut() = Version::HTTP_2;
            return Box::pin(self.inner.call(request));
        }
        let by_get = request.method() == Method::GET
            && self.schema.method(request.uri().path()).is_some_and(get::allowed);
        let request = if by_get { get::as_post(request) } else { request };
        let call = match self.open(&request) {
            Ok(call) => call,
            Err(refusal) => return self.refuse(&request, refusal),
        };
        let answer = self.inner.call(call.request(request));
        Box::pin(async move {
            let answer = answer.await?;
            let mut response = match call.framing {
                Framing::Bare => unary::response(&call, answer).await,
                Framing::Enveloped => stream::response(call, answer),
            };
            if by_get {
                // A cached response would be served after the data has changed.
                let no_store = HeaderValue::from_static("no-store");
                response.headers_mut().insert(header::CACHE_CONTROL, no_store);
            }
            Ok(response)
        })
    }
}

impl<S> ConnectService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    /// Determines the method called and the encoding.
    fn open(&self, request: &Request<Body>) -> Result<Call, Refusal> {
        let method = self.schema.method(request.uri().path()).ok_or(Refusal::UnknownMethod)?;
        if request.method() != Method::POST {
            let allow = if get::allowed(method) { "GET, POST" } else { "POST" };
            return Err(Refusal::HttpMethod { allow });
        }
        let framing = Framing::of(method);
        let content = codec::content_type(request.headers());
        let (codec, _) =
            content.filter(|(_, given)| *given == framing).ok_or(Refusal::ContentType(framing))?;
        let both = method.is_client_streaming() && method.is_server_streaming();
        if both && request.version() < Version::HTTP_2 {
            return Err(Refusal::HttpVersion);
        }
        Ok(Call {
            method: method.clone(),
            codec,
            framing,
            accepts: Encoding::accepted(request.headers(), framing),
            schema: self.schema.clone(),
        })
    }

    /// Answers a request that is not a valid call. A call of a method that does not exist is also
    /// passed to the services, so that they count it.
    fn refuse(
        &mut self,
        request: &Request<Body>,
        refusal: Refusal,
    ) -> <Self as Service<Request<Body>>>::Future {
        let response = refusal.response(&self.schema);
        let called =
            request.method() == Method::POST && codec::content_type(request.headers()).is_some();
        if !(called && matches!(refusal, Refusal::UnknownMethod)) {
            return Box::pin(async move { Ok(response) });
        }
        let mut counted = Request::new(Body::empty());
        *counted.method_mut() = Method::POST;
        *counted.uri_mut() = request.uri().clone();
        *counted.version_mut() = Version::HTTP_2;
        *counted.headers_mut() = metadata::inward(request.headers(), None);
        let counted = self.inner.call(counted);
        Box::pin(async move {
            counted.await?;
            Ok(response)
        })
    }
}

impl Call {
    /// Converts the request to gRPC.
    fn request(&self, request: Request<Body>) -> Request<Body> {
        let (mut head, body) = request.into_parts();
        let opening = self.opening(&head.headers);
        let (encoding, timeout) = match &opening {
            Ok((encoding, timeout)) => (*encoding, timeout.clone()),
            Err(_) => (None, None),
        };
        head.headers = metadata::inward(&head.headers, timeout);
        // From here on it is a gRPC request, whatever the protocol it arrived by.
        head.version = Version::HTTP_2;
        let body = match (opening, self.framing) {
            (Err(status), _) => Body::new(unary::DeferredBody::failed(status)),
            (Ok(_), Framing::Bare) => unary::request(self, encoding, body),
            (Ok(_), Framing::Enveloped) => stream::request(self, encoding, body),
        };
        Request::from_parts(head, body)
    }

    /// Reads from the headers how to decode the request and how long the caller waits.
    fn opening(
        &self,
        headers: &http::HeaderMap,
    ) -> Result<(Option<Encoding>, Option<HeaderValue>), Status> {
        metadata::check_version(headers)?;
        Ok((Encoding::of(headers, self.framing)?, metadata::timeout(headers)?))
    }
}

/// Why a request is not a valid call.
#[derive(Clone, Copy)]
enum Refusal {
    UnknownMethod,
    /// Wrong HTTP method; `allow` lists those that the method can be called by.
    HttpMethod {
        allow: &'static str,
    },
    /// Wrong content type; holds the layout that the method takes.
    ContentType(Framing),
    HttpVersion,
}

impl Refusal {
    /// Returns the gRPC status and the HTTP status of the refusal.
    fn status(self) -> (Status, StatusCode) {
        match self {
            Self::UnknownMethod => (transport::unknown_method(), StatusCode::NOT_FOUND),
            Self::HttpMethod { .. } => (
                transport::unknown_form(
                    "methods are called by POST, those that only read also by GET",
                ),
                StatusCode::METHOD_NOT_ALLOWED,
            ),
            Self::ContentType(_) => (
                transport::unknown_form(
                    "the method does not take this content type; Accept-Post has those it takes",
                ),
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ),
            Self::HttpVersion => (
                transport::unknown_form("a method that streams both ways needs HTTP/2"),
                StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            ),
        }
    }

    fn response(self, schema: &Schema) -> Response<Body> {
        let (status, http) = self.status();
        self.explained(error::response(schema, &status), http)
    }

    /// Returns the response for callers that speak gRPC.
    fn grpc_response(self) -> Response<Body> {
        let (status, http) = self.status();
        self.explained(status.into_http(), http)
    }

    /// Adds the header that lists what is accepted.
    fn explained(self, mut response: Response<Body>, http: StatusCode) -> Response<Body> {
        *response.status_mut() = http;
        let (name, value) = match self {
            Self::HttpMethod { allow } => (header::ALLOW, allow),
            Self::ContentType(framing) => {
                (header::HeaderName::from_static("accept-post"), framing.content_types())
            }
            Self::UnknownMethod | Self::HttpVersion => return response,
        };
        response.headers_mut().insert(name, HeaderValue::from_static(value));
        response
    }
}
