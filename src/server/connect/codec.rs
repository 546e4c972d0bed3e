//! Encodes messages as JSON or binary, and recognises the content types of each.

use http::{HeaderMap, header};
use prost::{Message, bytes::Bytes};
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor};
use tonic::Status;

use crate::api::{
    status,
    transport::{self, undecodable},
};

use super::masks;

/// Maximum length of a JSON error text in characters: it can quote the input.
const MAX_CHARACTERS: usize = 500;

/// How messages are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// Protobuf's canonical JSON.
    Json,
    /// Protobuf's binary format.
    Proto,
}

/// How messages are laid out in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// The whole body is one message.
    Bare,
    /// Each message is in an envelope.
    Enveloped,
}

impl Framing {
    pub(super) fn of(method: &MethodDescriptor) -> Self {
        match method.is_client_streaming() || method.is_server_streaming() {
            true => Self::Enveloped,
            false => Self::Bare,
        }
    }

    /// Returns the content types of this layout.
    pub(super) fn content_types(self) -> &'static str {
        match self {
            Self::Bare => "application/json, application/proto",
            Self::Enveloped => "application/connect+json, application/connect+proto",
        }
    }
}

/// Whether the call is gRPC or gRPC-Web.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    let prefix = b"application/grpc";
    let value = headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    value
        .and_then(|value| value.get(..prefix.len()))
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Parses the content type; `None` if it is not one of Connect.
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
    /// Returns the content type of a response.
    pub(super) fn content_type(self, framing: Framing) -> &'static str {
        match (self, framing) {
            (Self::Json, Framing::Bare) => "application/json",
            (Self::Proto, Framing::Bare) => "application/proto",
            (Self::Json, Framing::Enveloped) => "application/connect+json",
            (Self::Proto, Framing::Enveloped) => "application/connect+proto",
        }
    }

    /// Converts a message of a request to binary.
    pub(super) fn decode(self, kind: MessageDescriptor, message: Bytes) -> Result<Bytes, Status> {
        if self == Self::Proto {
            return Ok(message);
        }
        let mut json = serde_json::Deserializer::from_slice(&message);
        let read = DynamicMessage::deserialize(kind.clone(), &mut json);
        let read = read.and_then(|read| json.end().map(|()| read));
        let read = read.or_else(|error| with_other_masks(kind, &message).ok_or(error));
        read.map(|read| read.encode_to_vec().into()).map_err(|error| {
            let error: String = error.to_string().chars().take(MAX_CHARACTERS).collect();
            undecodable(&format!("the message cannot be read as JSON: {error}"))
        })
    }

    /// Converts a binary message of a response to this encoding.
    pub(super) fn encode(self, kind: MessageDescriptor, message: Bytes) -> Result<Bytes, Status> {
        if self == Self::Proto {
            return Ok(message);
        }
        let written =
            DynamicMessage::decode(kind, message).map_err(|error| status::chain(&error)).and_then(
                |message| serde_json::to_vec(&message).map_err(|error| status::chain(&error)),
            );
        written.map(Bytes::from).map_err(|error| {
            tracing::error!(error, "response encoding failed");
            transport::internal()
        })
    }
}

/// Reads a message that is not protobuf's JSON only in that its field masks are in snake case.
fn with_other_masks(kind: MessageDescriptor, message: &[u8]) -> Option<DynamicMessage> {
    if !masks::has_masks(&kind) {
        return None;
    }
    let mut json: serde_json::Value = serde_json::from_slice(message).ok()?;
    masks::in_camel_case(&kind, &mut json);
    DynamicMessage::deserialize(kind, json).ok()
}
