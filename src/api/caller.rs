//! Reads the caller from the metadata of a request.

use tonic::metadata::MetadataMap;

use crate::domain::{Caller, Error, Reason, Result, Right, Violations, personal_data};

/// Metadata key of the caller's subject, as long as callers are not authenticated.
const METADATA: &str = "registry-caller";

/// Subject of a caller that gives none.
const OPERATOR: &str = "operator";

/// Metadata key of the rights that a caller limits itself to; without it, the caller has every right.
const RIGHTS: &str = "registry-rights";

/// Reads the caller of a request: the local operator with every right, under the subject and with the rights
/// that the metadata gives.
pub fn of(metadata: &MetadataMap) -> Result<Caller> {
    let caller = subject(metadata)?;
    let Some(value) = metadata.get(RIGHTS) else {
        return Ok(caller);
    };
    let all = [Right::Read, Right::Write, Right::Approve];
    let right = |name: &str| all.into_iter().find(|right| right.to_string() == name.trim());
    let rights = value.to_str().ok().and_then(|names| names.split(',').map(right).collect());
    match rights {
        Some(rights) => Ok(Caller::new(caller.principal(), rights)),
        None => Err(Error::Invalid(Violations::one(
            "metadata.registry-rights",
            Reason::Malformed,
            "must list some of read, write and approve, separated by commas",
        ))),
    }
}

fn subject(metadata: &MetadataMap) -> Result<Caller> {
    let Some(value) = metadata.get(METADATA) else {
        return Ok(Caller::operator(OPERATOR));
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._:/@+-".contains(c);
    match value.to_str() {
        Ok(subject) if (1..=128).contains(&subject.len()) && subject.chars().all(allowed) => {
            let mut violations = Violations::default();
            let personal = personal_data::in_text(subject);
            violations.impersonal("metadata.registry-caller", personal);
            if violations.is_empty() {
                Ok(Caller::operator(subject))
            } else {
                Err(Error::Invalid(violations))
            }
        }
        _ => Err(Error::Invalid(Violations::one(
            "metadata.registry-caller",
            Reason::Malformed,
            "must be 1 to 128 letters, digits and . _ : / @ + -",
        ))),
    }
}
