//! The OpenAPI document of the unary calls of the Connect protocol.

use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor, ServiceDescriptor};
use serde_json::{Map, Value, json};

use crate::api::DESCRIPTORS;

use super::{
    comments::{self, PACKAGE},
    json,
};

/// The codes of the Connect protocol, each with its HTTP status.
const CODES: [(&str, u16); 16] = [
    ("canceled", 499),
    ("unknown", 500),
    ("invalid_argument", 400),
    ("deadline_exceeded", 504),
    ("not_found", 404),
    ("already_exists", 409),
    ("permission_denied", 403),
    ("resource_exhausted", 429),
    ("failed_precondition", 400),
    ("aborted", 409),
    ("out_of_range", 400),
    ("unimplemented", 501),
    ("internal", 500),
    ("unavailable", 503),
    ("data_loss", 500),
    ("unauthenticated", 401),
];

/// Returns the OpenAPI 3.1 document as JSON.
pub fn openapi() -> serde_json::Result<String> {
    let services: Vec<_> =
        comments::files().iter().flat_map(|file| file.services().collect::<Vec<_>>()).collect();
    let mut text = serde_json::to_string_pretty(&json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Digital skills registry",
            "version": env!("CARGO_PKG_VERSION"),
            "description": description(&services),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": services.iter().map(tag).collect::<Vec<_>>(),
        "paths": paths(&services),
        "components": {
            "parameters": {"ConnectTimeoutMs": timeout()},
            "responses": {"Error": failure()},
            "schemas": schemas(&DESCRIPTORS),
        },
    }))?;
    text.push('\n');
    Ok(text)
}

fn description(services: &[ServiceDescriptor]) -> String {
    let methods = services.iter().flat_map(|service| service.methods().collect::<Vec<_>>());
    let streams = methods.filter(|method| !is_unary(method));
    let streams: Vec<_> = streams.map(|method| format!("`{}`", method.name())).collect();
    format!(
        "The unary methods of `{PACKAGE}` as JSON over HTTP, by the Connect protocol: each is a \
         POST with the request as its body.\n\n\
         Streams are not in this document: {}. Call them with a gRPC or Connect client made from \
         the protos; the reference at `/docs` describes them.\n\n\
         JSON is protobuf's canonical form. A 64-bit integer is a string. A field that has its \
         default is omitted from responses, even if it is listed as required; one without a default \
         that is omitted has no value. In an update with a mask, only the fields that the mask names \
         are required. Fields and enum values can be added at any time: ignore those you do not know.",
        streams.join(", ")
    )
}

fn is_unary(method: &MethodDescriptor) -> bool {
    !method.is_client_streaming() && !method.is_server_streaming()
}

fn tag(service: &ServiceDescriptor) -> Value {
    let comment = comments::of(&service.parent_file(), service.path());
    json!({"name": service.name(), "description": comment.text()})
}

fn paths(services: &[ServiceDescriptor]) -> Map<String, Value> {
    let methods = services.iter().flat_map(|service| service.methods().collect::<Vec<_>>());
    let unary = methods.filter(is_unary);
    let path = |method: &MethodDescriptor| {
        format!("/{}/{}", method.parent_service().full_name(), method.name())
    };
    unary.map(|method| (path(&method), json!({"post": operation(&method)}))).collect()
}

fn operation(method: &MethodDescriptor) -> Value {
    let service = method.parent_service();
    let comment = comments::of(&service.parent_file(), method.path());
    let mut operation = json!({
        "operationId": format!("{}_{}", service.name(), method.name()),
        "tags": [service.name()],
        "summary": comment.summary(),
        "description": comment.text(),
        "parameters": [{"$ref": "#/components/parameters/ConnectTimeoutMs"}],
        "requestBody": {
            "required": true,
            "content": body(&method.input()),
        },
        "responses": {
            "200": {"description": "The call succeeded.", "content": body(&method.output())},
            "default": {"$ref": "#/components/responses/Error"},
        },
    });
    let options = method.method_descriptor_proto().options.as_ref();
    json::deprecate(&mut operation, options.is_some_and(|options| options.deprecated()));
    operation
}

fn body(message: &MessageDescriptor) -> Value {
    json!({"application/json": {"schema": json::reference(message)}})
}

fn timeout() -> Value {
    json!({
        "name": "Connect-Timeout-Ms",
        "in": "header",
        "description": "How long the caller waits, in milliseconds.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,10}$"},
    })
}

/// Returns the response of every call that fails.
fn failure() -> Value {
    let codes = CODES.map(|(code, status)| format!("* {status}: `{code}`")).join("\n");
    let description = format!("The call failed. The HTTP status follows from the code:\n\n{codes}");
    json!({
        "description": description,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/connect.Error"}}},
    })
}

/// Returns the schemas of every message and enum of the package, and of Connect's errors.
fn schemas(pool: &DescriptorPool) -> Map<String, Value> {
    let mut schemas = Map::new();
    for message in pool.all_messages().filter(|message| message.package_name() == PACKAGE) {
        if !message.is_map_entry() && !travels_in_streams_only(pool, &message) {
            schemas
                .insert(json::component(message.full_name()).to_owned(), json::message(&message));
        }
    }
    for of in pool.all_enums().filter(|of| of.package_name() == PACKAGE) {
        schemas.insert(json::component(of.full_name()).to_owned(), json::enumeration(&of));
    }
    schemas.insert("connect.Error".to_owned(), error());
    schemas.insert("connect.ErrorDetail".to_owned(), error_detail());
    schemas
}

/// Whether a message is used only by streaming methods, which this document omits.
fn travels_in_streams_only(pool: &DescriptorPool, message: &MessageDescriptor) -> bool {
    let methods = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let mut of_it = methods
        .filter(|method| method.input() == *message || method.output() == *message)
        .peekable();
    of_it.peek().is_some() && of_it.all(|method| !is_unary(&method))
}

fn error() -> Value {
    json!({
        "type": "object",
        "description": "Why a call failed.",
        "required": ["code"],
        "properties": {
            "code": {
                "type": "string",
                "description": "The code.",
                "enum": CODES.map(|(code, _)| code),
            },
            "message": {
                "type": "string",
                "description": "What happened, for people. A program never needs to read it.",
            },
            "details": {
                "type": "array",
                "description": "The same for a program: a `google.rpc.ErrorInfo` with the reason \
                                and its facts; if the request is invalid, a \
                                `google.rpc.BadRequest` with every violation; if the call may be \
                                retried, a `google.rpc.RetryInfo`.",
                "items": {"$ref": "#/components/schemas/connect.ErrorDetail"},
            },
        },
    })
}

fn error_detail() -> Value {
    json!({
        "type": "object",
        "description": "A protobuf message.",
        "required": ["type", "value"],
        "properties": {
            "type": {
                "type": "string",
                "description": "The full name of the message.",
                "examples": ["google.rpc.ErrorInfo"],
            },
            "value": {
                "type": "string",
                "contentEncoding": "base64",
                "description": "Its binary form, in base64 without padding.",
            },
            "debug": {
                "description": "Its JSON form, if the server includes it.",
            },
        },
    })
}
