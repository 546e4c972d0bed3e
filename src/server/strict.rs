//! Checks that every HTTP/1.1 request is unambiguous, so that no proxy in front of the service
//! reads it differently.

use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use http_body_util::Full;
use prost::bytes::Bytes;
use tonic::body::Body;

/// Returns the refusal of a malformed request, which also closes its connection; `None` if it is
/// well formed.
pub fn refusal<B>(request: &Request<B>, wrong: Option<&'static str>) -> Option<Response<Body>> {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    let has_its_host = match request.version() {
        Version::HTTP_09 | Version::HTTP_10 => hosts <= 1,
        Version::HTTP_11 => hosts == 1,
        _ => true,
    };
    let host = "A request of HTTP/1.1 has exactly one Host.\n";
    let why = wrong.or((!has_its_host).then_some(host))?;
    let mut refusal = Response::new(Body::new(Full::new(Bytes::from_static(why.as_bytes()))));
    *refusal.status_mut() = StatusCode::BAD_REQUEST;
    refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    refusal.headers_mut().insert(header::CONTENT_TYPE, text);
    Some(refusal)
}
