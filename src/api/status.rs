//! The one mapping of an error to a status, and the one place where errors are logged.
//!
//! Every status carries an `ErrorInfo` with a reason in capitals and the facts as metadata, and what
//! else its code wants; together at most 4 KiB, for clients lose larger ones.

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation, StatusExt};

use crate::domain::{Error, Kind, Violations};

/// The domain of every `ErrorInfo`.
pub const DOMAIN: &str = "digitalskills.v1";

/// The most violations that a status tells of.
const MOST_VIOLATIONS: usize = 20;

/// The most bytes of violations, so that all details stay under 4 KiB.
const MOST_BYTES: usize = 3_000;

/// An error as callers see it, on whatever way it reaches them.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The status code.
    pub code: Code,
    /// The reason in capitals.
    pub reason: &'static str,
    /// The same for a human reader.
    pub message: String,
    /// The facts.
    pub metadata: HashMap<String, String>,
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        let (code, reason) = code_and_reason(error);
        let facts: Vec<(&str, String)> = match error {
            Error::NotFound { kind, name } => {
                vec![("type", type_of(*kind)), ("resource", name.clone())]
            }
            Error::AlreadyExists { kind, name, key } => vec![
                ("type", type_of(*kind)),
                ("resource", name.clone()),
                ("fields", key.join(",")),
            ],
            Error::Invalid(violations) => vec![("violations", violations.len().to_string())],
            Error::Stale { name, current } => {
                vec![("resource", name.clone()), ("etag", current.clone())]
            }
            Error::InUse { name, by } => {
                let by: Vec<&str> = by.iter().map(String::as_str).take(3).collect();
                vec![("resource", name.clone()), ("referrers", by.join(","))]
            }
            Error::Refused { subject, .. } => vec![("resource", subject.clone())],
            Error::Forbidden(right) => vec![("right", right.to_string())],
            Error::Busy(_) | Error::Broken(_) => Vec::new(),
        };
        let facts = facts.into_iter().filter(|(_, fact)| !fact.is_empty());
        Self {
            code,
            reason,
            message: message(error),
            metadata: facts.map(|(key, fact)| (key.to_owned(), fact)).collect(),
        }
    }
}

/// What a caller can act on: the code, and the reason in capitals.
fn code_and_reason(error: &Error) -> (Code, &'static str) {
    match error {
        Error::NotFound { .. } => (Code::NotFound, "RESOURCE_NOT_FOUND"),
        Error::AlreadyExists { key, .. } if key.is_empty() => (Code::AlreadyExists, "NAME_TAKEN"),
        Error::AlreadyExists { .. } => (Code::AlreadyExists, "KEY_TAKEN"),
        Error::Invalid(_) => (Code::InvalidArgument, "INVALID_FIELDS"),
        Error::Stale { .. } => (Code::Aborted, "ETAG_MISMATCH"),
        Error::InUse { .. } => (Code::FailedPrecondition, "RESOURCE_IN_USE"),
        Error::Refused { reason, .. } => (Code::FailedPrecondition, reason.as_str()),
        Error::Forbidden(_) => (Code::PermissionDenied, "RIGHT_MISSING"),
        Error::Busy(_) => (Code::Unavailable, "DATABASE_BUSY"),
        Error::Broken(_) => (Code::Internal, "INTERNAL"),
    }
}

/// The message for a human reader, at most 1 KiB. It never has the words of a driver.
fn message(error: &Error) -> String {
    let mut message = match error {
        Error::Invalid(violations) => {
            let list = violations.iter().take(3);
            let list: Vec<_> = list.map(|v| format!("{} {}", v.field, v.description)).collect();
            let more = violations.len().saturating_sub(list.len());
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            format!("{}{more}", list.join("; "))
        }
        Error::Busy(_) => "the database is busy or away; try again".to_owned(),
        Error::Broken(_) => "the registry failed; its log says why".to_owned(),
        error => error.to_string(),
    };
    truncate(&mut message, 1_000);
    message
}

