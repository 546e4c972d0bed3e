//! Which pages of the web may call: none, unless they are named.

use std::{str::FromStr, time::Duration};

use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember what it was allowed.
const REMEMBERED: Duration = Duration::from_secs(7_200);

/// What clients of gRPC-Web and Connect send beside what every page may send.
const SENT: [&str; 17] = [
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
    "traceparent",
    "tracestate",
    "user-agent",
    "x-grpc-web",
    "x-requested-with",
    "x-user-agent",
];

/// What they read beside what every page may read.
const READ: [&str; 8] = [
    "connect-accept-encoding",
    "connect-content-encoding",
    "content-encoding",
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-message",
    "grpc-status",
    "grpc-status-details-bin",
];

/// An origin of pages of the web, `https://board.example`, or `*` for any.
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
            // A host with a star would be taken word for word, and so allow nobody.
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

/// The layer that tells browsers so; none where no origin is named. Without it no page of another origin
/// writes, for every content type that is served is one that a browser asks about first, or reads, for a
/// browser does not show it the answer.
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
