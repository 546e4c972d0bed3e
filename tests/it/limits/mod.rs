//! The limits of a process: connections that say nothing, requests that do not arrive, more calls than
//! are worked on at once, and what is not HTTP or gRPC as their standards have it.

mod calls;
mod connections;
mod crowd;
mod edges;
mod requests;

use std::{net::SocketAddr, time::Duration};

use digital_skills_registry::{api::v1::Role, registry::Registry, server::Limits};
use h2::client::{ResponseFuture, SendRequest};
use prost::{Message, bytes::Bytes};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};
use tonic::Status;

use crate::{
    harness::{Server, serve_within},
    protocols::{full, open, seal},
};

/// Ends a test that hangs.
const WAIT_LIMIT: Duration = Duration::from_secs(30);

/// Another server on the database of a test, with limits of its own.
pub struct LimitedServer {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl LimitedServer {
    pub async fn start(server: &Server, limits: Limits) -> Self {
        let registry = Registry::new(server.store.clone());
        let (address, stop, serving) = serve_within(registry, limits).await;
        Self { address, stop, serving }
    }

    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.serving.await.unwrap();
    }

    /// A connection of HTTP/2, ready for requests.
    pub async fn http2(&self) -> Http2 {
        Http2::to(self.address).await
    }

    /// Sends bytes on a connection of its own.
    pub async fn send(&self, bytes: &[u8]) -> TcpStream {
        send(self.address, bytes).await
    }
}

/// Sends bytes on a connection of its own.
pub async fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A server that is full closes before it has read.
    let _ = stream.write_all(bytes).await;
    stream
}

/// Reads what comes until the server closes.
pub async fn until_closed(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let read = tokio::time::timeout(WAIT_LIMIT, stream.read_to_end(&mut all)).await;
    // A connection that is reset is closed too.
    let _ = read.expect("the connection should be closed");
    String::from_utf8_lossy(&all).into_owned()
}

/// The bytes of a request of HTTP/1.1.
pub fn http1(method: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("POST /{} HTTP/1.1\r\nhost: x\r\n{headers}\r\n", full(method));
    [head.as_bytes(), body].concat()
}

/// A connection of HTTP/2 as no client library would use it.
#[derive(Clone)]
pub struct Http2 {
    address: SocketAddr,
    client: SendRequest<Bytes>,
}

/// A call whose request is sent piece by piece.
pub struct PartialCall {
    pub answer: ResponseFuture,
    pub body: h2::SendStream<Bytes>,
}

impl Http2 {
    pub async fn to(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).await.unwrap();
        let (client, connection) = h2::client::handshake(socket).await.unwrap();
        tokio::spawn(connection);
        Self { address, client }
    }

    /// Begins a request.
    pub async fn begin(
        &self,
        http_method: &str,
        method: &str,
        headers: &[(&str, &str)],
    ) -> PartialCall {
        let uri = format!("http://{}/{}", self.address, full(method));
        let mut request = http::Request::builder().method(http_method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut client = self.client.clone().ready().await.unwrap();
        let (answer, body) = client.send_request(request.body(()).unwrap(), false).unwrap();
        PartialCall { answer, body }
    }

    /// Begins a call of gRPC.
    pub async fn grpc(&self, method: &str, headers: &[(&str, &str)]) -> PartialCall {
        let grpc = [("content-type", "application/grpc"), ("te", "trailers")];
        self.begin("POST", method, &[&grpc, headers].concat()).await
    }

    /// Calls a method of gRPC.
    pub async fn call(
        &self,
        method: &str,
        headers: &[(&str, &str)],
        request: &impl Message,
    ) -> (Vec<Vec<u8>>, Status) {
        let mut call = self.grpc(method, headers).await;
        call.body.send_data(seal(0, &request.encode_to_vec()).into(), true).unwrap();
        call.end().await
    }
}

impl PartialCall {
    /// Sends some of the body. The server may have had enough of it.
    pub fn send(&mut self, bytes: Vec<u8>) {
        let _ = self.body.send_data(bytes.into(), false);
    }

    /// The messages of the answer, and how the call ended.
    pub async fn end(self) -> (Vec<Vec<u8>>, Status) {
        let answer = async {
            let (head, mut body) = self.answer.await.unwrap().into_parts();
            if let Some(status) = Status::from_header_map(&head.headers) {
                return (Vec::new(), status);
            }
            let mut all = Vec::new();
            while let Some(data) = body.data().await {
                let data = data.unwrap();
                let _ = body.flow_control().release_capacity(data.len());
                all.extend_from_slice(&data);
            }
            let trailers = body.trailers().await.unwrap().expect("a call ends with trailers");
            let messages = open(&all).into_iter().map(|(_, message)| message);
            (messages.collect(), Status::from_header_map(&trailers).unwrap())
        };
        tokio::time::timeout(WAIT_LIMIT, answer).await.expect("the call should be answered")
    }
}

/// The status of an answer of gRPC-Web: in its headers, or in the last frame of its body.
pub async fn web_status(answer: reqwest::Response) -> Status {
    if let Some(status) = Status::from_header_map(answer.headers()) {
        return status;
    }
    let body = answer.bytes().await.unwrap();
    let (flags, trailers) = open(&body).pop().unwrap();
    assert_eq!(flags, 0x80);
    let lines = String::from_utf8(trailers).unwrap();
    let mut headers = http::HeaderMap::new();
    for (name, value) in lines.split("\r\n").filter_map(|line| line.split_once(':')) {
        let name = http::HeaderName::try_from(name).unwrap();
        headers.insert(name, value.trim().parse().unwrap());
    }
    Status::from_header_map(&headers).unwrap()
}

/// How a call ends whose request stops.
pub async fn stalled_request(server: &Server) -> Status {
    let short = limits(|limits| limits.request_silence = Duration::from_millis(100));
    let limited = LimitedServer::start(server, short).await;
    let mut call = limited.http2().await.grpc("RoleService/CreateRole", &[]).await;
    call.send(vec![0]);
    let (_, status) = call.end().await;
    limited.stop().await;
    status
}

/// How a call ends for whose request there is no room.
pub async fn request_without_room(server: &Server) -> Status {
    let limited = LimitedServer::start(server, limits(|limits| limits.request_bytes = 1)).await;
    let connection = limited.http2().await;
    let (_, status) = connection.call("RoleService/CreateRole", &[], &Role::default()).await;
    limited.stop().await;
    status
}

/// The options of a server with limits of its own.
pub fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}
