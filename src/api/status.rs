//! The one mapping of errors to statuses, and the one place where they are logged.
//!
//! Every status carries an `ErrorInfo` with an UPPER_SNAKE reason and the facts as metadata, and the other
//! details of its code. All details together take at most 4 KiB, because clients drop larger ones.

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation, StatusExt};

use crate::domain::{Error, ResourceType, Violations};

use super::{
    reason::{DOMAIN, code_name, name, refusal, rule},
    v1::ErrorReason,
};

/// Maximum number of violations in a status.
const MAX_VIOLATIONS: usize = 20;

/// Maximum bytes of violations, so that all details stay under 4 KiB.
const MAX_BYTES: usize = 3_000;

/// Retry delay of UNAVAILABLE errors.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// Message of an error of the service itself.
pub(super) const FAILED: &str = "the registry failed; its log says why";

/// An error as callers see it, in a status or in an import outcome.
#[derive(Clone, Debug)]
pub struct ErrorStatus {
    /// Status code.
    pub code: Code,
    /// Reason in UPPER_SNAKE.
    pub reason: &'static str,
    /// Message for a human reader.
    pub message: String,
    /// Facts, as in the `ErrorInfo`.
    pub metadata: HashMap<String, String>,
}

impl From<&Error> for ErrorStatus {
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
            Error::RequestReused { id } => vec![("request_id", id.clone())],
            Error::RevisionCompacted { revision, oldest } => {
                vec![("revision", revision.to_string()), ("oldest", oldest.to_string())]
            }
            Error::RevisionAhead { revision, newest }
            | Error::RevisionOfOtherHistory { revision, newest }
            | Error::RevisionAwaited { revision, newest } => {
                vec![("revision", revision.to_string()), ("newest", newest.to_string())]
            }
            Error::WatcherBehind { revision } => vec![("revision", revision.to_string())],
            Error::InBatch { index, error } => return Self::from(&**error).of_request(*index),
            Error::Overloaded { limit } => vec![("limit", (*limit).to_owned())],
            Error::TooManyWatches { most } => vec![("most", most.to_string())],
            Error::Busy(_)
            | Error::Cancelled
            | Error::ChainBroken(_)
            | Error::Broken(_)
            | Error::DatabaseFull(_)
            | Error::DatabaseReadOnly(_)
            | Error::DatabaseBroken(_)
            | Error::OutcomeUnknown(_)
            | Error::Superseded(_) => Vec::new(),
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

impl ErrorStatus {
    /// Marks the error as that of one request in a batch.
    fn of_request(mut self, index: usize) -> Self {
        let request = format!("requests[{index}]");
        self.message = format!("{request}: {}", self.message);
        self.metadata.insert("request".to_owned(), request);
        self
    }
}

/// What a caller can act on: the code and the reason.
fn code_and_reason(error: &Error) -> (Code, &'static str) {
    let (code, reason) = match error {
        Error::NotFound { .. } => (Code::NotFound, ErrorReason::ResourceNotFound),
        Error::AlreadyExists { key, .. } if key.is_empty() => {
            (Code::AlreadyExists, ErrorReason::NameTaken)
        }
        Error::AlreadyExists { .. } => (Code::AlreadyExists, ErrorReason::KeyTaken),
        Error::Invalid(_) => (Code::InvalidArgument, ErrorReason::InvalidFields),
        Error::Stale { .. } => (Code::Aborted, ErrorReason::EtagMismatch),
        Error::InUse { .. } => (Code::FailedPrecondition, ErrorReason::ResourceInUse),
        Error::Refused { reason, .. } => (Code::FailedPrecondition, refusal(*reason)),
        Error::RequestReused { .. } => (Code::FailedPrecondition, ErrorReason::RequestIdReused),
        Error::InBatch { error, .. } => return code_and_reason(error),
        Error::Forbidden(_) => (Code::PermissionDenied, ErrorReason::RightMissing),
        Error::RevisionCompacted { .. } => (Code::OutOfRange, ErrorReason::RevisionCompacted),
        Error::RevisionAhead { .. } => (Code::OutOfRange, ErrorReason::RevisionAhead),
        Error::RevisionAwaited { .. } => (Code::Unavailable, ErrorReason::RevisionAwaited),
        Error::WatcherBehind { .. } => (Code::ResourceExhausted, ErrorReason::WatchBehind),
        Error::RevisionOfOtherHistory { .. } => {
            (Code::OutOfRange, ErrorReason::RevisionOtherHistory)
        }
        Error::Overloaded { .. } => (Code::ResourceExhausted, ErrorReason::Overloaded),
        Error::TooManyWatches { .. } => (Code::ResourceExhausted, ErrorReason::TooManyWatches),
        Error::DatabaseFull(_) => (Code::Unavailable, ErrorReason::DatabaseFull),
        Error::DatabaseReadOnly(_) => (Code::Unavailable, ErrorReason::DatabaseReadOnly),
        Error::DatabaseBroken(_) => (Code::Unavailable, ErrorReason::DatabaseBroken),
        Error::OutcomeUnknown(_) => (Code::Aborted, ErrorReason::OutcomeUnknown),
        Error::Superseded(_) => (Code::Unavailable, ErrorReason::ProgramSuperseded),
        Error::Busy(_) => (Code::Unavailable, ErrorReason::DatabaseBusy),
        // No caller sees either: of the first the caller has gone away, and no method verifies the chain.
        Error::Cancelled => (Code::Cancelled, ErrorReason::Internal),
        Error::ChainBroken(_) => (Code::DataLoss, ErrorReason::Internal),
        Error::Broken(_) => (Code::Internal, ErrorReason::Internal),
    };
    (code, name(reason))
}

/// Message for a human reader, at most 1 KiB. It never contains a driver's text.
fn message(error: &Error) -> String {
    let mut message = match error {
        Error::Invalid(violations) => {
            let list = violations.iter().take(3);
            let list: Vec<_> = list.map(|v| format!("{} {}", v.field, v.description)).collect();
            let more = violations.len().saturating_sub(list.len());
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            format!("{}{more}", list.join("; "))
        }
        Error::AlreadyExists { kind, name, key } if !key.is_empty() => {
            let keys = key_in_words(*kind, key);
            format!("{name} already exists: there is one {} for each {keys}", words(kind.singular()))
        }
        Error::Busy(_) => "the database is busy or unreachable; retry later".to_owned(),
        Error::Broken(_) => FAILED.to_owned(),
        Error::OutcomeUnknown(_) => {
            "the connection to the database was lost during the commit: it is unknown whether the write \
             was committed; read before you repeat it"
                .to_owned()
        }
        error => error.to_string(),
    };
    truncate(&mut message, 1_000);
    message
}

/// Fields of a natural key in words, such as `plan, organisation and role`.
fn key_in_words(kind: ResourceType, key: &[&str]) -> String {
    let word = |field: &&str| match (*field, kind.parents()) {
        ("parent", [parent]) => words(parent.singular()),
        (field, _) => words(field),
    };
    let fields: Vec<String> = key.iter().map(word).collect();
    match fields.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => fields.concat(),
    }
}

