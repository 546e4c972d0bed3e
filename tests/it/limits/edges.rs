//! What is not HTTP, gRPC, gRPC-Web or Connect as their standards have it.

use base64::{Engine, engine::general_purpose::STANDARD};
use digital_skills_registry::api::v1::*;
use prost::Message;
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::{Http2, http1, send, until_closed, web_status};
use crate::{
    harness::{Db, Server, failure, fixture::Fixture, run},
    protocols::{Http, as_status, error, full, gzip, open, seal},
};

const CREATE: &str = "RoleService/CreateRole";
const GET: &str = "RoleService/GetRole";

/// Runs a body on a server: the database is the same to all of this.
async fn on(body: impl AsyncFnOnce(&Server)) {
    run(Db::Sqlite, body).await;
}

fn undecodable(status: Status) {
    let failure = failure::<()>(Err(status), Code::InvalidArgument);
    assert_eq!(failure.reason, "MESSAGE_UNDECODABLE");
}

fn create(id: &str) -> Vec<u8> {
    let role = Role { title: id.into(), ..Role::default() };
    let request = CreateRoleRequest { role_id: id.into(), role: Some(role), ..Default::default() };
    seal(0, &request.encode_to_vec())
}

/// Calls a method by gRPC-Web over HTTP/1.1.
async fn web(server: &Server, method: &str, content_type: &str, body: Vec<u8>) -> Status {
    let asked = Http::One.post(server, method).header("content-type", content_type);
    web_status(asked.body(body).send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_is_called_by_post_alone() {
    on(async |server| {
        let connection = Http2::to(server.address).await;
        let grpc = [("content-type", "application/grpc"), ("te", "trailers")];
        for method in ["GET", "PUT", "HEAD", "OPTIONS", "DELETE"] {
            let mut call = connection.begin(method, CREATE, &grpc).await;
            let _ = call.body.send_data(create("done").into(), true);
            let answer = call.answer.await.unwrap();
            assert_eq!(answer.status(), 405, "{method}");
            assert_eq!(answer.headers()["allow"], "POST");
            let status = Status::from_header_map(answer.headers()).unwrap();
            assert_eq!(failure::<()>(Err(status), Code::Unimplemented).reason, "FORM_UNKNOWN");
        }
        let put = Http::One.client().put(format!("http://{}/{}", server.address, full(CREATE)));
        let put = put.header("content-type", "application/grpc-web").body(create("done"));
        assert_eq!(put.send().await.unwrap().status(), 405);
        failure(Role::get(&server.channel, "roles/done").await, Code::NotFound);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_of_one_message_is_not_done_for_two() {
    on(async |server| {
        let two = [create("one"), create("two")].concat();
        let mut call = Http2::to(server.address).await.grpc(CREATE, &[]).await;
        call.body.send_data(two.clone().into(), true).unwrap();
        undecodable(call.end().await.1);
        undecodable(web(server, CREATE, "application/grpc-web", two).await);
        for id in ["one", "two"] {
            failure(Role::get(&server.channel, &format!("roles/{id}")).await, Code::NotFound);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_message_says_how_over_every_protocol() {
    on(async |server| {
        let compressed = seal(1, &gzip(&GetRoleRequest::default().encode_to_vec()));
        let mut call = Http2::to(server.address).await.grpc(GET, &[]).await;
        call.body.send_data(compressed.clone().into(), true).unwrap();
        undecodable(call.end().await.1);
        undecodable(web(server, GET, "application/grpc-web", compressed).await);
        let stream = Http::One.post(server, "RoleService/ExportRoles");
        let asked = stream.header("content-type", "application/connect+json");
        let answer = asked.body(seal(1, &gzip(b"{}"))).send().await.unwrap();
        let (_, end) = open(&answer.bytes().await.unwrap()).pop().unwrap();
        let end: Value = serde_json::from_slice(&end).unwrap();
        undecodable(as_status(&end["error"]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn base64_may_be_padded_piece_by_piece_and_must_be_base64() {
    on(async |server| {
        let text = "application/grpc-web-text";
        let message = create("text");
        let pieces = message.chunks(4).map(|piece| STANDARD.encode(piece));
        let status = web(server, CREATE, text, pieces.collect::<String>().into_bytes()).await;
        assert_eq!(status.code(), Code::Ok, "{status:?}");
        Role::get(&server.channel, "roles/text").await.unwrap();
        let whole = STANDARD.encode(&message);
        for malformed in ["!!!!", &whole[..whole.len() - 3], "AAAA\nAAAA"] {
            undecodable(web(server, CREATE, text, malformed.as_bytes().to_vec()).await);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_members_of_a_compressed_body_are_read() {
    on(async |server| {
        let body = json!({"roleId": "zipped", "role": {"title": "Zipped"}}).to_string();
        let (one, two) = body.as_bytes().split_at(9);
        let post = |bytes: Vec<u8>| {
            let post = Http::One.post(server, CREATE).header("content-type", "application/json");
            post.header("content-encoding", "gzip").body(bytes).send()
        };
        assert_eq!(post([gzip(one), gzip(two)].concat()).await.unwrap().status(), 200);
        let rubbish = post([gzip(body.as_bytes()), b"rubbish".to_vec()].concat());
        let (status, _, error) = error(rubbish.await.unwrap()).await;
        assert_eq!(status, 400);
        undecodable(as_status(&error));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_chunks_are_the_callers_fault() {
    on(async |server| {
        let chunked = ("transfer-encoding", "chunked");
        let json = http1(
            CREATE,
            &[("content-type", "application/json"), chunked],
            b"ZZ\r\n{}\r\n0\r\n\r\n",
        );
        let answer = until_closed(&mut send(server.address, &json).await).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        undecodable(as_status(&serde_json::from_str(body).unwrap()));
        let web = [("content-type", "application/grpc-web"), chunked];
        let answer =
            until_closed(&mut send(server.address, &http1(CREATE, &web, b"ZZ\r\n")).await).await;
        assert!(answer.contains("grpc-status: 3"), "{answer}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_http1_that_another_may_read_otherwise_is_refused() {
    on(async |server| {
        let body = b"{\"roleId\":\"smuggled\",\"role\":{\"title\":\"x\"}}";
        let length = body.len().to_string();
        let json = [("content-type", "application/json"), ("content-length", length.as_str())];
        let well_formed = http1(CREATE, &json, body);
        let text = String::from_utf8(well_formed.clone()).unwrap();
        let chunks = format!("{:x}\r\n{}\r\n0\r\n\r\n", body.len(), String::from_utf8_lossy(body));
        let both = [("transfer-encoding", "chunked"), json[0], json[1]];
        for (what, malformed) in [
            ("no host", text.replace("host: x\r\n", "")),
            ("two hosts", text.replace("host: x\r\n", "host: x\r\nhost: y\r\n")),
            (
                "chunks and a length",
                String::from_utf8(http1(CREATE, &both, chunks.as_bytes())).unwrap(),
            ),
            (
                "a length and chunks",
                text.replace("\r\n\r\n", "\r\ntransfer-encoding: chunked\r\n\r\n"),
            ),
            ("bare line feeds", text.replace("\r\n", "\n")),
        ] {
            let answer = until_closed(&mut send(server.address, malformed.as_bytes()).await).await;
            assert!(answer.starts_with("HTTP/1.1 400"), "{what}: {answer}");
        }
        failure(Role::get(&server.channel, "roles/smuggled").await, Code::NotFound);
        let closing = text.replace("host: x\r\n", "host: x\r\nconnection: close\r\n");
        let answer = until_closed(&mut send(server.address, closing.as_bytes()).await).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    })
    .await;
}
