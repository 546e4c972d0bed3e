//! Errors in the format of Connect: JSON and an HTTP status.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use prost::{Message, bytes::Bytes};
use prost_reflect::DynamicMessage;
use serde::Serialize;
use serde_json::{Map, Value};
use tonic::{Code, Status, body::Body};

use super::schema::Schema;

/// The JSON form of an error.
#[derive(Serialize)]
pub(super) struct Error<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail>,
}

/// An error detail: a protobuf message, and the same as JSON for people.
#[derive(Serialize)]
struct Detail {
    #[serde(rename = "type")]
    kind: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    debug: Option<DynamicMessage>,
}

impl<'a> Error<'a> {
    pub(super) fn new(schema: &Schema, status: &'a Status) -> Self {
        let details = tonic_types::Status::decode(status.details()).unwrap_or_default().details;
        let detail = |any: prost_types::Any| {
            let kind = any.type_url.rsplit('/').next().unwrap_or_default().to_owned();
            let debug = schema.message(&kind).and_then(|descriptor| {
                DynamicMessage::decode(descriptor, any.value.as_slice()).ok()
            });
            Detail { kind, value: STANDARD_NO_PAD.encode(&any.value), debug }
        };
        Self {
            code: name(status.code()),
            message: status.message(),
            details: details.into_iter().map(detail).collect(),
        }
    }
}

/// Builds the response of a failed unary call.
pub(super) fn response(schema: &Schema, status: &Status) -> Response<Body> {
    let json = to_json(&Error::new(schema, status));
    let mut response = Response::new(Body::new(Full::new(json)));
    *response.status_mut() = http_status(status.code());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The JSON form of the last envelope of a stream.
#[derive(Serialize)]
pub(super) struct StreamEnd<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Error<'a>>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

/// Encodes an error, or the end of a stream, as JSON.
pub(super) fn to_json(value: &impl Serialize) -> Bytes {
    // Only values that protobuf's JSON cannot represent could fail, and no detail contains any.
    serde_json::to_vec(value).map_or(Bytes::from_static(b"{\"code\":\"unknown\"}"), Bytes::from)
}

/// Returns Connect's name of a code.
fn name(code: Code) -> &'static str {
    match code {
        Code::Cancelled => "canceled",
        // An error is never OK.
        Code::Ok | Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}

/// Returns the HTTP status that the protocol assigns to a code.
fn http_status(code: Code) -> StatusCode {
    match code {
        // 499, client closed request; it has no name in the library.
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => {
            StatusCode::BAD_REQUEST
        }
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tonic_types::{ErrorDetails, StatusExt};

    use super::*;

    #[test]
    fn every_code_has_the_name_and_the_http_code_of_the_protocol() {
        for (number, expected, http) in [
            (1, "canceled", 499),
            (2, "unknown", 500),
            (3, "invalid_argument", 400),
            (4, "deadline_exceeded", 504),
            (5, "not_found", 404),
            (6, "already_exists", 409),
            (7, "permission_denied", 403),
            (8, "resource_exhausted", 429),
            (9, "failed_precondition", 400),
            (10, "aborted", 409),
            (11, "out_of_range", 400),
            (12, "unimplemented", 501),
            (13, "internal", 500),
            (14, "unavailable", 503),
            (15, "data_loss", 500),
            (16, "unauthenticated", 401),
        ] {
            let code = Code::from_i32(number);
            assert_eq!((name(code), http_status(code).as_u16()), (expected, http));
        }
    }

    #[test]
    fn details_are_told_as_bytes_and_as_json() {
        let schema = Schema::new().unwrap();
        let mut details =
            ErrorDetails::with_retry_info(Some(std::time::Duration::from_millis(1_500)));
        details.set_bad_request(vec![tonic_types::FieldViolation::new("a.b", "must be")]);
        let status = Status::with_error_details(Code::Unavailable, "later", details);
        let json = serde_json::to_value(Error::new(&schema, &status)).unwrap();
        assert_eq!(json["code"], "unavailable");
        assert_eq!(json["message"], "later");
        let details = json["details"].as_array().unwrap();
        let debug = |kind: &str| {
            let found = details.iter().find(|detail| detail["type"] == kind).unwrap();
            let value = STANDARD_NO_PAD.decode(found["value"].as_str().unwrap()).unwrap();
            let message = DynamicMessage::decode(schema.message(kind).unwrap(), value.as_slice());
            assert_eq!(serde_json::to_value(message.unwrap()).unwrap(), found["debug"]);
            found["debug"].clone()
        };
        assert_eq!(debug("google.rpc.RetryInfo"), json!({"retryDelay": "1.500s"}));
        assert_eq!(
            debug("google.rpc.BadRequest"),
            json!({"fieldViolations": [{"field": "a.b", "description": "must be"}]})
        );
    }

    #[test]
    fn an_error_without_details_is_its_code_and_message() {
        let schema = Schema::new().unwrap();
        let status = Status::with_details(Code::NotFound, "none", Bytes::from_static(b"\xff\xff"));
        let json = serde_json::to_value(Error::new(&schema, &status)).unwrap();
        assert_eq!(json, json!({"code": "not_found", "message": "none"}));
    }
}
