//! Converts messages and enums to JSON Schema, following protobuf's canonical JSON mapping.

use prost_reflect::{
    Cardinality, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Syntax,
};
use serde_json::{Map, Value, json};

use super::comments::{self, PACKAGE};

/// Returns the schema of a message.
pub fn message(message: &MessageDescriptor) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in message.fields() {
        if comments::of(&field.parent_file(), field.path()).says("Required") {
            required.push(field.json_name().to_owned());
        }
        properties.insert(field.json_name().to_owned(), property(&field));
    }
    let mut schema = json!({
        "type": "object",
        "description": comments::of(&message.parent_file(), message.path()).text(),
        "properties": properties,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let options = message.descriptor_proto().options.as_ref();
    deprecate(&mut schema, options.is_some_and(|options| options.deprecated()));
    schema
}

/// Returns the schema of an enum: the names of its values and their meanings.
pub fn enumeration(of: &EnumDescriptor) -> Value {
    let mut description = comments::of(&of.parent_file(), of.path()).text();
    description.push_str("\n\nA later release can add values.\n");
    for value in of.values() {
        let comment = comments::of(&of.parent_file(), value.path()).text();
        let options = value.enum_value_descriptor_proto().options.as_ref();
        let old = options.is_some_and(|options| options.deprecated());
        let old = if old { " Deprecated." } else { "" };
        description.push_str(&format!("\n* `{}`: {comment}{old}", value.name()));
    }
    let names: Vec<String> = of.values().map(|value| value.name().to_owned()).collect();
    let mut schema = json!({"type": "string", "description": description, "enum": names});
    let options = of.enum_descriptor_proto().options.as_ref();
    deprecate(&mut schema, options.is_some_and(|options| options.deprecated()));
    schema
}

/// Returns a reference to the schema of a message, or the canonical form of a well-known type.
pub fn reference(message: &MessageDescriptor) -> Value {
    match message.full_name() {
        "google.protobuf.Timestamp" => json!({"type": "string", "format": "date-time"}),
        "google.protobuf.Duration" => json!({"type": "string", "examples": ["3.5s"]}),
        "google.protobuf.FieldMask" => {
            json!({"type": "string", "examples": ["title,familyName"]})
        }
        "google.protobuf.Value" => json!({}),
        "google.protobuf.ListValue" => json!({"type": "array", "items": {}}),
        "google.protobuf.Empty" => json!({"type": "object", "maxProperties": 0}),
        "google.protobuf.Struct" | "google.protobuf.Any" => json!({"type": "object"}),
        // The wrapper types have the form of their only field.
        name if name.starts_with("google.protobuf.") => {
            message.get_field(1).map_or_else(|| json!({"type": "object"}), |field| one(&field))
        }
        name => json!({"$ref": pointer(name)}),
    }
}

/// Marks the schema of a deprecated element.
pub fn deprecate(schema: &mut Value, deprecated: bool) {
    if deprecated {
        schema["deprecated"] = json!(true);
    }
}

/// Returns the name of a component: the name in the proto file without the package.
pub fn component(full_name: &str) -> &str {
    full_name.strip_prefix(PACKAGE).map_or(full_name, |name| name.trim_start_matches('.'))
}

fn pointer(full_name: &str) -> String {
    format!("#/components/schemas/{}", component(full_name))
}

fn property(field: &FieldDescriptor) -> Value {
    let comment = comments::of(&field.parent_file(), field.path());
    let mut schema = if field.is_map() {
        let entry = field.kind();
        let value = entry.as_message().map(|entry| one(&entry.map_entry_value_field()));
        json!({"type": "object", "additionalProperties": value})
    } else if field.is_list() {
        json!({"type": "array", "items": one(field)})
    } else {
        one(field)
    };
    schema["description"] = json!(comment.text());
    if comment.says("Output only") {
        schema["readOnly"] = json!(true);
    }
    let options = field.field_descriptor_proto().options.as_ref();
    deprecate(&mut schema, options.is_some_and(|options| options.deprecated()));
    // A field without presence is omitted when it has its zero value. One with presence is not; if
    // it is omitted, it has no value.
    if !comment.says("Required")
        && let Some(default) = default(field)
    {
        schema["default"] = default;
    }
    schema
}

/// Returns the schema of one value of a field.
fn one(field: &FieldDescriptor) -> Value {
    match field.kind() {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::String => json!({"type": "string"}),
        Kind::Bytes => json!({"type": "string", "contentEncoding": "base64"}),
        Kind::Double => json!({"type": "number", "format": "double"}),
        Kind::Float => json!({"type": "number", "format": "float"}),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            json!({"type": "integer", "format": "int32"})
        }
        Kind::Uint32 | Kind::Fixed32 => {
            json!({"type": "integer", "format": "int64", "minimum": 0})
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            json!({"type": "string", "format": "int64"})
        }
        Kind::Uint64 | Kind::Fixed64 => json!({"type": "string", "format": "uint64"}),
        Kind::Enum(of) => json!({"$ref": pointer(of.full_name())}),
        Kind::Message(message) => reference(&message),
    }
}

/// Returns the value of an omitted field; `None` for a field with presence.
fn default(field: &FieldDescriptor) -> Option<Value> {
    if field.is_map() {
        return Some(json!({}));
    }
    if field.cardinality() == Cardinality::Repeated {
        return Some(json!([]));
    }
    if field.supports_presence() || field.parent_file().syntax() != Syntax::Proto3 {
        return None;
    }
    Some(match field.kind() {
        Kind::Bool => json!(false),
        Kind::String | Kind::Bytes => json!(""),
        Kind::Enum(of) => json!(of.default_value().name()),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => json!("0"),
        Kind::Message(_) => return None,
        _ => json!(0),
    })
}
