//! Streaming calls: messages in envelopes, the last of which says how the stream ended. One message
//! is held at a time; the next is read when it is requested.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, HeaderValue, Response, header};
use http_body::Frame;
use prost::bytes::Bytes;
use prost_reflect::MessageDescriptor;
use tonic::{Code, Status, body::Body};

use crate::api::transport::{too_large, undecodable};

use super::{
    Call, MAX_BYTES,
    codec::{Codec, Framing},
    compression::{self, Encoding, OFFERED},
    envelope::{COMPRESSED, END, Envelope, Envelopes},
    error::{self, Error, StreamEnd},
    metadata,
};

/// Converts the body of a request to gRPC.
pub(super) fn request(call: &Call, encoding: Option<Encoding>, body: Body) -> Body {
    Body::new(RequestMessages {
        inner: body,
        envelopes: Envelopes::new(MAX_BYTES),
        codec: call.codec,
        kind: call.method.input(),
        encoding,
    })
}

/// Request messages converted to gRPC. The body ends properly only if the caller ended it between
/// two messages.
struct RequestMessages {
    inner: Body,
    envelopes: Envelopes,
    codec: Codec,
    kind: MessageDescriptor,
    encoding: Option<Encoding>,
}

impl RequestMessages {
    fn message(&self, envelope: Envelope) -> Result<Bytes, Status> {
        let message = match (envelope.flags, self.encoding) {
            (0, _) => envelope.message,
            (COMPRESSED, Some(encoding)) => encoding.decompress(&envelope.message)?,
            (COMPRESSED, None) => {
                return Err(undecodable(
                    "a message is compressed, and connect-content-encoding does not say how",
                ));
            }
            _ => return Err(undecodable("an envelope has flags that a request cannot have")),
        };
        let message = self.codec.decode(self.kind.clone(), message)?;
        Envelope::seal(0, &message).ok_or_else(too_large)
    }
}

impl http_body::Body for RequestMessages {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        loop {
            if let Some(envelope) = self.envelopes.next()? {
                return Poll::Ready(Some(self.message(envelope).map(Frame::data)));
            }
            match ready!(Pin::new(&mut self.inner).poll_frame(context)?) {
                Some(frame) => {
                    if let Some(data) = frame.data_ref() {
                        self.envelopes.push(data);
                    }
                }
                None if self.envelopes.is_empty() => return Poll::Ready(None),
                None => {
                    self.envelopes = Envelopes::new(MAX_BYTES);
                    return Poll::Ready(Some(Err(undecodable("the last message is cut off"))));
                }
            }
        }
    }
}

/// Converts the response to Connect. Its HTTP status is always 200; the end of the stream carries
/// the outcome.
pub(super) fn response(call: Call, answer: Response<Body>) -> Response<Body> {
    let (head, body) = answer.into_parts();
    let (codec, accepts) = (call.codec, call.accepts);
    let mut answers = AnswerMessages {
        inner: body,
        envelopes: Envelopes::new(usize::MAX),
        call,
        end: None,
        ended: false,
    };
    let failed = Status::from_header_map(&head.headers).is_some();
    let mut headers = HeaderMap::new();
    if failed {
        // Nothing follows the headers of a failure; they are the end of the stream.
        answers.end = Some(head.headers);
    } else {
        headers = metadata::outward(&head.headers);
    }
    let content_type = codec.content_type(Framing::Enveloped);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    let offered = HeaderValue::from_static(OFFERED);
    headers.insert(compression::accept_encoding(Framing::Enveloped), offered);
    if let Some(encoding) = accepts {
        let name = HeaderValue::from_static(encoding.name());
        headers.insert(compression::content_encoding(Framing::Enveloped), name);
    }
    let mut response = Response::new(Body::new(answers));
    *response.headers_mut() = headers;
    response
}

/// Response messages converted from gRPC.
struct AnswerMessages {
    inner: Body,
    envelopes: Envelopes,
    call: Call,
    /// The trailers, once they have arrived.
    end: Option<HeaderMap>,
    ended: bool,
}

impl AnswerMessages {
    fn message(&self, message: Bytes) -> Result<Bytes, Status> {
        let message = self.call.codec.encode(self.call.method.output(), message)?;
        let compressed = self.call.accepts.and_then(|encoding| encoding.compress(&message));
        let sealed = match compressed {
            Some(compressed) => Envelope::seal(COMPRESSED, &compressed),
            None => Envelope::seal(0, &message),
        };
        sealed.ok_or_else(|| Status::internal("a message is too large for its envelope"))
    }

    /// Builds the last envelope.
    fn end(&mut self, status: &Status, trailers: &HeaderMap) -> Option<Frame<Bytes>> {
        self.ended = true;
        let failed = status.code() != Code::Ok;
        let end = StreamEnd {
            error: failed.then(|| Error::new(&self.call.schema, status)),
            metadata: metadata::as_json(trailers),
        };
        Envelope::seal(END, &error::to_json(&end)).map(Frame::data)
    }

    /// Returns the next envelope if enough bytes have arrived; the last one if a message cannot be
    /// converted.
    fn next(&mut self) -> Option<Frame<Bytes>> {
        let next = self.envelopes.next().transpose()?;
        match next.and_then(|envelope| self.message(envelope.message)) {
            Ok(sealed) => Some(Frame::data(sealed)),
            Err(status) => self.end(&status, &HeaderMap::new()),
        }
    }
}

impl http_body::Body for AnswerMessages {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let untold = || Status::unknown("the stream ended without saying how");
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            if let Some(frame) = self.next() {
                return Poll::Ready(Some(Ok(frame)));
            }
            if let Some(trailers) = self.end.take() {
                let status = Status::from_header_map(&trailers).unwrap_or_else(untold);
                return Poll::Ready(self.end(&status, &trailers).map(Ok));
            }
            match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.envelopes.push(&data),
                    Err(frame) => self.end = frame.into_trailers().ok(),
                },
                Some(Err(status)) => {
                    return Poll::Ready(self.end(&status, &HeaderMap::new()).map(Ok));
                }
                None => return Poll::Ready(self.end(&untold(), &HeaderMap::new()).map(Ok)),
            }
        }
    }
}
