//! Calls by GET. A method that only reads can be called by a URL that contains what a POST has in
//! its headers and body: <https://connectrpc.com/docs/protocol#unary-get-request>.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::{HeaderName, HeaderValue, Method, Request, header};
use http_body_util::Full;
use percent_encoding::percent_decode_str;
use prost::bytes::Bytes;
use prost_reflect::MethodDescriptor;
use prost_types::method_options::IdempotencyLevel;
use tonic::body::Body;

use crate::api::transport::undecodable;

use super::unary::DeferredBody;

/// Base64 for URLs, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a method can be called by GET: it is unary and has no side effects.
pub(super) fn allowed(method: &MethodDescriptor) -> bool {
    let options = method.method_descriptor_proto().options.as_ref();
    let reads = options
        .is_some_and(|options| options.idempotency_level() == IdempotencyLevel::NoSideEffects);
    reads && !method.is_client_streaming() && !method.is_server_streaming()
}

/// Converts the call to a POST. Without `encoding` it has no content type and is refused for that.
/// If the message cannot be decoded, its body fails when a service reads it.
pub(super) fn as_post(request: Request<Body>) -> Request<Body> {
    let (mut head, _) = request.into_parts();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let parameter = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()?;
        let spaced = value.replace('+', " ");
        Some(percent_decode_str(&spaced).collect::<Vec<u8>>())
    };
    for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING] {
        head.headers.remove(name);
    }
    let mut set = |name: HeaderName, value: &[u8]| {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            head.headers.insert(name, value);
        }
    };
    if let Some(encoding) = parameter("encoding") {
        set(header::CONTENT_TYPE, &[b"application/", &encoding[..]].concat());
    }
    if let Some(compression) = parameter("compression") {
        set(header::CONTENT_ENCODING, &compression);
    }
    if let Some(version) = parameter("connect") {
        let version = version.strip_prefix(b"v").unwrap_or(&version);
        set(HeaderName::from_static("connect-protocol-version"), version);
    }
    let in_base64 = parameter("base64").as_deref() == Some(b"1");
    let body = match parameter("message") {
        None => Err("the parameter message must be given"),
        Some(message) if in_base64 => {
            BASE64.decode(message).map_err(|_| "the parameter message must be base64 for URLs")
        }
        Some(message) => Ok(message),
    };
    head.method = Method::POST;
    let body = match body {
        Ok(message) => Body::new(Full::new(Bytes::from(message))),
        Err(wrong) => Body::new(DeferredBody::failed(undecodable(wrong))),
    };
    Request::from_parts(head, body)
}
