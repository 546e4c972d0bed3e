//! Messages as JSON or binary, and the content types that say which.

use http::{HeaderMap, header};
use prost::{Message, bytes::Bytes};
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor};
use tonic::Status;

use crate::api::status::{self, undecodable};

/// The most characters of what is wrong with some JSON: it can quote what it was given.
const MOST_CHARACTERS: usize = 500;

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// Protobuf's canonical JSON.
    Json,
    /// Protobuf's binary format.
    Proto,
}

/// How messages lie in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// One is the whole body.
    Bare,
    /// Each in an envelope.
    Enveloped,
}

impl Framing {
    pub(super) fn of(method: &MethodDescriptor) -> Self {
        match method.is_client_streaming() || method.is_server_streaming() {
            true => Self::Enveloped,
            false => Self::Bare,
        }
    }

    /// The content types it has.
    pub(super) fn content_types(self) -> &'static str {
        match self {
            Self::Bare => "application/json, application/proto",
            Self::Enveloped => "application/connect+json, application/connect+proto",
        }
    }
}

/// Whether it is a call of gRPC or gRPC-Web.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    let prefix = b"application/grpc";
    let value = headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    value
        .and_then(|value| value.get(..prefix.len()))
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// What the content type says, where it is one of Connect.
pub(super) fn content_type(headers: &HeaderMap) -> Option<(Codec, Framing)> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let found = match parts.next()? {
        "application/json" => (Codec::Json, Framing::Bare),
        "application/proto" => (Codec::Proto, Framing::Bare),
        "application/connect+json" => (Codec::Json, Framing::Enveloped),
        "application/connect+proto" => (Codec::Proto, Framing::Enveloped),
        _ => return None,
    };
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    charset.is_none_or(|charset| charset.trim_matches('"') == "utf-8").then_some(found)
}

impl Codec {
    /// The content type of an answer.
    pub(super) fn content_type(self, framing: Framing) -> &'static str {
        match (self, framing) {
            (Self::Json, Framing::Bare) => "application/json",
            (Self::Proto, Framing::Bare) => "application/proto",
            (Self::Json, Framing::Enveloped) => "application/connect+json",
            (Self::Proto, Framing::Enveloped) => "application/connect+proto",
        }
    }

    /// A message of a request, made binary.
    pub(super) fn decode(self, kind: MessageDescriptor, message: Bytes) -> Result<Bytes, Status> {
        if self == Self::Proto {
            return Ok(message);
        }
        let mut json = serde_json::Deserializer::from_slice(&message);
        let read = DynamicMessage::deserialize(kind, &mut json);
        let read = read.and_then(|read| json.end().map(|()| read));
        read.map(|read| read.encode_to_vec().into()).map_err(|error| {
            let error: String = error.to_string().chars().take(MOST_CHARACTERS).collect();
            undecodable(&format!("the message cannot be read as JSON: {error}"))
        })
    }

    /// A message of an answer, made of the binary one.
    pub(super) fn encode(self, kind: MessageDescriptor, message: Bytes) -> Result<Bytes, Status> {
        if self == Self::Proto {
            return Ok(message);
        }
        let written =
            DynamicMessage::decode(kind, message).map_err(|error| status::chain(&error)).and_then(
                |message| serde_json::to_vec(&message).map_err(|error| status::chain(&error)),
            );
        written.map(Bytes::from).map_err(|error| {
            tracing::error!(error, "answer not written as JSON");
            status::internal()
        })
    }
}
