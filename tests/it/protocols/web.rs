//! gRPC-Web, and what browsers ask before they let a page call.

use base64::{Engine, engine::general_purpose::STANDARD};
use digital_skills_registry::api::v1::*;
use prost::Message;
use reqwest::{Method, header::HeaderMap};
use serde_json::json;

use super::{BOTH, Http, open, seal};
use crate::{
    both,
    harness::{
        Db, Server, TestDatabase,
        binary::{Run, ServeProcess, program},
        example::Example,
        example::stream,
        fixture::Fixture,
    },
};

/// Calls a method by gRPC-Web; gives the messages, and what is said at the end.
async fn call(
    server: &Server,
    http: Http,
    text: bool,
    method: &str,
    request: &impl Message,
) -> (Vec<Vec<u8>>, String) {
    let content_type =
        if text { "application/grpc-web-text" } else { "application/grpc-web+proto" };
    let body = seal(0, &request.encode_to_vec());
    let body = if text { STANDARD.encode(body).into_bytes() } else { body };
    let asked = http.post(server, method).header("content-type", content_type);
    let asked = asked.header("accept", content_type).header("x-grpc-web", "1");
    let answer = asked.body(body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let begins = "application/grpc-web";
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(begins));
    let headers = format!("{:?}", answer.headers());
    let bytes = answer.bytes().await.unwrap();
    let bytes = if text { unpadded(&bytes) } else { bytes.to_vec() };
    let mut all = open(&bytes);
    // Trailers are a frame of their own; a failure without messages can be told by headers.
    let end = match all.pop_if(|(flags, _)| *flags == 0x80) {
        Some((_, trailers)) => String::from_utf8(trailers).unwrap(),
        None => headers,
    };
    (all.into_iter().map(|(_, message)| message).collect(), end)
}

/// Reads pieces of base64, each with padding of its own.
fn unpadded(text: &[u8]) -> Vec<u8> {
    text.chunks(4).flat_map(|four| STANDARD.decode(four).unwrap()).collect()
}

both!(pages_call_by_grpc_web_in_binary_and_in_text);
async fn pages_call_by_grpc_web_in_binary_and_in_text(server: &Server) {
    let example = Example::create(server).await;
    let expected = stream(server, example.query()).await.unwrap();
    for http in BOTH {
        for text in [false, true] {
            let request = GetRoleRequest { name: example.role.clone(), ..Default::default() };
            let (messages, end) = call(server, http, text, "RoleService/GetRole", &request).await;
            let role = Role::get(&server.channel, &example.role).await.unwrap();
            assert_eq!(Role::decode(&messages[0][..]).unwrap(), role);
            assert!(end.contains("grpc-status:0"), "{end}");

            let request = StreamGapsRequest { query: Some(example.query()), ..Default::default() };
            let (messages, end) = call(server, http, text, "GapService/StreamGaps", &request).await;
            let messages: Vec<_> = messages
                .iter()
                .map(|message| StreamGapsResponse::decode(&message[..]).unwrap())
                .collect();
            assert_eq!(messages, expected);
            assert!(end.contains("grpc-status:0"), "{end}");

            let request = GetRoleRequest { name: "roles/none".into(), ..Default::default() };
            let (messages, end) = call(server, http, text, "RoleService/GetRole", &request).await;
            assert!(messages.is_empty());
            assert!(
                end.contains("grpc-status") && end.contains("grpc-status-details-bin"),
                "{end}"
            );
        }
    }
}

both!(no_page_may_call_where_no_origin_is_named);
async fn no_page_may_call_where_no_origin_is_named(server: &Server) {
    let url = format!("http://{}/digitalskills.v1.RoleService/GetRole", server.address);
    let answer = Http::One
        .client()
        .request(Method::OPTIONS, &url)
        .header("origin", "https://board.example")
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    assert!(!has_cors(answer.headers()));
    let answer = Http::One.client().post(&url).header("origin", "https://board.example");
    assert!(!has_cors(answer.json(&json!({})).send().await.unwrap().headers()));
    // What a browser sends without asking first is not served.
    for simple in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let answer = Http::One.client().post(&url).header("content-type", simple).body("{}");
        assert_eq!(answer.send().await.unwrap().status(), 415);
    }
}

fn has_cors(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("access-control-"))
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_origins_that_are_named_may_call() {
    let both = ["--cors-origin", "https://board.example", "--cors-origin", "http://localhost:5173"];
    for (arguments, variable, origin, allowed) in [
        (&both[..], "", "https://board.example", Some("https://board.example")),
        (&both[..], "", "http://localhost:5173", Some("http://localhost:5173")),
        (&both[..], "", "https://else.example", None),
        (
            &[][..],
            "https://a.example,https://b.example",
            "https://b.example",
            Some("https://b.example"),
        ),
        (&["--cors-origin", "*"][..], "", "https://else.example", Some("*")),
    ] {
        let database = TestDatabase::create(Db::Sqlite).await.unwrap();
        let mut command = program();
        command
            .args(["serve", "--drain-seconds", "1", "--database-url", &database.url])
            .args(arguments);
        if !variable.is_empty() {
            command.env("REGISTRY_CORS_ORIGINS", variable);
        }
        let serving = ServeProcess::start(command);
        let url = format!("http://{}/digitalskills.v1.RoleService/ListRoles", serving.address);
        let client = Http::One.client();
        let asked = client.request(Method::OPTIONS, &url).header("origin", origin);
        let asked = asked
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,connect-protocol-version");
        let answer = asked.send().await.unwrap();
        let given = |headers: &HeaderMap, name: &str| {
            headers.get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(answer.status(), 200);
        assert_eq!(given(answer.headers(), "access-control-allow-origin").as_deref(), allowed);
        let headers = given(answer.headers(), "access-control-allow-headers").unwrap();
        for header in [
            "registry-caller",
            "registry-rights",
            "connect-timeout-ms",
            "x-grpc-web",
            "authorization",
            "traceparent",
        ] {
            assert!(headers.contains(header), "{headers}");
        }
        for content_type in ["application/json", "application/grpc-web"] {
            let asked =
                client.post(&url).header("origin", origin).header("content-type", content_type);
            let answer =
                asked.body(if content_type.ends_with("json") { "{}" } else { "\0\0\0\0\0" });
            let answer = answer.send().await.unwrap();
            assert_eq!(answer.status(), 200);
            assert_eq!(given(answer.headers(), "access-control-allow-origin").as_deref(), allowed);
            let exposed = given(answer.headers(), "access-control-expose-headers").unwrap();
            for header in ["grpc-status-details-bin", "grpc-retry-pushback-ms", "registry-revision"]
            {
                assert!(exposed.contains(header), "{exposed}");
            }
        }
    }
}

#[test]
fn an_origin_that_no_browser_sends_is_refused_at_the_start() {
    let mut command = program();
    let run =
        Run::of(&command.args(["serve", "--cors-origin", "board.example/"]).output().unwrap());
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("is not * or an origin such as https://board.example"), "{run:?}");
}
