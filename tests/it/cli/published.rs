//! The published contract: the descriptor set, the OpenAPI document and the reference.

use std::collections::HashSet;

use digital_skills_registry::{
    api::{DESCRIPTOR_SET, DESCRIPTORS},
    server::docs,
};
use prost::Message;
use prost_types::FileDescriptorSet;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::{
    both,
    harness::{
        Server,
        binary::{Run, program},
    },
};

const PACKAGE: &str = "digitalskills.v1";

/// Asks for a page as an old browser does, and gives its status, its headers and its text.
async fn ask(server: &Server, method: &str, path: &str, header: &str) -> (u16, String, String) {
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: registry\r\nConnection: close\r\n{header}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    let status = status.strip_prefix("HTTP/1.1 ").unwrap()[..3].parse().unwrap();
    (status, headers.to_lowercase(), text.to_owned())
}

fn header<'a>(headers: &'a str, name: &str) -> &'a str {
    let mut lines = headers.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(key, _)| *key == name).unwrap_or_else(|| panic!("{name}: {headers}")).1
}

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

#[test]
fn types_are_those_of_protobufs_json() {
    let document = openapi();
    let schema = |name: &str| document["components"]["schemas"][name].clone();
    let gap = schema("Gap");
    let property = |name: &str| gap["properties"][name].clone();
    assert_eq!(property("revision")["type"], "string");
    assert_eq!(property("revision")["format"], "int64");
    assert_eq!(property("revision")["readOnly"], true);
    assert_eq!(property("createTime")["format"], "date-time");
    assert_eq!(property("kind")["$ref"], "#/components/schemas/GapKind");
    assert_eq!(property("owner")["default"], "");
    // An etag is for requests, too.
    assert!(property("etag").get("readOnly").is_none());
    assert_eq!(gap["required"], serde_json::json!(["organisation", "kind"]));
    assert_eq!(schema("GapKind")["enum"][1], "GAP_KIND_SHORTFALL");
    let meaning = schema("GapKind")["description"].as_str().unwrap().to_owned();
    assert!(meaning.contains("* `GAP_KIND_OMITTED_ROLE`: The plan forgets a role."), "{meaning}");
    assert_eq!(schema("UpdateGapRequest")["properties"]["updateMask"]["type"], "string");
    let coverage = schema("GapFigures")["properties"]["coverage"].clone();
    assert_eq!((&coverage["type"], coverage.get("default")), (&Value::from("number"), None));
    assert_eq!(schema("GapQuery")["properties"]["skills"]["items"]["type"], "string");
    let deleted = "/paths/~1digitalskills.v1.GapService~1DeleteGap/post/responses/200/content";
    let deleted = &document.pointer(deleted).unwrap()["application/json"]["schema"];
    assert_eq!((&deleted["type"], &deleted["maxProperties"]), (&"object".into(), &0.into()));
}

#[test]
fn the_program_writes_the_contract() {
    let run = |arguments: &[&str]| program().args(arguments).output().unwrap();
    let out = run(&["descriptor"]);
    assert!(out.status.success());
    assert_eq!(out.stdout, DESCRIPTOR_SET);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("contract.binpb");
    let written = run(&["descriptor", "--output", file.to_str().unwrap()]);
    assert!(written.status.success() && written.stdout.is_empty());
    let set = FileDescriptorSet::decode(std::fs::read(&file).unwrap().as_slice()).unwrap();
    let commented = |file: &&prost_types::FileDescriptorProto| file.source_code_info.is_some();
    let ours = set.file.iter().filter(|file| file.package() == PACKAGE);
    assert!(ours.filter(commented).count() >= 12);
    let nowhere = folder.path().join("no/such/folder");
    let failed = Run::of(&run(&["descriptor", "--output", nowhere.to_str().unwrap()]));
    assert_eq!(failed.code, Some(1));
    assert!(failed.err.contains("cannot write"), "{}", failed.err);
    let printed = Run::of(&run(&["openapi"]));
    assert_eq!((printed.code, printed.out), (Some(0), docs::openapi().unwrap()));
}

/// A terminal is made by `script`, whose arguments are others on other systems.
#[test]
#[cfg(target_os = "linux")]
fn a_descriptor_set_is_not_written_to_a_terminal() {
    let command = format!("{} descriptor", program().get_program().to_str().unwrap());
    let Ok(out) =
        std::process::Command::new("script").args(["-qec", &command, "/dev/null"]).output()
    else {
        return crate::harness::skip("there is no `script`");
    };
    let run = Run::of(&out);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("--output"), "{run:?}");
}

