//! The reference for people: one page with every service, method, message and enum, streams
//! included.

use minijinja::{
    Environment, context,
    value::{Serde, Value},
};
use prost_reflect::{EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor};
use prost_reflect::{MethodDescriptor, ServiceDescriptor};
use serde::Serialize;

use super::comments::{self, Comment, PACKAGE};

/// The style of the page. It is part of the page, which loads nothing.
pub const STYLE: &str = include_str!("reference.css");

const TEMPLATE: &str = include_str!("reference.html");

/// Renders the page.
pub fn html() -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.add_filter("prose", prose);
    environment.add_template("reference.html", TEMPLATE)?;
    let files: Vec<_> = comments::files().iter().map(File::of).collect();
    let style = Value::from_safe_string(STYLE.to_owned());
    environment.get_template("reference.html")?.render(context! {
        style,
        package => PACKAGE,
        version => env!("CARGO_PKG_VERSION"),
        files => Value::from(Serde(files)),
    })
}

/// Renders a paragraph of a comment; text between backticks becomes code.
fn prose(text: &str) -> Value {
    let mut html = String::new();
    for (number, part) in text.split('`').enumerate() {
        let part = part.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        if number % 2 == 1 {
            html.push_str(&format!("<code>{part}</code>"));
        } else {
            html.push_str(&part);
        }
    }
    Value::from_safe_string(html)
}

/// A proto file: a resource type, or what several resource types share.
#[derive(Serialize)]
struct File {
    title: String,
    anchor: String,
    comment: Vec<String>,
    services: Vec<Service>,
    messages: Vec<Message>,
    enums: Vec<Enum>,
}

impl File {
    fn of(file: &FileDescriptor) -> Self {
        let stem = file.name().rsplit('/').next().unwrap_or_default().trim_end_matches(".proto");
        let words = stem.replace('_', " ");
        let title = words[..1].to_uppercase() + &words[1..];
        let (mut messages, mut enums) = (Vec::new(), Vec::new());
        for message in file.messages() {
            gather(&message, &mut messages, &mut enums);
        }
        enums.extend(file.enums().map(|of| Enum::of(&of)));
        Self {
            title,
            anchor: format!("file-{stem}"),
            comment: paragraphs(comments::of_file(file)),
            services: file.services().map(|service| Service::of(&service)).collect(),
            messages,
            enums,
        }
    }
}

/// Collects a message and everything declared within it.
fn gather(message: &MessageDescriptor, messages: &mut Vec<Message>, enums: &mut Vec<Enum>) {
    if message.is_map_entry() {
        return;
    }
    messages.push(Message::of(message));
    for child in message.child_messages() {
        gather(&child, messages, enums);
    }
    enums.extend(message.child_enums().map(|of| Enum::of(&of)));
}

#[derive(Serialize)]
struct Service {
    name: String,
    comment: Vec<String>,
    deprecated: bool,
    methods: Vec<Method>,
}

impl Service {
    fn of(service: &ServiceDescriptor) -> Self {
        let options = service.service_descriptor_proto().options.as_ref();
        Self {
            name: service.name().to_owned(),
            comment: paragraphs(comments::of(&service.parent_file(), service.path())),
            deprecated: options.is_some_and(|options| options.deprecated()),
            methods: service.methods().map(|method| Method::of(&method)).collect(),
        }
    }
}

#[derive(Serialize)]
struct Method {
    name: String,
    path: String,
    comment: Vec<String>,
    deprecated: bool,
    request: Type,
    response: Type,
    client_streaming: bool,
    server_streaming: bool,
}

impl Method {
    fn of(method: &MethodDescriptor) -> Self {
        let service = method.parent_service();
        let options = method.method_descriptor_proto().options.as_ref();
        Self {
            name: method.name().to_owned(),
            path: format!("/{}/{}", service.full_name(), method.name()),
            comment: paragraphs(comments::of(&service.parent_file(), method.path())),
            deprecated: options.is_some_and(|options| options.deprecated()),
            request: Type::of(&Kind::Message(method.input())),
            response: Type::of(&Kind::Message(method.output())),
            client_streaming: method.is_client_streaming(),
            server_streaming: method.is_server_streaming(),
        }
    }
}

