//! Cross-origin access: no web page may call the service unless its origin is configured.

use std::{str::FromStr, time::Duration};

use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may cache the answer to a preflight request.
const REMEMBERED: Duration = Duration::from_secs(7_200);

/// Headers that gRPC-Web and Connect clients send, and metadata that the service reads, besides the headers that
/// every page may send.
const SENT: [&str; 18] = [
    "authorization",
    "connect-accept-encoding",
    "connect-content-encoding",
    "connect-protocol-version",
    "connect-timeout-ms",
    "content-encoding",
    "content-type",
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-timeout",
    "registry-caller",
    "registry-rights",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-grpc-web",
    "x-requested-with",
    "x-user-agent",
];

/// Headers that these clients read, and metadata that the service sends, besides the headers that every page may
/// read.
const READ: [&str; 10] = [
    "connect-accept-encoding",
    "connect-content-encoding",
    "content-encoding",
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-message",
    "grpc-retry-pushback-ms",
    "grpc-status",
    "grpc-status-details-bin",
    "registry-revision",
];

/// Origin of web pages: `https://board.example`, or `*` for any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is not * or an origin such as https://board.example or http://localhost:5173"
            )
        };
        let is_origin = |url: url::Url| {
            // A host with a star would be matched literally, and so would match no origin.
            url.origin().is_tuple()
                && url.origin().ascii_serialization() == text
                && !text.contains('*')
        };
        let is_origin = text == "*" || url::Url::parse(text).is_ok_and(is_origin);
        if !is_origin {
            return Err(wrong());
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| wrong())
    }
}

/// Returns the CORS layer; `None` if no origin is configured. Without the layer, pages of other
/// origins can neither write, since browsers send a preflight for every content type that is
/// served, nor read, since browsers withhold the response from them.
pub fn layer(origins: &[Origin]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = if origins.iter().any(|origin| origin.0 == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().map(|origin| origin.0.clone()))
    };
    Some(
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(SENT.map(HeaderName::from_static))
            .expose_headers(READ.map(HeaderName::from_static))
            .max_age(REMEMBERED),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_may_send_and_read_all_metadata_that_the_contract_names() {
        let contract = include_str!("../../docs/INTEGRATING.md");
        let (_, table) = contract.split_once("| metadata (an HTTP header) |").unwrap();
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let mut seen = 0;
        for row in rows {
            let mut cells = row.split('|').skip(1);
            let (names, direction) = (cells.next().unwrap(), cells.next().unwrap().trim());
            let known = if direction == "request" { &SENT[..] } else { &READ[..] };
            for name in names.split('`').skip(1).step_by(2) {
                assert!(known.contains(&name), "{name}, {direction}");
                seen += 1;
            }
        }
        assert!(seen >= 8, "{seen}");
    }

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for text in ["*", "https://board.example", "http://localhost:5173", "http://[::1]:8080"] {
            assert!(text.parse::<Origin>().is_ok(), "{text}");
        }
        for text in [
            "",
            "null",
            "board.example",
            "https://board.example/",
            "https://board.example/page",
            "https://board.example:443",
            "HTTPS://board.example",
            "https://*.example",
            "file:///page",
            "http://localhost:80443",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
