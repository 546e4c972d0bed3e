//! Unary calls: the body is one message, and an error has its own HTTP status.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, HeaderValue, Response, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use prost::bytes::{Bytes, BytesMut};
use tonic::{Code, Status, body::Body};

use crate::api::transport::too_large;

use super::{
    Call, MAX_BYTES,
    codec::Framing,
    compression::{Encoding, OFFERED},
    envelope::{Envelope, Envelopes},
    error, metadata,
};

/// Bytes up to which an oversized body is still read: a caller receives the error only after it has
/// sent everything.
const MAX_DRAINED: usize = 4 * MAX_BYTES;

type BodyFuture = dyn Future<Output = Result<Bytes, Status>> + Send;

/// A body of a single piece that is made when it is requested.
pub(super) struct DeferredBody {
    piece: Option<Pin<Box<BodyFuture>>>,
}

impl DeferredBody {
    fn new(piece: impl Future<Output = Result<Bytes, Status>> + Send + 'static) -> Self {
        Self { piece: Some(Box::pin(piece)) }
    }

    /// A body that fails with `status`.
    pub(super) fn failed(status: Status) -> Self {
        Self::new(std::future::ready(Err(status)))
    }
}

impl http_body::Body for DeferredBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(piece) = &mut self.piece else {
            return Poll::Ready(None);
        };
        let piece = ready!(piece.as_mut().poll(context));
        self.piece = None;
        Poll::Ready(Some(piece.map(Frame::data)))
    }
}

/// Converts the body of a request to gRPC.
pub(super) fn request(call: &Call, encoding: Option<Encoding>, body: Body) -> Body {
    let (codec, kind) = (call.codec, call.method.input());
    Body::new(DeferredBody::new(async move {
        let mut message = whole(body).await?;
        if let Some(encoding) = encoding {
            message = encoding.decompress(&message)?;
        }
        let message = codec.decode(kind, message)?;
        Envelope::seal(0, &message).ok_or_else(too_large)
    }))
}

/// Reads a body to its end.
async fn whole(mut body: Body) -> Result<Bytes, Status> {
    let mut whole = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        length += data.len();
        if length <= MAX_BYTES {
            whole.extend_from_slice(&data);
        } else if length > MAX_DRAINED {
            break;
        }
    }
    if length > MAX_BYTES { Err(too_large()) } else { Ok(whole.freeze()) }
}

/// Converts the response to Connect.
pub(super) async fn response(call: &Call, answer: Response<Body>) -> Response<Body> {
    let (head, body) = answer.into_parts();
    let outcome = match Status::from_header_map(&head.headers) {
        Some(status) => Err((status, HeaderMap::new())),
        None => message(call, body).await,
    };
    let (mut response, trailers) = match outcome {
        Ok((message, trailers)) => (success(call, message), trailers),
        Err((status, trailers)) => (error::response(&call.schema, &status), trailers),
    };
    let offered = HeaderValue::from_static(OFFERED);
    response.headers_mut().insert(header::ACCEPT_ENCODING, offered);
    for (name, value) in &metadata::outward(&head.headers) {
        response.headers_mut().append(name, value.clone());
    }
    metadata::trailers_as_headers(&trailers, response.headers_mut());
    response
}

/// Returns the message of a response and its trailers.
async fn message(call: &Call, body: Body) -> Result<(Bytes, HeaderMap), (Status, HeaderMap)> {
    let none = || Status::internal("the call was answered without a message");
    let collected = body.collect().await.map_err(|status| (status, HeaderMap::new()))?;
    let trailers = collected.trailers().cloned().unwrap_or_default();
    let found = match Status::from_header_map(&trailers) {
        Some(status) if status.code() == Code::Ok => {
            let mut envelopes = Envelopes::new(usize::MAX);
            envelopes.push(&collected.to_bytes());
            let envelope = envelopes.next().and_then(|found| found.ok_or_else(none));
            envelope.and_then(|found| call.codec.encode(call.method.output(), found.message))
        }
        Some(status) => Err(status),
        None => Err(none()),
    };
    match found {
        Ok(message) => Ok((message, trailers)),
        Err(status) => Err((status, trailers)),
    }
}

fn success(call: &Call, message: Bytes) -> Response<Body> {
    let compressed =
        call.accepts.and_then(|encoding| Some((encoding, encoding.compress(&message)?)));
    let encoding = compressed.as_ref().map(|(encoding, _)| *encoding);
    let body = compressed.map_or(message, |(_, compressed)| compressed);
    let mut response = Response::new(Body::new(Full::new(body)));
    let headers = response.headers_mut();
    let content_type = call.codec.content_type(Framing::Bare);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
    }
    response
}