/// Name of a field in words.
fn words(field: &str) -> String {
    field.replace('_', " ")
}

/// Maps an error to a status, and logs it.
pub fn of(error: Error) -> Status {
    let fault = ErrorStatus::from(&error);
    let (code, reason) = (code_name(fault.code), fault.reason);
    match &error {
        Error::Broken(cause) => {
            tracing::error!(code, reason, error = chain(cause), "call failed");
        }
        Error::ChainBroken(cause) => {
            tracing::error!(code, reason, error = chain(cause), "change chain broken");
        }
        Error::DatabaseBroken(cause) => {
            tracing::error!(code, reason, error = chain(cause), "database damaged or gone");
        }
        Error::DatabaseFull(cause) => {
            tracing::error!(code, reason, error = chain(cause), "database disk full");
        }
        Error::DatabaseReadOnly(cause) => {
            tracing::error!(code, reason, error = chain(cause), "database read only");
        }
        Error::OutcomeUnknown(cause) => {
            tracing::error!(code, reason, error = chain(cause), "commit outcome unknown");
        }
        Error::Superseded(cause) => {
            tracing::error!(code, reason, error = chain(cause), "program superseded");
        }
        Error::Busy(cause) => {
            tracing::warn!(code, reason, error = chain(cause), "database busy or away");
        }
        _ => tracing::debug!(code, reason, "call rejected"),
    }
    let mut details = ErrorDetails::with_error_info(fault.reason, DOMAIN, fault.metadata);
    let error = match error {
        Error::InBatch { error, .. } => *error,
        error => error,
    };
    match error {
        Error::NotFound { kind, name } => {
            details.set_resource_info(type_of(kind), name, "", "does not exist");
        }
        Error::AlreadyExists { kind, name, .. } => {
            details.set_resource_info(type_of(kind), name, "", "already exists");
        }
        Error::Invalid(violations) => {
            details.set_bad_request(field_violations(&violations));
        }
        Error::InUse { by, .. } => {
            let by = by.into_iter().take(5);
            let violation = |by| PreconditionViolation::new(fault.reason, by, "refers to it");
            details.set_precondition_failure(by.map(violation).collect::<Vec<_>>());
        }
        Error::Refused { subject, .. } => {
            let violation = PreconditionViolation::new(fault.reason, subject, &fault.message);
            details.set_precondition_failure(vec![violation]);
        }
        Error::Busy(_)
        | Error::RevisionAwaited { .. }
        | Error::DatabaseFull(_)
        | Error::DatabaseReadOnly(_)
        | Error::DatabaseBroken(_)
        | Error::Superseded(_) => {
            details.set_retry_info(Some(RETRY));
        }
        Error::Overloaded { .. } | Error::TooManyWatches { .. } => {
            details.set_retry_info(Some(shed_pause()));
        }
        Error::RequestReused { id } => {
            let violation = PreconditionViolation::new(fault.reason, id, &fault.message);
            details.set_precondition_failure(vec![violation]);
        }
        Error::Stale { .. }
        | Error::Forbidden(_)
        | Error::RevisionCompacted { .. }
        | Error::RevisionAhead { .. }
        | Error::RevisionOfOtherHistory { .. }
        | Error::WatcherBehind { .. }
        | Error::OutcomeUnknown(_)
        | Error::Cancelled
        | Error::ChainBroken(_)
        | Error::Broken(_)
        | Error::InBatch { .. } => {}
    }
    with_details(fault.code, fault.reason, fault.message, details)
}

