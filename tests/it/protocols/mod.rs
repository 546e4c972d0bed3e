//! The protocols of the one port, as their callers speak them: gRPC compressed, gRPC-Web, and Connect, over
//! HTTP/1.1 and HTTP/2.

mod compression;
mod pages;
mod stream;
mod unary;
mod web;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use prost::Message;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use tonic::{Code, Status};

use crate::harness::{Server, catalogue};

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http {
    One,
    Two,
}

pub const BOTH: [Http; 2] = [Http::One, Http::Two];

impl Http {
    pub fn client(self) -> Client {
        let client = Client::builder().timeout(Duration::from_secs(30));
        match self {
            Self::One => client.http1_only(),
            Self::Two => client.http2_prior_knowledge(),
        }
        .build()
        .unwrap()
    }

    /// A call of a method, to be given its content type and body.
    pub fn post(self, server: &Server, method: &str) -> RequestBuilder {
        self.client().post(format!("http://{}/{}", server.address, full(method)))
    }

    /// Calls a method with JSON.
    pub async fn json(self, server: &Server, method: &str, body: &Value) -> Response {
        let answer = self.post(server, method).json(body).send().await.unwrap();
        let version =
            if self == Self::One { reqwest::Version::HTTP_11 } else { reqwest::Version::HTTP_2 };
        assert_eq!(answer.version(), version);
        answer
    }

    /// The same, where it should be answered.
    pub async fn ok(self, server: &Server, method: &str, body: Value) -> Value {
        let answer = self.json(server, method, &body).await;
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(status, 200, "{answer}");
        answer
    }
}

/// The full name of a method of the registry, or of another service.
pub fn full(method: &str) -> String {
    if method.starts_with("grpc.") {
        method.to_owned()
    } else {
        format!("digitalskills.v1.{method}")
    }
}

/// An error as Connect tells it, checked for what must hold of every one.
pub async fn error(answer: Response) -> (u16, String, Value) {
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/json");
    // The services beside the registry's, such as health, have no catalogue.
    let ours = !answer.url().path().starts_with("/grpc.");
    let error: Value = answer.json().await.unwrap();
    for key in error.as_object().unwrap().keys() {
        assert!(["code", "message", "details"].contains(&key.as_str()), "{error}");
    }
    if ours {
        catalogue::check(&as_status(&error));
    }
    (status, error["code"].as_str().unwrap().to_owned(), error)
}

/// An error of Connect as gRPC would tell it.
pub fn as_status(error: &Value) -> Status {
    let code = (0..17).map(Code::from_i32);
    let name = error["code"].as_str().unwrap().to_uppercase().replace("CANCELED", "CANCELLED");
    let code =
        code.into_iter().find(|code| format!("{code:?}").to_uppercase() == name.replace('_', ""));
    let code = code.unwrap_or_else(|| panic!("no code: {error}"));
    let detail = |detail: &Value| prost_types::Any {
        type_url: format!("type.googleapis.com/{}", detail["type"].as_str().unwrap()),
        value: STANDARD_NO_PAD.decode(detail["value"].as_str().unwrap()).unwrap(),
    };
    let details = error["details"].as_array().into_iter().flatten().map(detail).collect();
    let message = error["message"].as_str().unwrap_or_default().to_owned();
    let status = tonic_types::Status { code: code as i32, message: message.clone(), details };
    Status::with_details(code, message, status.encode_to_vec().into())
}

/// The `debug` form of a detail.
pub fn detail<'a>(error: &'a Value, kind: &str) -> &'a Value {
    let details = error["details"].as_array().unwrap_or_else(|| panic!("no details: {error}"));
    let kind = format!("google.rpc.{kind}");
    let found = details.iter().find(|detail| detail["type"] == *kind);
    &found.unwrap_or_else(|| panic!("no {kind}: {error}"))["debug"]
}

/// A message in an envelope, or in a frame of gRPC.
pub fn seal(flags: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[flags], &length[..], message].concat()
}

/// The envelopes of a body.
pub fn open(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut all = Vec::new();
    while let [flags, a, b, c, d, rest @ ..] = bytes {
        let (message, rest) = rest.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
        all.push((*flags, message.to_vec()));
        bytes = rest;
    }
    assert!(bytes.is_empty());
    all
}

/// Bytes as `gzip` makes them.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut all).unwrap();
    all
}
