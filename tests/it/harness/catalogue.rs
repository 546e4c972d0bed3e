//! The catalogue of errors as documented in the proto, and the check of every failure against it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use digital_skills_registry::api::DESCRIPTORS;
use tonic::{Code, Status};
use tonic_types::{FieldViolation, PreconditionViolation, ResourceInfo, StatusExt};

/// Documented properties of a reason.
#[derive(Debug)]
struct Entry {
    code: String,
    metadata: BTreeSet<String>,
    may_be_absent: BTreeSet<String>,
    details: BTreeSet<String>,
}

static CATALOGUE: LazyLock<BTreeMap<String, Entry>> = LazyLock::new(|| {
    let read = |(reason, comment): (String, String)| {
        let after = |word: &str| {
            let rest = comment.split_once(&format!("{word}: "));
            let rest = rest.unwrap_or_else(|| panic!("{reason} does not say its {word}")).1;
            rest.split(". ").next().unwrap().to_owned()
        };
        assert!(!after("Example").is_empty());
        let list = |text: String| -> BTreeSet<String> {
            text.split(", ")
                .filter(|item| *item != "none")
                .map(|item| item.replace('`', ""))
                .collect()
        };
        let (may_be_absent, metadata) =
            list(after("Metadata")).into_iter().partition(|key: &String| key.ends_with('?'));
        let absent: BTreeSet<String> = may_be_absent;
        let entry = Entry {
            code: after("Code"),
            metadata,
            may_be_absent: absent.iter().map(|key| key.trim_end_matches('?').to_owned()).collect(),
            details: list(after("Details")),
        };
        (reason, entry)
    };
    comments("ErrorReason", "ERROR_REASON_").into_iter().map(read).collect()
});

/// Values of an enum in the proto without their prefix, each with its comment.
fn comments(name: &str, prefix: &str) -> Vec<(String, String)> {
    let list = DESCRIPTORS.get_enum_by_name(&format!("digitalskills.v1.{name}")).unwrap();
    let file = list.parent_file();
    let info = file.file_descriptor_proto().source_code_info.clone().unwrap();
    let comment = |path: &[i32]| {
        let location = info.location.iter().find(|location| location.path == path).unwrap();
        location.leading_comments().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let values = list.values().filter(|value| value.number() != 0);
    let value = |value: prost_reflect::EnumValueDescriptor| {
        (value.name().strip_prefix(prefix).unwrap().to_owned(), comment(value.path()))
    };
    values.map(value).collect()
}

/// Every reason in the catalogue.
pub fn reasons() -> BTreeSet<String> {
    CATALOGUE.keys().cloned().collect()
}

/// Every rule that a field can break.
pub fn rules() -> BTreeSet<String> {
    comments("ViolationReason", "VIOLATION_REASON_").into_iter().map(|(rule, _)| rule).collect()
}

/// Checks a failure against the catalogue.
pub fn check(status: &Status) {
    let details = status.get_error_details();
    let info = details.error_info().expect("every failure has an ErrorInfo");
    let entry = CATALOGUE.get(&info.reason);
    let entry = entry.unwrap_or_else(|| panic!("{} is not in the catalogue", info.reason));
    assert_eq!(name(status.code()), entry.code, "{status:?}");
    let mut keys: BTreeSet<String> = info.metadata.keys().cloned().collect();
    keys.retain(|key| key != "request" && !entry.may_be_absent.contains(key));
    assert_eq!(keys, entry.metadata, "{status:?}");
    let has = [
        ("BadRequest", details.bad_request().is_some()),
        ("PreconditionFailure", details.precondition_failure().is_some()),
        ("ResourceInfo", details.resource_info().is_some()),
        ("RetryInfo", details.retry_info().is_some()),
        ("QuotaFailure", details.quota_failure().is_some()),
        ("DebugInfo", details.debug_info().is_some()),
        ("Help", details.help().is_some()),
    ];
    let has = has.into_iter().filter(|(_, has)| *has).map(|(detail, _)| detail.to_owned());
    assert_eq!(has.collect::<BTreeSet<_>>(), entry.details, "{status:?}");
    for violation in details.bad_request().into_iter().flat_map(|request| &request.field_violations)
    {
        assert!(rules().contains(&violation.reason), "{violation:?}");
    }
}

/// A status as a text to review: code and message, then one detail per line.
pub fn text(status: &Status) -> String {
    let details = status.get_error_details();
    let mut lines = vec![format!("{}: {}", name(status.code()), status.message())];
    if let Some(info) = details.error_info() {
        let facts: BTreeMap<_, _> =
            info.metadata.iter().filter(|(key, _)| *key != "request").collect();
        let facts = facts.iter().map(|(key, value)| format!(", {key}={value}"));
        lines.push(format!("ErrorInfo: {}{}", info.reason, facts.collect::<String>()));
    }
    for violation in details.bad_request().into_iter().flat_map(|request| &request.field_violations)
    {
        let FieldViolation { field, reason, description, .. } = violation;
        lines.push(format!("BadRequest: {field}, {reason}: {description}"));
    }
    for violation in
        details.precondition_failure().into_iter().flat_map(|failure| &failure.violations)
    {
        let PreconditionViolation { r#type, subject, description } = violation;
        lines.push(format!("PreconditionFailure: {}, {subject}: {description}", r#type));
    }
    if let Some(ResourceInfo { resource_type, resource_name, owner, description }) =
        details.resource_info()
    {
        lines.push(format!(
            "ResourceInfo: {resource_type}, {resource_name}, {owner}: {description}"
        ));
    }
    if details.retry_info().is_some() {
        lines.push("RetryInfo".into());
    }
    lines.join("\n")
}

/// Name of a code, as in the catalogue.
fn name(code: Code) -> String {
    let mut name = String::new();
    for c in format!("{code:?}").chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(c.to_uppercase());
    }
    name
}