#[derive(Serialize)]
struct Message {
    name: String,
    comment: Vec<String>,
    deprecated: bool,
    fields: Vec<Field>,
}

impl Message {
    fn of(message: &MessageDescriptor) -> Self {
        let options = message.descriptor_proto().options.as_ref();
        Self {
            name: within(message.full_name()),
            comment: paragraphs(comments::of(&message.parent_file(), message.path())),
            deprecated: options.is_some_and(|options| options.deprecated()),
            fields: message.fields().map(|field| Field::of(&field)).collect(),
        }
    }
}

#[derive(Serialize)]
struct Field {
    name: String,
    number: u32,
    label: String,
    kind: Type,
    one_of: Option<String>,
    comment: Vec<String>,
    deprecated: bool,
}

impl Field {
    fn of(field: &FieldDescriptor) -> Self {
        let proto = field.field_descriptor_proto();
        let entry = field.kind().as_message().filter(|_| field.is_map()).cloned();
        let (label, kind) = match &entry {
            Some(entry) => {
                let key = Type::of(&entry.map_entry_key_field().kind());
                (format!("map from {} to", key.name), entry.map_entry_value_field().kind())
            }
            None if field.is_list() => ("repeated".to_owned(), field.kind()),
            None if proto.proto3_optional() => ("optional".to_owned(), field.kind()),
            None => (String::new(), field.kind()),
        };
        let one_of = field.containing_oneof().filter(|_| !proto.proto3_optional());
        Self {
            name: field.name().to_owned(),
            number: field.number(),
            label,
            kind: Type::of(&kind),
            one_of: one_of.map(|of| of.name().to_owned()),
            comment: paragraphs(comments::of(&field.parent_file(), field.path())),
            deprecated: proto.options.as_ref().is_some_and(|options| options.deprecated()),
        }
    }
}

#[derive(Serialize)]
struct Enum {
    name: String,
    comment: Vec<String>,
    deprecated: bool,
    values: Vec<EnumValue>,
}

#[derive(Serialize)]
struct EnumValue {
    name: String,
    number: i32,
    comment: Vec<String>,
    deprecated: bool,
}

impl Enum {
    fn of(of: &EnumDescriptor) -> Self {
        let file = of.parent_file();
        let options = of.enum_descriptor_proto().options.as_ref();
        let value = |value: prost_reflect::EnumValueDescriptor| {
            let options = value.enum_value_descriptor_proto().options.as_ref();
            EnumValue {
                name: value.name().to_owned(),
                number: value.number(),
                comment: paragraphs(comments::of(&file, value.path())),
                deprecated: options.is_some_and(|options| options.deprecated()),
            }
        };
        Self {
            name: within(of.full_name()),
            comment: paragraphs(comments::of(&file, of.path())),
            deprecated: options.is_some_and(|options| options.deprecated()),
            values: of.values().map(value).collect(),
        }
    }
}

/// The type of a field, with a link if this page describes it.
#[derive(Serialize)]
struct Type {
    name: String,
    linked: bool,
}

impl Type {
    fn of(kind: &Kind) -> Self {
        let full_name = match kind {
            Kind::Message(message) => message.full_name().to_owned(),
            Kind::Enum(of) => of.full_name().to_owned(),
            scalar => return Self { name: format!("{scalar:?}"), linked: false },
        };
        let name = within(&full_name);
        Self { linked: name != full_name, name }
    }
}

/// Returns the name without the package.
fn within(full_name: &str) -> String {
    let name = full_name.strip_prefix(PACKAGE).and_then(|name| name.strip_prefix('.'));
    name.unwrap_or(full_name).to_owned()
}

fn paragraphs(comment: Comment) -> Vec<String> {
    comment.paragraphs().to_vec()
}
