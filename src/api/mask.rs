//! Update masks and read masks.

use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use prost_types::FieldMask;

use crate::domain::{Reason, UpdateFields, Violations};

use super::{
    DESCRIPTORS,
    wire::{MessageOf, Wire},
};

/// Fields that an update changes: those in the mask, all for `*`, or those that the message populates if there
/// is no mask. An unknown path is a violation.
pub fn fields<N: Wire>(
    mask: Option<&FieldMask>,
    message: &MessageOf<N>,
    violations: &mut Violations,
) -> UpdateFields {
    match mask {
        Some(mask) if !mask.paths.is_empty() => listed::<N>(&mask.paths, violations),
        _ => UpdateFields::Only(populated::<N>(message)),
    }
}

/// Fields that an import changes: those in the mask, or all for `*` or if there is no mask. An unknown path is a
/// violation.
pub fn import_fields<N: Wire>(
    mask: Option<&FieldMask>,
    violations: &mut Violations,
) -> UpdateFields {
    match mask {
        Some(mask) if !mask.paths.is_empty() => listed::<N>(&mask.paths, violations),
        _ => UpdateFields::All,
    }
}

fn listed<N: Wire>(paths: &[String], violations: &mut Violations) -> UpdateFields {
    if paths.iter().any(|path| path == "*") {
        if paths.len() > 1 {
            let description = "must contain no other path beside *";
            violations.add_outside("update_mask", Reason::Malformed, description);
        }
        return UpdateFields::All;
    }
    check::<N>("update_mask", paths, violations);
    UpdateFields::Only(paths.to_vec())
}

/// Fields that a read fills in; `None` for all. An unknown path is a violation.
pub fn read_fields<N: Wire>(
    mask: Option<&FieldMask>,
    violations: &mut Violations,
) -> Option<Vec<String>> {
    let paths = &mask.filter(|mask| !mask.paths.is_empty())?.paths;
    if *paths == ["*"] {
        return None;
    }
    check::<N>("read_mask", paths, violations);
    Some(paths.clone())
}

fn check<N: Wire>(mask: &str, paths: &[String], violations: &mut Violations) {
    let known = descriptor::<N>();
    for (i, path) in paths.iter().enumerate() {
        if known.as_ref().and_then(|known| known.get_field_by_name(path)).is_none() {
            let field = format!("{mask}.paths[{i}]");
            let description = "must be a field of the resource";
            violations.add_outside(field, Reason::UnknownField, description);
        }
    }
}

/// Names of the fields that a message populates: a field with presence if it is set, to any value; any other field
/// if it has a value.
fn populated<N: Wire>(message: &MessageOf<N>) -> Vec<String> {
    let decoded = descriptor::<N>()
        .and_then(|known| DynamicMessage::decode(known, message.encode_to_vec().as_slice()).ok());
    let fields = decoded.iter().flat_map(|message| {
        let names = message.fields().map(|(field, _)| field.name().to_owned());
        names.collect::<Vec<_>>()
    });
    fields.collect()
}

fn descriptor<N: Wire>() -> Option<MessageDescriptor> {
    DESCRIPTORS.get_message_by_name(&format!("digitalskills.v1.{}", N::TYPE.title()))
}