both!(the_descriptor_set_has_the_files_of_reflection);
async fn the_descriptor_set_has_the_files_of_reflection(server: &Server) {
    let set = FileDescriptorSet::decode(DESCRIPTOR_SET).unwrap();
    for file in &set.file {
        let request = MessageRequest::FileByFilename(file.name().to_owned());
        let request =
            ServerReflectionRequest { host: String::new(), message_request: Some(request) };
        let mut client = ServerReflectionClient::new(server.channel.clone());
        let answers = client.server_reflection_info(tokio_stream::iter([request])).await;
        let answer = answers.unwrap().into_inner().message().await.unwrap().unwrap();
        let Some(MessageResponse::FileDescriptorResponse(answer)) = answer.message_response else {
            panic!()
        };
        assert_eq!(answer.file_descriptor_proto, [file.encode_to_vec()], "{}", file.name());
    }
}

both!(the_openapi_document_is_served_over_http_1);
async fn the_openapi_document_is_served_over_http_1(server: &Server) {
    let (status, headers, text) = ask(server, "GET", "/openapi.json", "").await;
    assert_eq!((status, text), (200, docs::openapi().unwrap()));
    assert_eq!(header(&headers, "content-type"), "application/json");
    let etag = header(&headers, "etag");
    for known in [etag.to_owned(), format!("W/{etag}"), format!("\"other\", {etag}")] {
        let known = format!("If-None-Match: {known}\r\n");
        let (status, _, text) = ask(server, "GET", "/openapi.json", &known).await;
        assert_eq!((status, text.as_str()), (304, ""), "{known}");
    }
    let (status, _, _) = ask(server, "GET", "/openapi.json", "If-None-Match: \"other\"\r\n").await;
    assert_eq!(status, 200);
}

both!(the_reference_tells_everything_and_loads_nothing);
async fn the_reference_tells_everything_and_loads_nothing(server: &Server) {
    let (status, headers, page) = ask(server, "GET", "/docs", "").await;
    assert_eq!((status, header(&headers, "content-type")), (200, "text/html; charset=utf-8"));
    let policy = header(&headers, "content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for outside in ["<script", "http://", "https://", "@import", "url(", "<img", "<link", " style="]
    {
        assert!(!page.contains(outside), "{outside}");
    }
    let has = |anchor: &str| page.contains(&format!("id=\"{anchor}\""));
    for service in DESCRIPTORS.services() {
        assert!(has(service.name()), "{}", service.full_name());
        for method in service.methods() {
            assert!(
                has(&format!("{}.{}", service.name(), method.name())),
                "{}",
                method.full_name()
            );
        }
    }
    let within = |name: &str| name.strip_prefix(PACKAGE).unwrap()[1..].to_owned();
    for message in DESCRIPTORS.all_messages().filter(|message| message.package_name() == PACKAGE) {
        assert!(
            message.is_map_entry() || has(&within(message.full_name())),
            "{}",
            message.full_name()
        );
    }
    for of in DESCRIPTORS.all_enums().filter(|of| of.package_name() == PACKAGE) {
        assert!(has(&within(of.full_name())), "{}", of.full_name());
        assert!(of.values().all(|value| page.contains(value.name())), "{}", of.full_name());
    }
    for link in page.split("href=\"#").skip(1) {
        let anchor = link.split('"').next().unwrap();
        assert!(has(anchor), "nothing is at {anchor}");
    }
    assert!(page.contains("<b>both ways stream</b>") && page.contains("<b>answers stream</b>"));
}

both!(what_is_no_page_is_not_found);
async fn what_is_no_page_is_not_found(server: &Server) {
    let (status, headers, _) = ask(server, "GET", "/", "").await;
    assert_eq!((status, header(&headers, "location")), (307, "/docs"));
    assert_eq!(ask(server, "GET", "/nothing", "").await.0, 404);
    assert_eq!(ask(server, "POST", "/docs", "Content-Length: 0\r\n").await.0, 404);
    let (status, headers, text) = ask(server, "HEAD", "/docs", "").await;
    assert_eq!((status, text.as_str()), (200, ""));
    assert_ne!(header(&headers, "content-length"), "0");
    // A method that there is not is told as one.
    let (status, _, text) =
        ask(server, "POST", "/no.Service/Method", "Content-Length: 0\r\n").await;
    assert_eq!((status, text.contains("\"unimplemented\"")), (404, true), "{text}");
}
