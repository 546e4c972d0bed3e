//! The API reference as pages: for people at `/docs`, as OpenAPI at `/openapi.json`. Both are
//! generated from the descriptors in this program, so they describe the API that it serves.

mod comments;
mod json;
mod openapi;
mod reference;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use prost::bytes::Bytes;
use sha2::{Digest, Sha256};
use tonic::{Status, service::Routes};

pub use openapi::openapi;

/// Anything that prevents the pages from being generated.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Adds the pages to the services.
pub fn beside(routes: Routes) -> Result<Routes, Failure> {
    Ok(routes.into_axum_router().merge(pages()?).fallback(nothing).into())
}

/// Builds the pages.
fn pages() -> Result<Router, Failure> {
    let reference = Page::new("text/html; charset=utf-8", reference::html()?)
        .with(CONTENT_SECURITY_POLICY, &policy(reference::STYLE))?;
    let openapi = Page::new("application/json", openapi()?);
    Ok(Router::new()
        .route("/", get(async || Redirect::temporary("/docs")))
        .route("/docs", get(async move |headers: HeaderMap| reference.answer(&headers)))
        .route("/openapi.json", get(async move |headers: HeaderMap| openapi.answer(&headers))))
}

/// Answers 404 for an unknown page, and UNIMPLEMENTED for an unknown method, as gRPC requires.
async fn nothing(method: Method) -> Response {
    if method == Method::GET || method == Method::HEAD {
        return (StatusCode::NOT_FOUND, "There is no such page.\n").into_response();
    }
    Status::unimplemented("").into_http::<axum::body::Body>()
}

/// Returns the content security policy. The reference consists of text and its own style: it may
/// not run scripts, load anything or be framed.
fn policy(style: &str) -> String {
    let digest = BASE64_STANDARD.encode(Sha256::digest(style));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// A text that stays the same for as long as the program runs.
#[derive(Clone)]
struct Page {
    headers: HeaderMap,
    text: Bytes,
}

impl Page {
    fn new(content: &'static str, text: String) -> Self {
        let digest = Sha256::digest(&text);
        let etag: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content));
        // Browsers cache the page but revalidate it each time: the next release has another one.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // Digits are always a valid header value.
        if let Ok(etag) = HeaderValue::try_from(format!("\"{etag}\"")) {
            headers.insert(ETAG, etag);
        }
        Self { headers, text: text.into() }
    }

    fn with(mut self, name: HeaderName, value: &str) -> Result<Self, Failure> {
        self.headers.insert(name, HeaderValue::from_str(value)?);
        Ok(self)
    }

    fn answer(&self, request: &HeaderMap) -> Response {
        let known = request.get_all(IF_NONE_MATCH).iter().filter_map(|known| known.to_str().ok());
        let etag = self.headers.get(ETAG).and_then(|etag| etag.to_str().ok());
        // A proxy that compresses the page weakens its etag.
        let mut known = known.flat_map(|known| known.split(','));
        let known = known.any(|known| Some(known.trim().trim_start_matches("W/")) == etag);
        if known {
            return (StatusCode::NOT_MODIFIED, self.headers.clone()).into_response();
        }
        (self.headers.clone(), self.text.clone()).into_response()
    }
}
