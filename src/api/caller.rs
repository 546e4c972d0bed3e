//! Who calls, from the metadata of a request.

use tonic::metadata::MetadataMap;

use crate::domain::{Caller, Error, Reason, Result, Violations};

/// The metadata in which a caller says who it is, until callers are authenticated.
const METADATA: &str = "registry-caller";

/// Who it is where the metadata does not say.
const OPERATOR: &str = "operator";

/// Reads the caller of a request: the local operator with every right, under the subject that the
/// metadata gives.
pub fn of(metadata: &MetadataMap) -> Result<Caller> {
    let Some(value) = metadata.get(METADATA) else {
        return Ok(Caller::operator(OPERATOR));
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._:/@+-".contains(c);
    match value.to_str() {
        Ok(subject) if (1..=128).contains(&subject.len()) && subject.chars().all(allowed) => {
            Ok(Caller::operator(subject))
        }
        _ => Err(Error::Invalid(Violations::one(
            "metadata.registry-caller",
            Reason::Malformed,
            "must be 1 to 128 letters, digits and . _ : / @ + -",
        ))),
    }
}
