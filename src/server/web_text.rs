//! Decodes gRPC-Web text: the base64 of a request, before the gRPC-Web layer sees it.
//!
//! Callers may encode and pad each piece of a body separately, which that layer does not support.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderValue, Request, Response, header};
use http_body::Frame;
use prost::bytes::{Bytes, BytesMut};
use tonic::{Status, body::Body};
use tower::{Layer, Service};

use crate::api::transport;

use super::arrival::Arrival;

/// The layer around the gRPC-Web layer.
#[derive(Clone)]
pub struct WebTextLayer;

impl<S> Layer<S> for WebTextLayer {
    type Service = WebTextService<S>;

    fn layer(&self, inner: S) -> WebTextService<S> {
        WebTextService { inner }
    }
}

/// The services wrapped in the layer.
#[derive(Clone)]
pub struct WebTextService<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for WebTextService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> S::Future {
        let content = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
        let is_text = matches!(
            content,
            Some(b"application/grpc-web-text" | b"application/grpc-web-text+proto")
        );
        if !is_text {
            return self.inner.call(request);
        }
        let binary = HeaderValue::from_static("application/grpc-web+proto");
        request.headers_mut().insert(header::CONTENT_TYPE, binary);
        request.headers_mut().remove(header::CONTENT_LENGTH);
        let arrival = Arrival::of(&request);
        let text = |inner| Body::new(WebTextBody { inner, arrival, open: BytesMut::new() });
        self.inner.call(request.map(text))
    }
}

/// A body that is decoded from base64.
struct WebTextBody {
    inner: Body,
    arrival: Option<Arc<Arrival>>,
    /// The characters received of the next group of four.
    open: BytesMut,
}

impl WebTextBody {
    fn malformed(&self) -> Status {
        let status = transport::undecodable("the body is not base64");
        match &self.arrival {
            Some(arrival) => arrival.fail(status),
            None => status,
        }
    }
}

impl http_body::Body for WebTextBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        loop {
            let Some(frame) = ready!(Pin::new(&mut self.inner).poll_frame(context)?) else {
                let is_cut_off = !std::mem::take(&mut self.open).is_empty();
                return Poll::Ready(is_cut_off.then(|| Err(self.malformed())));
            };
            let data = match frame.into_data() {
                Ok(data) => data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            };
            self.open.extend_from_slice(&data);
            let whole = self.open.len() / 4 * 4;
            let text = self.open.split_to(whole);
            let Some(decoded) = decode(&text) else {
                return Poll::Ready(Some(Err(self.malformed())));
            };
            if !decoded.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(decoded.into()))));
            }
        }
    }
}

/// Decodes groups of four characters; padding ends a piece. `None` if the text is not base64.
fn decode(mut text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    while !text.is_empty() {
        let padding = text.iter().position(|byte| *byte == b'=');
        let end = padding.map_or(text.len(), |padding| (padding / 4 + 1) * 4);
        let (piece, rest) = text.split_at_checked(end)?;
        BASE64_STANDARD.decode_vec(piece, &mut decoded).ok()?;
        text = rest;
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_are_decoded_each_with_padding_of_its_own(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..6),
        ) {
            let text: String = pieces.iter().map(|piece| BASE64_STANDARD.encode(piece)).collect();
            prop_assert_eq!(decode(text.as_bytes()), Some(pieces.concat()));
        }
    }

    #[test]
    fn what_is_not_base64_is_not_decoded() {
        for text in ["!!!!", "AA=A", "A===", "AAAA====", "AAA\n"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
