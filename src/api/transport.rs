//! Statuses of the transport: for failures of a request, a response or the service itself, not of the registry.

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::{
    reason::{DOMAIN, name},
    status::{FAILED, RETRY, with_details},
    v1::ErrorReason,
};

/// A status of the service itself, not of the registry.
fn plain(code: Code, reason: ErrorReason, message: &str) -> Status {
    let details = ErrorDetails::with_error_info(name(reason), DOMAIN, HashMap::new());
    Status::with_error_details(code, message, details)
}

/// The service is shutting down.
pub fn closing() -> Status {
    let mut details =
        ErrorDetails::with_error_info(name(ErrorReason::ShuttingDown), DOMAIN, HashMap::new());
    details.set_retry_info(Some(RETRY));
    let message = "the service is shutting down";
    with_details(Code::Unavailable, name(ErrorReason::ShuttingDown), message, details)
}

/// The compression of the request is not supported.
pub fn unknown_compression() -> Status {
    let message = "requests can be compressed with gzip or zstd only";
    plain(Code::Unimplemented, ErrorReason::CompressionUnknown, message)
}

/// The method does not exist.
pub fn unknown_method() -> Status {
    plain(Code::Unimplemented, ErrorReason::MethodUnknown, "the method does not exist")
}

/// The method does not accept calls of this form.
pub fn unknown_form(message: &str) -> Status {
    plain(Code::Unimplemented, ErrorReason::FormUnknown, message)
}

/// The message cannot be decoded.
pub fn undecodable(message: &str) -> Status {
    plain(Code::InvalidArgument, ErrorReason::MessageUndecodable, message)
}

/// The message is too large.
pub fn too_large() -> Status {
    plain(Code::ResourceExhausted, ErrorReason::MessageTooLarge, "the message is larger than 4 MiB")
}

/// The response would be larger than what clients accept.
pub fn response_too_large() -> Status {
    let message = "the response would be larger than 4 MiB: ask for fewer resources at once";
    plain(Code::ResourceExhausted, ErrorReason::MessageTooLarge, message)
}

/// The service itself failed; its log says why.
pub fn internal() -> Status {
    plain(Code::Internal, ErrorReason::Internal, FAILED)
}

/// The caller of an export or an import has stopped reading.
pub fn stalled() -> Status {
    let message = "the caller has stopped reading";
    plain(Code::Aborted, ErrorReason::CallerStalled, message)
}

/// The request did not arrive in time.
pub fn request_stalled() -> Status {
    let message = "the request did not arrive in time";
    plain(Code::DeadlineExceeded, ErrorReason::RequestStalled, message)
}

/// The caller's deadline has passed.
pub fn deadline_exceeded() -> Status {
    let message = "the deadline of the call has passed";
    plain(Code::DeadlineExceeded, ErrorReason::DeadlineExceeded, message)
}

/// Replaces a transport error by the status that callers expect: the library answers INTERNAL if a message
/// cannot be decoded, and OUT_OF_RANGE if it is too large. `None` if the status needs no correction.
pub fn corrected(code: Code, message: &str) -> Option<Status> {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    match code {
        Code::Internal
            if says(&["failed to decode Protobuf message", "Unexpected EOF decoding"]) =>
        {
            let message = "the message cannot be decoded: it is truncated, of another type, or contains \
                           text that is not UTF-8";
            Some(undecodable(message))
        }
        Code::Internal if says(&["compressed-flag but no grpc-encoding"]) => {
            let message = "the message is compressed, but no header names the compression";
            Some(undecodable(message))
        }
        Code::Internal if says(&["Missing request message"]) => {
            let message = "the request has no message";
            Some(undecodable(message))
        }
        Code::Internal if says(&["Error decompressing", "invalid compression flag"]) => {
            let message = "the message is not compressed as its headers say";
            Some(undecodable(message))
        }
        Code::OutOfRange | Code::ResourceExhausted
            if says(&["message length too large", "Error decompressing: size limit"]) =>
        {
            Some(too_large())
        }
        Code::Unimplemented if says(&["Content is compressed with"]) => Some(unknown_compression()),
        // The library's own answer; the service itself never sends it.
        Code::Unimplemented if message.is_empty() => Some(unknown_method()),
        _ => None,
    }
}
