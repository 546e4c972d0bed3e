//! Tests the layer around stub services: what they receive, and what becomes of their responses.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full, StreamBody};
use prost::bytes::Bytes;
use serde_json::{Value, json};
use tonic::{Code, Status, body::Body};
use tower::{Layer, ServiceExt};

use super::{
    ConnectLayer,
    envelope::{Envelope, Envelopes},
};

const GET: &str = "/digitalskills.v1.RoleService/GetRole";
const STREAM: &str = "/digitalskills.v1.GapService/StreamGaps";

/// What the stub services received.
#[derive(Default)]
struct ReceivedCall {
    paths: Vec<String>,
    headers: HeaderMap,
    version: Option<Version>,
    body: Option<Result<Bytes, Status>>,
}

/// Calls stub services that answer with `answer`.
async fn call(
    request: Request<Body>,
    answer: impl Fn() -> Response<Body> + Clone + Send + 'static,
) -> (ReceivedCall, http::response::Parts, Bytes) {
    let given = Arc::new(Mutex::new(ReceivedCall::default()));
    let seen = given.clone();
    let services = tower::service_fn(move |request: Request<Body>| {
        let (seen, answer) = (seen.clone(), answer.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes);
            let mut seen = seen.lock().unwrap();
            seen.paths.push(head.uri.path().to_owned());
            (seen.headers, seen.version, seen.body) =
                (head.headers, Some(head.version), Some(body));
            Ok::<_, Infallible>(answer())
        }
    });
    let layer = ConnectLayer::new().unwrap();
    let (head, body) = layer.layer(services).oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let given = std::mem::take(&mut *given.lock().unwrap());
    (given, head, body)
}

fn request(path: &str, content_type: &str, body: impl Into<Bytes>) -> Request<Body> {
    Request::post(path)
        .header("content-type", content_type)
        .header("registry-caller", "me")
        .body(Body::new(Full::new(body.into())))
        .unwrap()
}

/// A gRPC response: messages, then trailers.
fn answer(messages: &'static [&'static [u8]], trailers: Option<HeaderMap>) -> Response<Body> {
    let data = messages.iter().map(|message| Envelope::seal(0, message).unwrap());
    let frames = data.map(http_body::Frame::data);
    let frames = frames.chain(trailers.map(http_body::Frame::trailers)).map(Ok::<_, Infallible>);
    let mut response =
        Response::new(Body::new(StreamBody::new(tokio_stream::iter(frames.collect::<Vec<_>>()))));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response.headers_mut().insert("x-begin", HeaderValue::from_static("1"));
    response
}

fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers).unwrap();
    trailers.append("x-end", HeaderValue::from_static("2"));
    trailers.append("x-end", HeaderValue::from_static("3"));
    trailers
}

/// The envelopes of a stream; the last is its end.
fn envelopes(body: &Bytes) -> (Vec<Bytes>, Value) {
    let mut envelopes = Envelopes::new(usize::MAX);
    envelopes.push(body);
    let mut all: Vec<_> = std::iter::from_fn(|| envelopes.next().unwrap()).collect();
    assert!(envelopes.is_empty());
    let end = all.pop().unwrap();
    assert_eq!(end.flags, 2);
    assert!(all.iter().all(|envelope| envelope.flags == 0));
    let messages = all.into_iter().map(|envelope| envelope.message).collect();
    (messages, serde_json::from_slice(&end.message).unwrap())
}

#[tokio::test]
async fn a_call_is_one_of_grpc_within_and_metadata_passes_both_ways() {
    let mut asked = request(GET, "application/json", r#"{"name": "r"}"#);
    asked.headers_mut().insert("connect-timeout-ms", HeaderValue::from_static("250"));
    asked.headers_mut().insert("x-more", HeaderValue::from_static("more"));
    let ok = || answer(&[b"\x0a\x01r"], Some(trailers(&Status::new(Code::Ok, ""))));
    let (given, head, body) = call(asked, ok).await;
    assert_eq!(given.paths, [GET]);
    assert_eq!(given.version, Some(Version::HTTP_2));
    for (name, value) in [
        ("content-type", "application/grpc"),
        ("grpc-timeout", "250m"),
        ("registry-caller", "me"),
        ("x-more", "more"),
    ] {
        assert_eq!(given.headers[name], value);
    }
    assert!(given.headers.get("connect-timeout-ms").is_none());
    assert_eq!(given.body.unwrap().unwrap(), &b"\0\0\0\0\x03\x0a\x01r"[..]);

    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(head.headers["content-type"], "application/json");
    assert_eq!(head.headers["x-begin"], "1");
    assert_eq!(head.headers.get_all("trailer-x-end").iter().collect::<Vec<_>>(), ["2", "3"]);
    assert!(!head.headers.keys().any(|name| name.as_str().contains("grpc")));
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), json!({"name": "r"}));
}

