//! Field masks in JSON. Protobuf writes their paths in lower camel case, and the contract in snake case; both are
//! taken. A path that is no field goes on to the service, which refuses it by its index.

use prost_reflect::{Kind, MessageDescriptor};
use serde_json::Value;

const MASK: &str = "google.protobuf.FieldMask";

/// Whether a message, or a message of one of its fields, has a field mask.
pub(super) fn has_masks(kind: &MessageDescriptor) -> bool {
    let of_fields = |kind: &MessageDescriptor| -> Vec<MessageDescriptor> {
        kind.fields().filter_map(|field| field.kind().as_message().cloned()).collect()
    };
    let is_mask = |kind: &MessageDescriptor| kind.full_name() == MASK;
    let within = of_fields(kind);
    within.iter().any(|kind| is_mask(kind) || of_fields(kind).iter().any(is_mask))
}

/// Rewrites the paths of every field mask of a message to lower camel case.
pub(super) fn in_camel_case(kind: &MessageDescriptor, message: &mut Value) {
    let Value::Object(fields) = message else { return };
    for (name, value) in fields {
        let field = kind.get_field_by_json_name(name).or_else(|| kind.get_field_by_name(name));
        let Some(Kind::Message(kind)) = field.map(|field| field.kind()) else { continue };
        match value {
            Value::String(paths) if kind.full_name() == MASK => *paths = camel_case(paths),
            Value::Array(items) => items.iter_mut().for_each(|item| in_camel_case(&kind, item)),
            value => in_camel_case(&kind, value),
        }
    }
}

/// `afcBandFrom` for `afc_band_from`. What is no name in snake case gets a `-`, which no field has.
fn camel_case(paths: &str) -> String {
    let mut camel = String::with_capacity(paths.len());
    let mut after_underscore = false;
    for c in paths.chars() {
        match (after_underscore, c) {
            (true, 'a'..='z') => camel.push(c.to_ascii_uppercase()),
            (true, _) => camel.extend(['-', c].into_iter().filter(|c| *c != '_')),
            (false, '_') => {}
            (false, c) => camel.push(c),
        }
        after_underscore = c == '_';
    }
    camel.extend(after_underscore.then_some('-'));
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_as_the_contract_writes_them() {
        for (paths, camel) in [
            ("afc_band_from,title", "afcBandFrom,title"),
            ("afcBandFrom", "afcBandFrom"),
            ("*", "*"),
            ("a__b", "a-B"),
            ("a_1", "a-1"),
            ("a_,b_", "a-,b-"),
        ] {
            assert_eq!(camel_case(paths), camel, "{paths}");
        }
    }
}
