//! The Connect protocol: plain HTTP and JSON for callers that do not speak gRPC.
//!
//! A layer around the services that turns each call into a call of gRPC and its answer back, for any
//! method by its descriptor: <https://connectrpc.com/docs/protocol>. What lies within sees gRPC only,
//! so that every call is measured, timed and corrected alike, and once. What goes wrong while a request
//! is read is told to the services by the body that they read, and comes back as their answer.

mod codec;
mod compression;
mod envelope;
mod error;
mod get;
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

use crate::api::status;

use codec::{Codec, Framing};
use compression::Encoding;
use schema::Schema;

/// The most bytes of a message, as for gRPC.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The layer around all services.
#[derive(Clone)]
pub struct Connect {
    schema: Arc<Schema>,
}

impl Connect {
    /// The layer for every method that is served.
    pub fn new() -> Result<Self, DescriptorError> {
        Ok(Self { schema: Arc::new(Schema::new()?) })
    }
}

impl<S> Layer<S> for Connect {
    type Service = Translated<S>;

    fn layer(&self, inner: S) -> Translated<S> {
        Translated { inner, schema: self.schema.clone() }
    }
}

/// The services with the layer around them.
#[derive(Clone)]
pub struct Translated<S> {
    inner: S,
    schema: Arc<Schema>,
}

/// A call of the Connect protocol.
struct Call {
    method: MethodDescriptor,
    codec: Codec,
    framing: Framing,
    /// How the answer may be compressed.
    accepts: Option<Encoding>,
    schema: Arc<Schema>,
}

impl<S> Service<Request<Body>> for Translated<S>
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
        // Pages lie beside the methods.
        let reads = request.method() == Method::GET || request.method() == Method::HEAD;
        if reads && self.schema.method(request.uri().path()).is_none() {
            let mut request = request;
            // The layer of gRPC-Web refuses whatever of HTTP/1.1 is not its own.
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
                // What is kept on the way would be told after it has changed.
                let no_store = HeaderValue::from_static("no-store");
                response.headers_mut().insert(header::CACHE_CONTROL, no_store);
            }
            Ok(response)
        })
    }
}

impl<S> Translated<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    /// Finds out what is called, and how.
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

    /// Answers what is no call of a method. A call of a method that there is not is one to the services
    /// too: they count it.
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
    /// The request as gRPC has it.
    fn request(&self, request: Request<Body>) -> Request<Body> {
        let (mut head, body) = request.into_parts();
        let opening = self.opening(&head.headers);
        let (encoding, timeout) = match &opening {
            Ok((encoding, timeout)) => (*encoding, timeout.clone()),
            Err(_) => (None, None),
        };
        head.headers = metadata::inward(&head.headers, timeout);
        // It is gRPC from here on, whatever it came by.
        head.version = Version::HTTP_2;
        let body = match (opening, self.framing) {
            (Err(status), _) => Body::new(unary::Deferred::failed(status)),
            (Ok(_), Framing::Bare) => unary::request(self, encoding, body),
            (Ok(_), Framing::Enveloped) => stream::request(self, encoding, body),
        };
        Request::from_parts(head, body)
    }

    /// What the headers say about how to read the request, and for how long the caller waits.
    fn opening(
        &self,
        headers: &http::HeaderMap,
    ) -> Result<(Option<Encoding>, Option<HeaderValue>), Status> {
        metadata::check_version(headers)?;
        Ok((Encoding::of(headers, self.framing)?, metadata::timeout(headers)?))
    }
}

/// Why a request is not a call.
#[derive(Clone, Copy)]
enum Refusal {
    UnknownMethod,
    /// With the methods of HTTP that the method is called by.
    HttpMethod {
        allow: &'static str,
    },
    /// With what the method takes.
    ContentType(Framing),
    HttpVersion,
}

impl Refusal {
    /// What it is called, in gRPC and in HTTP.
    fn status(self) -> (Status, StatusCode) {
        match self {
            Self::UnknownMethod => (status::unknown_method(), StatusCode::NOT_FOUND),
            Self::HttpMethod { .. } => (
                status::unknown_form(
                    "methods are called by POST, those that only read also by GET",
                ),
                StatusCode::METHOD_NOT_ALLOWED,
            ),
            Self::ContentType(_) => (
                status::unknown_form(
                    "the method does not take this content type; Accept-Post has those it takes",
                ),
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ),
            Self::HttpVersion => (
                status::unknown_form("a method that streams both ways needs HTTP/2"),
                StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            ),
        }
    }

    fn response(self, schema: &Schema) -> Response<Body> {
        let (status, http) = self.status();
        self.explained(error::response(schema, &status), http)
    }

    /// The same for callers that speak gRPC.
    fn grpc_response(self) -> Response<Body> {
        let (status, http) = self.status();
        self.explained(status.into_http(), http)
    }

    /// Says in headers what is taken.
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
