//! Metadata: the HTTP headers that belong to the caller and the services rather than to the
//! protocol.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use tonic::Status;

use crate::api::transport::undecodable;

/// Headers that concern the connection or the encoding of one body.
const HOP: [HeaderName; 13] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

fn is_metadata(name: &HeaderName) -> bool {
    let reserved = ["grpc-", "connect-"].iter().any(|prefix| name.as_str().starts_with(prefix));
    !reserved && !HOP.contains(name)
}

fn metadata(headers: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
    headers.iter().filter(|(name, _)| is_metadata(name))
}

/// Converts the headers of a request to gRPC.
pub(super) fn inward(headers: &HeaderMap, timeout: Option<HeaderValue>) -> HeaderMap {
    let mut inward: HeaderMap =
        metadata(headers).map(|(name, value)| (name.clone(), value.clone())).collect();
    inward.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    inward.insert(header::TE, HeaderValue::from_static("trailers"));
    if let Some(timeout) = timeout {
        inward.insert("grpc-timeout", timeout);
    }
    inward
}

/// Returns the metadata of a gRPC response.
pub(super) fn outward(headers: &HeaderMap) -> HeaderMap {
    metadata(headers).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Adds the trailers of a gRPC response as headers of a unary response.
pub(super) fn trailers_as_headers(trailers: &HeaderMap, headers: &mut HeaderMap) {
    for (name, value) in metadata(trailers) {
        if let Ok(name) = HeaderName::try_from(format!("trailer-{name}")) {
            headers.append(name, value.clone());
        }
    }
}

/// Returns the metadata as JSON, for the end of a stream.
pub(super) fn as_json(headers: &HeaderMap) -> serde_json::Map<String, serde_json::Value> {
    let mut json = serde_json::Map::new();
    for (name, value) in metadata(headers) {
        let values =
            json.entry(name.as_str()).or_insert_with(|| serde_json::Value::Array(Vec::new()));
        if let serde_json::Value::Array(values) = values {
            values.push(String::from_utf8_lossy(value.as_bytes()).into());
        }
    }
    json
}

/// Fails if the caller uses another version of the protocol.
pub(super) fn check_version(headers: &HeaderMap) -> Result<(), Status> {
    match headers.get("connect-protocol-version").map(HeaderValue::as_bytes) {
        None | Some(b"1") => Ok(()),
        Some(_) => Err(undecodable("connect-protocol-version must be 1")),
    }
}

/// Converts the caller's timeout to gRPC's header value, which has at most eight digits.
pub(super) fn timeout(headers: &HeaderMap) -> Result<Option<HeaderValue>, Status> {
    let Some(value) = headers.get("connect-timeout-ms") else {
        return Ok(None);
    };
    let milliseconds = value.to_str().ok().filter(|text| {
        (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    });
    let milliseconds: Option<u64> = milliseconds.and_then(|text| text.parse().ok());
    let timeout = milliseconds.map(|milliseconds| match milliseconds {
        0..=99_999_999 => format!("{milliseconds}m"),
        more => format!("{}S", more / 1_000),
    });
    let timeout = timeout.and_then(|timeout| HeaderValue::try_from(timeout).ok());
    let wrong = || undecodable("connect-timeout-ms must be a number of at most 10 digits");
    timeout.map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_said_as_grpc_says_it() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("connect-timeout-ms", HeaderValue::from_static(text));
            timeout(&headers)
        };
        for (text, expected) in [
            ("0", "0m"),
            ("1500", "1500m"),
            ("99999999", "99999999m"),
            ("100000000", "100000S"),
            ("9999999999", "9999999S"),
        ] {
            assert_eq!(of(text).unwrap().unwrap(), expected);
        }
        for text in ["", "-1", "+1", "1.5", "1s", "12345678901"] {
            assert!(of(text).is_err(), "{text}");
        }
        assert!(timeout(&HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn a_caller_cannot_speak_for_the_protocol() {
        let mut headers = HeaderMap::new();
        for name in
            ["grpc-timeout", "grpc-encoding", "connect-timeout-ms", "host", "registry-caller"]
        {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        let inward = inward(&headers, None);
        let mut names: Vec<&str> = inward.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "registry-caller", "te"]);
    }
}