#[tokio::test]
async fn what_cannot_be_read_reaches_the_services_as_a_body_that_fails() {
    let ended = || Status::new(Code::InvalidArgument, "as told").into_http();
    for (name, value, code) in [
        ("connect-protocol-version", "2", Code::InvalidArgument),
        ("connect-timeout-ms", "soon", Code::InvalidArgument),
        ("content-encoding", "br", Code::Unimplemented),
        ("x-body", "not JSON", Code::InvalidArgument),
    ] {
        let mut asked = request(GET, "application/json", "nonsense");
        asked.headers_mut().insert(name, HeaderValue::from_static(value));
        let (given, head, _) = call(asked, ended).await;
        assert_eq!(given.paths, [GET]);
        assert_eq!(given.body.unwrap().unwrap_err().code(), code, "{name}");
        assert_eq!(head.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_call_of_no_method_is_counted_once_and_others_are_not_calls() {
    let ok = || answer(&[], None);
    let (given, head, _) = call(request("/none/None", "application/json", "{}"), ok).await;
    assert_eq!((given.paths, head.status.as_u16()), (vec!["/none/None".to_owned()], 404));
    let (given, head, _) = call(request("/none/None", "text/plain", "{}"), ok).await;
    assert_eq!((given.paths.len(), head.status.as_u16()), (0, 404));
    let (given, head, _) = call(request(GET, "text/plain", "{}"), ok).await;
    assert_eq!((given.paths.len(), head.status.as_u16()), (0, 415));
}

#[tokio::test]
async fn a_stream_ends_with_the_trailers_whatever_they_say() {
    let asked = || request(STREAM, "application/connect+proto", &b"\0\0\0\0\0"[..]);
    let ok = || answer(&[b"", b"\x12\0"], Some(trailers(&Status::new(Code::Ok, ""))));
    let (given, head, body) = call(asked(), ok).await;
    assert_eq!(given.body.unwrap().unwrap(), &b"\0\0\0\0\0"[..]);
    assert_eq!(head.headers["x-begin"], "1");
    let (messages, end) = envelopes(&body);
    assert_eq!(messages, [&b""[..], b"\x12\0"]);
    assert_eq!(end, json!({"metadata": {"x-end": ["2", "3"]}}));

    let late = || answer(&[b""], Some(trailers(&Status::new(Code::Aborted, "no"))));
    let (messages, end) = envelopes(&call(asked(), late).await.2);
    assert_eq!(messages.len(), 1);
    assert_eq!(end["error"], json!({"code": "aborted", "message": "no"}));

    // A failure in the headers alone.
    let early = || Status::new(Code::NotFound, "none").into_http();
    let (_, head, body) = call(asked(), early).await;
    assert_eq!(head.status, StatusCode::OK);
    let (messages, end) = envelopes(&body);
    assert_eq!(messages.len(), 0);
    assert_eq!(end, json!({"error": {"code": "not_found", "message": "none"}}));
}

#[tokio::test]
async fn an_answer_that_breaks_off_never_looks_like_one_that_ended_well() {
    let cut = || answer(&[b"\x0a\x01r"], None);
    let (_, head, body) = call(request(GET, "application/json", "{}"), cut).await;
    assert_eq!(head.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["code"], "internal");

    let asked = || request(STREAM, "application/connect+json", &b"\0\0\0\0\x02{}"[..]);
    let (_, end) = envelopes(&call(asked(), || answer(&[b""], None)).await.2);
    assert_eq!(end["error"]["code"], "unknown");
    // Bytes that are not a message of the type are not passed on, nor is the library's error text.
    let wrong = || answer(&[b"\xff"], Some(trailers(&Status::new(Code::Ok, ""))));
    let (messages, end) = envelopes(&call(asked(), wrong).await.2);
    assert!(messages.is_empty());
    assert_eq!(end["error"]["message"], "the registry failed; its log says why");
}
