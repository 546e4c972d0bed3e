//! Connect's calls that stream.

use base64::{Engine, engine::general_purpose::STANDARD};
use digital_skills_registry::api::{DESCRIPTORS, v1::*};
use prost::{Message, bytes::Bytes};
use prost_reflect::DynamicMessage;
use serde_json::{Value, json};

use super::{BOTH, Http, detail, error, full, gunzip, gzip, open, seal};
use crate::{
    both,
    harness::{
        Server,
        example::{Example, stream},
        failure,
        fixture::Fixture,
    },
};

const STREAM: &str = "GapService/StreamGaps";
const IMPORT: &str = "RoleService/ImportRoles";

/// Calls a method that streams; gives the messages, and how it ended.
async fn call(
    server: &Server,
    http: Http,
    method: &str,
    headers: &[(&'static str, &str)],
    body: Vec<u8>,
) -> (Vec<(u8, Vec<u8>)>, Value) {
    let mut asked = http.post(server, method);
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    let answer = asked.body(body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], headers[0].1);
    let mut all = open(&answer.bytes().await.unwrap());
    let (flags, end) = all.pop().unwrap();
    assert_eq!(flags, 2);
    (all, serde_json::from_slice(&end).unwrap())
}

const JSON: (&str, &str) = ("content-type", "application/connect+json");
const PROTO: (&str, &str) = ("content-type", "application/connect+proto");

/// A batch of an import with one row.
fn batch(id: &str) -> Vec<u8> {
    let batch = json!({"roles": [{"name": format!("roles/{id}"), "title": id}]});
    seal(0, batch.to_string().as_bytes())
}

fn reason(end: &Value) -> (&str, &str) {
    let info = detail(&end["error"], "ErrorInfo");
    (end["error"]["code"].as_str().unwrap(), info["reason"].as_str().unwrap())
}

both!(a_stream_gives_the_messages_that_grpc_gives);
async fn a_stream_gives_the_messages_that_grpc_gives(server: &Server) {
    let example = Example::create(server).await;
    let expected = stream(server, example.query()).await.unwrap();
    let request = StreamGapsRequest { query: Some(example.query()), ..Default::default() };
    let kind = DESCRIPTORS.get_message_by_name("digitalskills.v1.StreamGapsRequest").unwrap();
    let mut dynamic = DynamicMessage::new(kind);
    dynamic.transcode_from(&request).unwrap();
    let json_request = serde_json::to_vec(&dynamic).unwrap();
    let answer_kind =
        DESCRIPTORS.get_message_by_name("digitalskills.v1.StreamGapsResponse").unwrap();
    for http in BOTH {
        let (messages, end) =
            call(server, http, STREAM, &[PROTO], seal(0, &request.encode_to_vec())).await;
        assert_eq!(end, json!({}));
        let messages: Vec<_> = messages
            .iter()
            .map(|(_, message)| StreamGapsResponse::decode(&message[..]).unwrap())
            .collect();
        assert_eq!(messages, expected);

        let (messages, end) = call(server, http, STREAM, &[JSON], seal(0, &json_request)).await;
        assert_eq!(end, json!({}));
        let messages: Vec<StreamGapsResponse> = messages
            .iter()
            .map(|(_, message)| {
                let mut json = serde_json::Deserializer::from_slice(message);
                DynamicMessage::deserialize(answer_kind.clone(), &mut json)
                    .unwrap()
                    .transcode_to()
                    .unwrap()
            })
            .collect();
        assert_eq!(messages, expected);
    }
}

both!(a_file_comes_in_parts_of_json_too);
async fn a_file_comes_in_parts_of_json_too(server: &Server) {
    let example = Example::create(server).await;
    let asked = json!({"plan": example.plan, "asOfDate": "2026-07-01"}).to_string();
    for http in BOTH {
        let (parts, end) =
            call(server, http, "GapService/RenderReport", &[JSON], seal(0, asked.as_bytes())).await;
        assert_eq!(end, json!({}));
        let parts: Vec<Value> =
            parts.iter().map(|(_, part)| serde_json::from_slice(part).unwrap()).collect();
        let bytes =
            parts.iter().flat_map(|part| STANDARD.decode(part["data"].as_str().unwrap()).unwrap());
        let page = String::from_utf8(bytes.collect()).unwrap();
        assert_eq!(parts[0]["sizeBytes"], page.len().to_string());
        assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    }
}

both!(a_stream_that_fails_says_so_at_its_end);
async fn a_stream_that_fails_says_so_at_its_end(server: &Server) {
    for http in BOTH {
        let asked = seal(0, br#"{"query": {"plan": "plans/none"}}"#);
        let (messages, end) = call(server, http, STREAM, &[JSON], asked).await;
        assert!(messages.is_empty());
        assert_eq!(reason(&end), ("not_found", "RESOURCE_NOT_FOUND"));
        for (asked, expected) in [
            (Vec::new(), ("invalid_argument", "MESSAGE_UNDECODABLE")),
            (seal(0, b"{"), ("invalid_argument", "MESSAGE_UNDECODABLE")),
            (seal(0, br#"{"query": {"pan": 1}}"#), ("invalid_argument", "MESSAGE_UNDECODABLE")),
            (seal(0, b"{}")[..6].to_vec(), ("invalid_argument", "MESSAGE_UNDECODABLE")),
            (seal(0, b"{}")[..3].to_vec(), ("invalid_argument", "MESSAGE_UNDECODABLE")),
            // A request says nothing of its end; what is compressed must say how.
            (seal(2, b"{}"), ("invalid_argument", "MESSAGE_UNDECODABLE")),
            (seal(1, &gzip(b"{}")), ("invalid_argument", "MESSAGE_UNDECODABLE")),
            (vec![0, 0xff, 0xff, 0xff, 0xff], ("resource_exhausted", "MESSAGE_TOO_LARGE")),
        ] {
            let (_, end) = call(server, http, STREAM, &[JSON], asked).await;
            assert_eq!(reason(&end), expected);
        }
    }
    for (name, value, code) in [
        ("connect-protocol-version", "0", "invalid_argument"),
        ("connect-timeout-ms", "never", "invalid_argument"),
        ("connect-content-encoding", "br", "unimplemented"),
    ] {
        let asked = seal(0, br#"{"query": {"plan": "plans/none"}}"#);
        let (_, end) = call(server, Http::One, STREAM, &[JSON, (name, value)], asked).await;
        assert_eq!(end["error"]["code"], code, "{name}");
    }
}

both!(a_stream_that_runs_out_of_time_ends_so);
async fn a_stream_that_runs_out_of_time_ends_so(server: &Server) {
    for http in BOTH {
        let never = tokio_stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let asked =
            http.post(server, STREAM).header(JSON.0, JSON.1).header("connect-timeout-ms", "50");
        let answer = asked.body(reqwest::Body::wrap_stream(never)).send().await.unwrap();
        let (_, end) = open(&answer.bytes().await.unwrap()).remove(0);
        let end = serde_json::from_slice(&end).unwrap();
        assert_eq!(reason(&end), ("deadline_exceeded", "DEADLINE_EXCEEDED"));
    }
}

both!(messages_of_a_stream_are_compressed_one_by_one);
async fn messages_of_a_stream_are_compressed_one_by_one(server: &Server) {
    let example = Example::create(server).await;
    let asked = json!({"query": {"plan": example.plan}}).to_string();
    let (plain, _) = call(server, Http::Two, STREAM, &[JSON], seal(0, asked.as_bytes())).await;
    assert!(plain.iter().any(|(_, message)| message.len() > 1_024));
    let headers = [JSON, ("connect-content-encoding", "gzip"), ("connect-accept-encoding", "gzip")];
    let (zipped, _) =
        call(server, Http::Two, STREAM, &headers, seal(1, &gzip(asked.as_bytes()))).await;
    assert_eq!(zipped.len(), plain.len());
    for ((flags, message), (_, plain)) in zipped.iter().zip(&plain) {
        assert_eq!(*flags == 1, plain.len() >= 1_024);
        let message = if *flags == 1 { gunzip(message) } else { message.clone() };
        assert_eq!(&message, plain);
    }
    let bomb = seal(1, &gzip(&vec![b' '; 5 << 20]));
    let (_, end) = call(server, Http::Two, STREAM, &headers, bomb).await;
    assert_eq!(reason(&end), ("resource_exhausted", "MESSAGE_TOO_LARGE"));
    let (_, end) = call(server, Http::Two, STREAM, &headers, seal(1, b"plain")).await;
    assert_eq!(reason(&end), ("invalid_argument", "MESSAGE_UNDECODABLE"));
}

both!(an_import_is_answered_batch_by_batch_while_it_is_sent);
async fn an_import_is_answered_batch_by_batch_while_it_is_sent(server: &Server) {
    let (mut stream, answer) = begin(server).await;
    stream.send_data(batch("a").into(), false).unwrap();
    let mut body = answer.await.unwrap().into_body();
    let mut outcome = async || {
        let data = body.data().await.unwrap().unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        let (flags, message) = open(&data).remove(0);
        (flags, serde_json::from_slice::<Value>(&message).unwrap())
    };
    // The answer comes before the next batch is sent.
    assert_eq!(outcome().await.1["outcomes"][0]["status"], "IMPORT_STATUS_CREATED");
    stream.send_data(batch("b").into(), true).unwrap();
    assert_eq!(outcome().await.1["outcomes"][0]["name"], "roles/b");
    assert_eq!(outcome().await, (2, json!({})));
    assert_eq!(server.revision().await, 2);
}

both!(an_import_that_breaks_keeps_the_batches_before_it);
async fn an_import_that_breaks_keeps_the_batches_before_it(server: &Server) {
    for cut in [
        batch("cut")[..20].to_vec(),
        batch("cut")[..5].to_vec(),
        vec![0],
        seal(0, b"{\"rows\": []}"),
        seal(2, b"{}"),
    ] {
        let body = [batch("whole"), cut].concat();
        let (messages, end) = call(server, Http::Two, IMPORT, &[JSON], body).await;
        assert_eq!(messages.len(), 1);
        assert_eq!(reason(&end), ("invalid_argument", "MESSAGE_UNDECODABLE"));
        Role::get(&server.channel, "roles/whole").await.unwrap();
        failure(Role::get(&server.channel, "roles/cut").await, tonic::Code::NotFound);
        assert_eq!(server.revision().await, 1);
    }
}

both!(a_cancelled_import_deletes_nothing);
async fn a_cancelled_import_deletes_nothing(server: &Server) {
    for id in ["a", "b", "c"] {
        let row = Role { title: id.into(), ..Role::default() };
        Role::create(&server.channel, "", id, Some(row)).await.unwrap();
    }
    for reset in [true, false].repeat(5) {
        let (mut stream, answer) = begin(server).await;
        // Would delete all others, had it ended well.
        let batch = json!({"roles": [{"name": "roles/a", "title": "a"}], "absentRows": "ABSENT_ROWS_DELETE"});
        stream.send_data(seal(0, batch.to_string().as_bytes()).into(), false).unwrap();
        let mut body = answer.await.unwrap().into_body();
        assert!(!body.data().await.unwrap().unwrap().is_empty());
        if reset {
            stream.send_reset(h2::Reason::CANCEL);
        }
        drop((body, stream));
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(server.revision().await, 3);
}

both!(what_streams_both_ways_needs_http2);
async fn what_streams_both_ways_needs_http2(server: &Server) {
    let answer = Http::One.post(server, IMPORT).header(JSON.0, JSON.1).body(batch("a"));
    assert_eq!(error(answer.send().await.unwrap()).await.0, 505);
    assert_eq!(server.revision().await, 0);
}

both!(reflection_answers_json);
async fn reflection_answers_json(server: &Server) {
    for version in ["v1", "v1alpha"] {
        let method = format!("grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        let asked = seal(0, br#"{"listServices": ""}"#);
        let (messages, end) = call(server, Http::Two, &method, &[JSON], asked).await;
        assert_eq!(end, json!({}));
        let answer: Value = serde_json::from_slice(&messages[0].1).unwrap();
        let services = answer["listServicesResponse"]["service"].as_array().unwrap();
        assert!(services.contains(&json!({"name": "digitalskills.v1.GapService"})), "{answer}");
    }
}

/// Begins an import over a connection of its own.
async fn begin(server: &Server) -> (h2::SendStream<Bytes>, h2::client::ResponseFuture) {
    let request = http::Request::post(format!("http://{}/{}", server.address, full(IMPORT)))
        .header(JSON.0, JSON.1)
        .body(())
        .unwrap();
    let socket = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let (client, connection) = h2::client::handshake(socket).await.unwrap();
    tokio::spawn(connection);
    let (answer, stream) = client.ready().await.unwrap().send_request(request, false).unwrap();
    (stream, answer)
}
