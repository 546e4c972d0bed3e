//! Requests on their way in: those that do not arrive, and too much of them.

use std::time::Duration;

use digital_skills_registry::api::v1::*;
use prost::Message;
use tonic::{Code, Status};

use super::{Http2, LimitedServer, WAIT_LIMIT, http1, limits, until_closed, web_status};
use crate::{
    both,
    harness::{Db, Server, failure, fixture::Fixture, run},
    protocols::{Http, as_status, seal},
};

const CREATE: &str = "RoleService/CreateRole";
const IMPORT: &str = "RoleService/ImportRoles";

const SHORT: Duration = Duration::from_millis(300);

/// The beginning of a message that is to have `length` bytes.
fn begun(length: u32, come: usize) -> Vec<u8> {
    [&[0], &length.to_be_bytes()[..], &vec![b'x'; come]].concat()
}

fn stalled(status: Status) {
    let failure = failure::<()>(Err(status), Code::DeadlineExceeded);
    assert_eq!(failure.reason, "REQUEST_STALLED");
}

/// A request that stops, over each protocol.
async fn stops(limited: &LimitedServer) {
    let mut call = limited.http2().await.grpc(CREATE, &[]).await;
    call.send(begun(100, 5));
    stalled(call.end().await.1);

    let headers = [("content-type", "application/json"), ("content-length", "100")];
    let answer = limited.send(&http1(CREATE, &headers, b"{\"role\":")).await;
    let answer = until_closed(&mut { answer }).await;
    assert!(answer.starts_with("HTTP/1.1 504"), "{answer}");
    let (_, error) = answer.split_once("\r\n\r\n").unwrap();
    stalled(as_status(&serde_json::from_str(error).unwrap()));

    let url = format!("http://{}/digitalskills.v1.{CREATE}", limited.address);
    for content_type in ["application/grpc-web", "application/grpc-web-text"] {
        let endless = futures_of(b"AAAA");
        let asked = Http::One.client().post(&url).header("content-type", content_type);
        let answer = asked.body(reqwest::Body::wrap_stream(endless)).send().await.unwrap();
        stalled(web_status(answer).await);
    }
}

/// A stream of some bytes, and then of nothing for ever.
fn futures_of(
    bytes: &'static [u8],
) -> impl tokio_stream::Stream<Item = Result<&'static [u8], std::io::Error>> {
    use tokio_stream::StreamExt;
    tokio_stream::once(Ok(bytes)).chain(tokio_stream::pending())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_stops_is_told_so() {
    run(Db::Sqlite, async |server| {
        let limited =
            LimitedServer::start(server, limits(|limits| limits.request_silence = SHORT)).await;
        stops(&limited).await;
        limited.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_trickles_is_told_so() {
    run(Db::Sqlite, async |server| {
        let limited =
            LimitedServer::start(server, limits(|limits| limits.request_arrival = SHORT)).await;
        stops(&limited).await;
        let mut call = limited.http2().await.grpc(CREATE, &[]).await;
        call.send(begun(100_000, 0));
        let mut body = call.body;
        let trickling = tokio::spawn(async move {
            while body.send_data(vec![b'x'].into(), false).is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let answer = tokio::time::timeout(WAIT_LIMIT, call.answer).await.unwrap().unwrap();
        stalled(Status::from_header_map(answer.headers()).unwrap());
        // The stream is ended, so that the caller knows to stop.
        tokio::time::timeout(WAIT_LIMIT, trickling).await.unwrap().unwrap();
        limited.stop().await;
    })
    .await;
}

both!(an_import_that_falls_silent_ends_and_deletes_nothing);
async fn an_import_that_falls_silent_ends_and_deletes_nothing(server: &Server) {
    let role = Role { title: "Stays".into(), ..Role::default() };
    Role::create(&server.channel, "", "stays", Some(role.clone())).await.unwrap();
    let limited =
        LimitedServer::start(server, limits(|limits| limits.request_silence = SHORT)).await;
    let mut call = limited.http2().await.grpc(IMPORT, &[]).await;
    let batch = ImportRolesRequest {
        absent_rows: AbsentRows::Delete as i32,
        roles: vec![Role { name: "roles/other".into(), ..role }],
        ..Default::default()
    };
    call.send(seal(0, &batch.encode_to_vec()));
    let (answers, status) = call.end().await;
    assert_eq!(answers.len(), 1);
    stalled(status);
    Role::get(&server.channel, "roles/stays").await.unwrap();
    limited.stop().await;
}

both!(no_more_bytes_of_requests_are_held_than_there_is_room_for);
async fn no_more_bytes_of_requests_are_held_than_there_is_room_for(server: &Server) {
    let limited =
        LimitedServer::start(server, limits(|limits| limits.request_bytes = 1 << 20)).await;
    let connection = limited.http2().await;
    let mut unfinished = Vec::new();
    for _ in 0..4 {
        let mut call = connection.grpc(CREATE, &[]).await;
        call.send(begun(4 << 20, 300 << 10));
        unfinished.push(call);
    }
    let ends = unfinished.into_iter().map(|call| Box::pin(call.end()));
    let (end, others) = first(ends.collect()).await;
    let failure = failure::<()>(Err(end.1), Code::ResourceExhausted);
    assert_eq!((failure.reason.as_str(), failure.fact("limit")), ("OVERLOADED", "bytes"));
    // There is room again when the others are gone.
    drop(others);
    let other = limited.http2().await;
    let large = Role { title: "Large".into(), description: "x".repeat(9_000), ..Role::default() };
    let batch = ImportRolesRequest {
        roles: (0..80).map(|i| Role { name: format!("roles/r{i}"), ..large.clone() }).collect(),
        ..Default::default()
    };
    let begun = std::time::Instant::now();
    loop {
        let (answers, status) = other.call(IMPORT, &[], &batch).await;
        if status.code() == Code::Ok {
            assert_eq!(answers.len(), 1);
            break;
        }
        assert!(begun.elapsed() < WAIT_LIMIT);
    }
    many(&other, &batch).await;
    limited.stop().await;
}

/// Sends more in one stream than is held at once: each message is let go when it was dealt with.
async fn many(connection: &Http2, batch: &ImportRolesRequest) {
    let mut call = connection.grpc(IMPORT, &[]).await;
    let message = seal(0, &batch.encode_to_vec());
    for _ in 0..4 {
        call.send(message.clone());
    }
    call.body.send_data(Vec::new().into(), true).unwrap();
    let (answers, status) = call.end().await;
    assert_eq!((answers.len(), status.code()), (4, Code::Ok));
}

/// The first of some futures to end, and the others.
async fn first<F: Future + Unpin>(mut futures: Vec<F>) -> (F::Output, Vec<F>) {
    std::future::poll_fn(|context| {
        let ready =
            futures.iter_mut().enumerate().find_map(|(i, future)| {
                match std::pin::Pin::new(future).poll(context) {
                    std::task::Poll::Ready(output) => Some((i, output)),
                    std::task::Poll::Pending => None,
                }
            });
        match ready {
            Some((i, output)) => {
                drop(futures.swap_remove(i));
                std::task::Poll::Ready((output, std::mem::take(&mut futures)))
            }
            None => std::task::Poll::Pending,
        }
    })
    .await
}
