//! Names of codes and reasons in answers to callers.

use tonic::Code;

use crate::domain::{Reason, Refusal};

use super::v1::{ErrorReason, ViolationReason};

/// Domain of every `ErrorInfo`.
pub const DOMAIN: &str = "digitalskills.v1";

/// Name of a reason, as in an `ErrorInfo`.
pub fn name(reason: ErrorReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name)
}

/// Name of a code in UPPER_SNAKE.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// Error reason of a rule of state that forbids a change.
pub fn refusal(refusal: Refusal) -> ErrorReason {
    match refusal {
        Refusal::CodeReused => ErrorReason::CodeReused,
        Refusal::FrameworkFrozen => ErrorReason::FrameworkFrozen,
        Refusal::FrameworkState => ErrorReason::FrameworkState,
        Refusal::LevelInUse => ErrorReason::LevelInUse,
        Refusal::PlanFrozen => ErrorReason::PlanFrozen,
        Refusal::PlanState => ErrorReason::PlanState,
        Refusal::PlanEmpty => ErrorReason::PlanEmpty,
        Refusal::TargetOutsidePlan => ErrorReason::TargetOutsidePlan,
        Refusal::ApproverIsAuthor => ErrorReason::ApproverIsAuthor,
        Refusal::PlanOverlaps => ErrorReason::PlanOverlaps,
        Refusal::GapState => ErrorReason::GapState,
    }
}

/// Name of the rule that a field breaks, as in a violation.
pub fn rule(reason: Reason) -> &'static str {
    let reason = match reason {
        Reason::Required => ViolationReason::Required,
        Reason::TooLong => ViolationReason::TooLong,
        Reason::Malformed => ViolationReason::Malformed,
        Reason::OutOfRange => ViolationReason::OutOfRange,
        Reason::UnknownValue => ViolationReason::UnknownValue,
        Reason::UnknownField => ViolationReason::UnknownField,
        Reason::Immutable => ViolationReason::Immutable,
        Reason::ReferenceNotFound => ViolationReason::ReferenceNotFound,
        Reason::ReferenceNotAllowed => ViolationReason::ReferenceNotAllowed,
        Reason::Duplicate => ViolationReason::Duplicate,
        Reason::Loop => ViolationReason::Loop,
        Reason::NotAllowed => ViolationReason::NotAllowed,
        Reason::UnknownLevel => ViolationReason::UnknownLevel,
        Reason::PersonalData => ViolationReason::PersonalData,
    };
    let name = reason.as_str_name();
    name.strip_prefix("VIOLATION_REASON_").unwrap_or(name)
}