/// Status of a call that is refused because the process has reached a limit: of `calls`, or of `bytes`. Also logs
/// it.
pub fn overloaded(limit: &'static str) -> Status {
    of(Error::Overloaded { limit })
}

/// Builds a status with its details. Clients that retry automatically read the delay from the metadata, not
/// from RetryInfo; if the outcome of a write is unknown, the metadata forbids a retry.
pub(super) fn with_details(
    code: Code,
    reason: &str,
    message: impl Into<String>,
    details: ErrorDetails,
) -> Status {
    let pause = details.retry_info().and_then(|retry| retry.retry_delay);
    let pause = pause.map(|pause| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
    let pushback = match reason == name(ErrorReason::OutcomeUnknown) {
        true => Some(-1),
        false => pause,
    };
    let mut status = Status::with_error_details(code, message, details);
    if let Some(pushback) = pushback {
        status.metadata_mut().insert("grpc-retry-pushback-ms", pushback.into());
    }
    status
}

/// Random retry delay of calls rejected by a limit, so that calls rejected together do not return together.
fn shed_pause() -> Duration {
    Duration::from_millis(fastrand::u64(500..=2_000))
}

fn field_violations(violations: &Violations) -> Vec<FieldViolation> {
    let mut bytes = 0;
    let fits = |violation: &&crate::domain::Violation| {
        bytes += violation.field.len() + violation.description.len() + 40;
        bytes <= MAX_BYTES
    };
    let violation = |violation: &crate::domain::Violation| FieldViolation {
        field: violation.field.clone(),
        reason: rule(violation.reason).to_owned(),
        description: violation.description.clone(),
        localized_message: None,
    };
    let list = violations.iter().take(MAX_VIOLATIONS).take_while(fits);
    list.map(violation).collect()
}

fn type_of(kind: ResourceType) -> String {
    format!("{DOMAIN}.{}", kind.title())
}

fn truncate(text: &mut String, most: usize) {
    if text.len() > most {
        let end = (0..=most).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(end);
    }
}

/// An error with its causes, joined by colons.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        // Many errors already contain their cause.
        if text.ends_with(&cause) { text } else { format!("{text}: {cause}") }
    })
}