/// The status of an error. Logs it.
pub fn of(error: Error) -> Status {
    let fault = Fault::from(&error);
    match &error {
        Error::Broken(cause) => tracing::error!(error = chain(cause), "the registry failed"),
        Error::Busy(cause) => tracing::warn!(error = chain(cause), "the database is busy or away"),
        _ => tracing::debug!(code = ?fault.code, reason = fault.reason, "refused"),
    }
    let mut details = ErrorDetails::with_error_info(fault.reason, DOMAIN, fault.metadata);
    match error {
        Error::NotFound { kind, name } => {
            details.set_resource_info(type_of(kind), name, "", "does not exist");
        }
        Error::AlreadyExists { kind, name, .. } => {
            details.set_resource_info(type_of(kind), name, "", "exists already");
        }
        Error::Invalid(violations) => {
            details.set_bad_request(field_violations(&violations));
        }
        Error::InUse { by, .. } => {
            let by = by.into_iter().take(5);
            let violation = |by| PreconditionViolation::new("RESOURCE_IN_USE", by, "refers to it");
            details.set_precondition_failure(by.map(violation).collect::<Vec<_>>());
        }
        Error::Refused { subject, .. } => {
            let violation = PreconditionViolation::new(fault.reason, subject, &fault.message);
            details.set_precondition_failure(vec![violation]);
        }
        Error::Busy(_) => {
            details.set_retry_info(Some(Duration::from_secs(1)));
        }
        Error::Stale { .. } | Error::Forbidden(_) | Error::Broken(_) => {}
    }
    Status::with_error_details(fault.code, fault.message, details)
}

fn field_violations(violations: &Violations) -> Vec<FieldViolation> {
    let mut bytes = 0;
    let fits = |violation: &&crate::domain::Violation| {
        bytes += violation.field.len() + violation.description.len() + 40;
        bytes <= MOST_BYTES
    };
    let violation = |violation: &crate::domain::Violation| FieldViolation {
        field: violation.field.clone(),
        reason: violation.reason.as_str().to_owned(),
        description: violation.description.clone(),
        localized_message: None,
    };
    let list = violations.iter().take(MOST_VIOLATIONS).take_while(fits);
    list.map(violation).collect()
}

/// A status of the service itself, not of the registry.
pub fn plain(code: Code, reason: &str, message: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(code, message, details)
}

/// The service is shutting down.
pub fn closing() -> Status {
    let mut details = ErrorDetails::with_error_info("SHUTTING_DOWN", DOMAIN, HashMap::new());
    details.set_retry_info(Some(Duration::from_secs(1)));
    Status::with_error_details(Code::Unavailable, "the service is shutting down", details)
}

/// The caller's deadline has passed.
pub fn deadline_exceeded() -> Status {
    let message = "the deadline of the call has passed";
    plain(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", message)
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
            Some(plain(Code::InvalidArgument, "MESSAGE_UNDECODABLE", message))
        }
        Code::Internal if says(&["Missing request message"]) => {
            let message = "the request has no message";
            Some(plain(Code::InvalidArgument, "MESSAGE_UNDECODABLE", message))
        }
        Code::Internal if says(&["Error decompressing", "invalid compression flag"]) => {
            let message = "the message is not compressed as its headers say";
            Some(plain(Code::InvalidArgument, "MESSAGE_UNDECODABLE", message))
        }
        Code::OutOfRange | Code::ResourceExhausted
            if says(&["message length too large", "Error decompressing: size limit"]) =>
        {
            let message = "the message is larger than 4 MiB";
            Some(plain(Code::ResourceExhausted, "MESSAGE_TOO_LARGE", message))
        }
        _ => None,
    }
}

fn type_of(kind: Kind) -> String {
    format!("{DOMAIN}.{}", kind.title())
}

fn truncate(text: &mut String, most: usize) {
    if text.len() > most {
        let end = (0..=most).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(end);
    }
}

/// An error with its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        // Many errors say their cause themselves.
        if text.ends_with(&cause) { text } else { format!("{text}: {cause}") }
    })
}
