//! The OpenAPI document agrees with the protos.

use std::{collections::HashSet, fmt::Write};

use digital_skills_registry::{api::DESCRIPTORS, server::docs};
use serde_json::{Value, json};

use crate::harness::snapshot;

fn openapi() -> Value {
    serde_json::from_str(&docs::openapi().unwrap()).unwrap()
}

/// Every value of a document, with the pointer to it.
fn each<'a>(value: &'a Value, at: String, seen: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                each(member, format!("{at}/{key}"), seen);
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                each(item, format!("{at}/{number}"), seen);
            }
        }
        _ => {}
    }
    seen.push((at, value));
}

#[test]
fn every_unary_method_is_in_the_openapi_document_and_every_stream_is_named() {
    let document = openapi();
    let description = document["info"]["description"].as_str().unwrap();
    let mut left: HashSet<&String> = document["paths"].as_object().unwrap().keys().collect();
    let mut operations = HashSet::new();
    for service in DESCRIPTORS.services() {
        let tags = document["tags"].as_array().unwrap();
        assert!(tags.iter().any(|tag| tag["name"] == service.name()), "{}", service.name());
        for method in service.methods() {
            let path = format!("/{}/{}", service.full_name(), method.name());
            if method.is_client_streaming() || method.is_server_streaming() {
                assert!(description.contains(&format!("`{}`", method.name())), "{path}");
                continue;
            }
            assert!(left.remove(&path), "{path}");
            let operation = &document["paths"][&path]["post"];
            assert!(operations.insert(operation["operationId"].as_str().unwrap()), "{path}");
            assert_eq!(operation["tags"][0], service.name());
            for text in ["summary", "description"] {
                assert!(!operation[text].as_str().unwrap().is_empty(), "{path} has no {text}");
            }
            let request = &operation["requestBody"]["content"]["application/json"]["schema"];
            let wanted = format!("#/components/schemas/{}", method.input().name());
            assert_eq!(request["$ref"], wanted, "{path}");
            assert_eq!(operation["responses"]["default"]["$ref"], "#/components/responses/Error");
        }
    }
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn every_reference_resolves_and_every_property_is_described() {
    let document = openapi();
    assert_eq!(document["openapi"], "3.1.0");
    let mut seen = Vec::new();
    each(&document, String::new(), &mut seen);
    let (mut references, mut properties, mut used) = (0, 0, HashSet::new());
    for (at, value) in seen {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            references += 1;
            let target = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(target).is_some(), "{at} refers to {reference}");
            used.insert(target.to_owned());
        }
        if let Some((_, name)) = at.rsplit_once("/properties/").filter(|(_, n)| !n.contains('/')) {
            properties += 1;
            let description = value["description"].as_str().unwrap_or_default();
            assert!(!description.is_empty(), "{at} ({name}) is not described");
        }
    }
    assert!(references > 200 && properties > 300, "{references} {properties}");
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        // What only streams ask for or answer with can be left over: what they have in common.
        let left = name.starts_with("Import") || name == "AbsentRows" || name == "ReportFormat";
        let left = left || name == "Checkpoint" || name == "InitialState";
        // The catalogue of errors: what the details of an error name.
        let left = left || name == "ErrorReason" || name == "ViolationReason";
        assert!(left || used.contains(&format!("/components/schemas/{name}")), "{name} is unused");
    }
}

/// Text at a JSON pointer; of a reference, only its last segment.
fn name<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let text = value.pointer(pointer).and_then(Value::as_str).unwrap_or("nothing");
    text.rsplit('/').next().unwrap_or(text)
}

#[test]
fn every_operation_and_every_property_is_as_it_was_reviewed() {
    let document = openapi();
    let schema = "/content/application~1json/schema/$ref";
    let mut text = String::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            let request = name(operation, &format!("/requestBody{schema}"));
            let answer = name(operation, &format!("/responses/200{schema}"));
            writeln!(text, "{verb} {path}: {id}({request}) -> {answer}").unwrap();
        }
    }
    for (title, schema) in document["components"]["schemas"].as_object().unwrap() {
        let names: Vec<&str> = match (&schema["properties"], &schema["enum"]) {
            (Value::Object(properties), _) => properties.keys().map(String::as_str).collect(),
            (_, Value::Array(values)) => values.iter().map(|it| it.as_str().unwrap()).collect(),
            _ => Vec::new(),
        };
        writeln!(text, "{title}: {}", names.join(", ")).unwrap();
    }
    snapshot::settings().bind(|| insta::assert_snapshot!("openapi", text));
}

#[test]
fn types_are_those_of_protobufs_json() {
    let document = openapi();
    let schema = |name: &str| {
        let mut schema = document["components"]["schemas"][name].clone();
        for (_, property) in schema["properties"].as_object_mut().into_iter().flatten() {
            property.as_object_mut().unwrap().remove("description");
        }
        schema
    };
    // A type of each kind: numbers, times, enums, references, masks, lists, and an empty answer.
    let some = json!({
        "DeleteGap": document["paths"]["/digitalskills.v1.GapService/DeleteGap"],
        "Gap": schema("Gap"),
        "GapFigures.coverage": schema("GapFigures")["properties"]["coverage"],
        "GapKind": schema("GapKind"),
        "GapQuery.skills": schema("GapQuery")["properties"]["skills"],
        "UpdateGapRequest": schema("UpdateGapRequest"),
    });
    let text = serde_json::to_string_pretty(&some).unwrap();
    snapshot::settings().bind(|| insta::assert_snapshot!("openapi_types", text));
}
