//! The statuses of the transport: what callers are told where a request, an answer or the service itself fails,
//! and not what they ask of the registry.

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

/// The request is compressed in a way that is not known here.
pub fn unknown_compression() -> Status {
    let message = "requests can be compressed by gzip and zstd only";
    plain(Code::Unimplemented, ErrorReason::CompressionUnknown, message)
}

/// There is no such method.
pub fn unknown_method() -> Status {
    plain(Code::Unimplemented, ErrorReason::MethodUnknown, "there is no such method")
}

/// The method does not take calls of this form.
pub fn unknown_form(message: &str) -> Status {
    plain(Code::Unimplemented, ErrorReason::FormUnknown, message)
}

/// The message cannot be read.
pub fn undecodable(message: &str) -> Status {
    plain(Code::InvalidArgument, ErrorReason::MessageUndecodable, message)
}

/// The message is too large.
pub fn too_large() -> Status {
    plain(Code::ResourceExhausted, ErrorReason::MessageTooLarge, "the message is larger than 4 MiB")
}

/// The service itself failed; its log says why.
pub fn internal() -> Status {
    plain(Code::Internal, ErrorReason::Internal, FAILED)
}

/// The caller of an export or an import does not read on.
pub fn stalled() -> Status {
    let message = "the caller does not read on";
    plain(Code::Aborted, ErrorReason::ExportStalled, message)
}

/// The request does not arrive.
pub fn request_stalled() -> Status {
    let message = "the request did not arrive in time";
    plain(Code::DeadlineExceeded, ErrorReason::RequestStalled, message)
}

/// The caller's deadline has passed.
pub fn deadline_exceeded() -> Status {
    let message = "the deadline of the call has passed";
    plain(Code::DeadlineExceeded, ErrorReason::DeadlineExceeded, message)
}

/// Gives a failure of the transport the code that callers expect: the library answers INTERNAL for a
/// message that cannot be decoded, and OUT_OF_RANGE for one that is too large. None where the status is
/// as it should be.
pub fn corrected(code: Code, message: &str) -> Option<Status> {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    match code {
        Code::Internal
            if says(&["failed to decode Protobuf message", "Unexpected EOF decoding"]) =>
        {
            let message = "the message cannot be decoded: it is cut off, not of this type, or has \
                           text that is not UTF-8";
            Some(undecodable(message))
        }
        Code::Internal if says(&["compressed-flag but no grpc-encoding"]) => {
            let message = "the message is compressed, and no header says how";
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
        // The library's own answer; the service itself never says this.
        Code::Unimplemented if message.is_empty() => Some(unknown_method()),
        _ => None,
    }
}
