//! etcd as something that tells of writes: the value of a key is a number. Its messages are written out here
//! as far as they are needed.

use std::{
    fs,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use http::uri::PathAndQuery;
use prost::Message;
use tempfile::TempDir;
use tonic::{
    client::Grpc,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;

use crate::{CONNECTIONS, Feed};

/// The key that is timed.
const TIMED: &[u8] = b"timed";

#[derive(Clone, PartialEq, Message)]
struct PutRequest {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct PutResponse {}

#[derive(Clone, PartialEq, Message)]
struct WatchRequest {
    #[prost(message, optional, tag = "1")]
    create: Option<WatchCreateRequest>,
}

#[derive(Clone, PartialEq, Message)]
struct WatchCreateRequest {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct WatchResponse {
    #[prost(message, repeated, tag = "11")]
    events: Vec<Event>,
}

#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(message, optional, tag = "2")]
    kv: Option<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(bytes = "vec", tag = "5")]
    value: Vec<u8>,
}

/// A server of its own, and connections to it.
#[derive(Clone)]
pub struct Etcd {
    process: Arc<Process>,
    writer: Channel,
    other: Channel,
    watchers: Vec<Channel>,
}

struct Process {
    child: Child,
    _folder: TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Etcd {
    /// Starts one; `None` where it is not installed.
    pub async fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let url = "http://127.0.0.1:23799";
        let child = Command::new("etcd")
            .arg("--data-dir")
            .arg(folder.path())
            .args(["--listen-client-urls", url, "--advertise-client-urls", url])
            .args(["--listen-peer-urls", "http://127.0.0.1:23800"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let process = Arc::new(Process { child, _folder: folder });
        let mut channels = Vec::new();
        for _ in 0..CONNECTIONS + 2 {
            channels.push(connect(url).await);
        }
        let (writer, other) = (channels.pop()?, channels.pop()?);
        let etcd = Self { process, writer, other, watchers: channels };
        // It answers once it has chosen itself.
        etcd.other(0).await;
        Some(etcd)
    }
}

async fn connect(url: &'static str) -> Channel {
    loop {
        match Endpoint::from_static(url).tcp_nodelay(true).connect().await {
            Ok(channel) => return channel,
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn put(channel: &Channel, key: Vec<u8>, number: usize) {
    let request = PutRequest { key, value: number.to_string().into_bytes() };
    loop {
        let mut client = Grpc::new(channel.clone());
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/etcdserverpb.KV/Put");
        let codec: ProstCodec<PutRequest, PutResponse> = ProstCodec::default();
        match client.unary(tonic::Request::new(request.clone()), path, codec).await {
            Ok(_) => return,
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

impl Feed for Etcd {
    async fn write(&self, number: usize) {
        put(&self.writer, TIMED.to_vec(), number).await;
    }

    async fn other(&self, number: usize) {
        put(&self.other, format!("other-{}", number % 1_000).into_bytes(), number).await;
    }

    async fn watch(&self, connection: usize, mut told: impl FnMut(usize) + Send + 'static) {
        let create = WatchCreateRequest { key: TIMED.to_vec() };
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        sender.send(WatchRequest { create: Some(create) }).await.unwrap();
        let requests = tokio_stream::wrappers::ReceiverStream::new(receiver);
        let mut client = Grpc::new(self.watchers[connection].clone());
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/etcdserverpb.Watch/Watch");
        let codec: ProstCodec<WatchRequest, WatchResponse> = ProstCodec::default();
        let answer = client.streaming(tonic::Request::new(requests), path, codec).await.unwrap();
        let mut stream = answer.into_inner();
        while let Some(message) = stream.message().await.unwrap() {
            for kv in message.events.into_iter().filter_map(|event| event.kv) {
                told(String::from_utf8(kv.value).unwrap().parse().unwrap());
            }
        }
        drop(sender);
    }

    fn memory(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.process.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}
