//! What a request of HTTP/1.1 must have: exactly one host.
//!
//! A proxy and the service must never differ over what a request is. The library sees to the rest: where
//! a request has both a length and chunks, it goes by the chunks and closes the connection after its
//! answer.

use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use http_body_util::Full;
use prost::bytes::Bytes;
use tonic::body::Body;

/// Refuses a request that a proxy could take for another one. None where it is well formed.
pub fn refusal<B>(request: &Request<B>) -> Option<Response<Body>> {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    let well_formed = match request.version() {
        Version::HTTP_09 | Version::HTTP_10 => hosts <= 1,
        Version::HTTP_11 => hosts == 1,
        _ => true,
    };
    if well_formed {
        return None;
    }
    let why = Bytes::from_static(b"A request of HTTP/1.1 has exactly one Host header.\n");
    let mut refusal = Response::new(Body::new(Full::new(why)));
    *refusal.status_mut() = StatusCode::BAD_REQUEST;
    refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    refusal.headers_mut().insert(header::CONTENT_TYPE, text);
    Some(refusal)
}
