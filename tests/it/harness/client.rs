//! A client of the standard methods of any resource type. Their messages have the same field numbers for all
//! types, so each is defined once here, and no generated client is needed.

use std::{
    fmt::Debug,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use digital_skills_registry::{
    api::v1::{AbsentRows, ImportOutcome},
    domain::ResourceType,
};
use prost::Message;
use prost_types::FieldMask;
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming, client::Grpc, transport::Channel};
use tonic_prost::ProstCodec;

/// Message of a resource.
pub trait Resource: Message + Default + Clone + PartialEq + Debug + 'static {}

impl<M: Message + Default + Clone + PartialEq + Debug + 'static> Resource for M {}

#[derive(Clone, PartialEq, Message)]
pub struct GetRequest {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(int64, tag = "2")]
    pub revision: i64,
    #[prost(int64, tag = "3")]
    pub min_revision: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct BatchGetRequest {
    #[prost(string, tag = "1")]
    pub parent: String,
    #[prost(string, repeated, tag = "2")]
    pub names: Vec<String>,
}

/// Response of BatchGet, BatchCreate and BatchUpdate.
#[derive(Clone, PartialEq, Message)]
pub struct Rows<M: Resource> {
    #[prost(message, repeated, tag = "1")]
    pub rows: Vec<M>,
}

/// Request of List and of Export, which uses some of the fields.
#[derive(Clone, PartialEq, Message)]
pub struct ListRequest {
    #[prost(string, tag = "1")]
    pub parent: String,
    #[prost(int32, tag = "2")]
    pub page_size: i32,
    #[prost(string, tag = "3")]
    pub page_token: String,
    #[prost(string, tag = "4")]
    pub filter: String,
    #[prost(string, tag = "5")]
    pub order_by: String,
    #[prost(message, optional, tag = "6")]
    pub read_mask: Option<FieldMask>,
    #[prost(bool, tag = "7")]
    pub include_total_size: bool,
    #[prost(int64, tag = "8")]
    pub min_revision: i64,
}

/// Response of List.
#[derive(Clone, PartialEq, Message)]
pub struct Page<M: Resource> {
    #[prost(message, repeated, tag = "1")]
    pub rows: Vec<M>,
    #[prost(string, tag = "2")]
    pub next_page_token: String,
    #[prost(int64, tag = "3")]
    pub read_revision: i64,
    #[prost(int32, optional, tag = "4")]
    pub total_size: Option<i32>,
}

/// A message of Export.
#[derive(Clone, PartialEq, Message)]
pub struct ExportPart<M: Resource> {
    #[prost(message, repeated, tag = "1")]
    pub rows: Vec<M>,
    #[prost(int64, tag = "2")]
    pub read_revision: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct CreateRequest<M: Resource> {
    #[prost(string, tag = "1")]
    pub parent: String,
    #[prost(string, tag = "2")]
    pub id: String,
    #[prost(message, optional, tag = "3")]
    pub resource: Option<M>,
    #[prost(bool, tag = "4")]
    pub validate_only: bool,
    #[prost(string, tag = "5")]
    pub request_id: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct UpdateRequest<M: Resource> {
    #[prost(message, optional, tag = "1")]
    pub resource: Option<M>,
    #[prost(message, optional, tag = "2")]
    pub update_mask: Option<FieldMask>,
    #[prost(bool, tag = "3")]
    pub allow_missing: bool,
    #[prost(bool, tag = "4")]
    pub validate_only: bool,
    #[prost(string, tag = "5")]
    pub request_id: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct DeleteRequest {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub etag: String,
    #[prost(bool, tag = "3")]
    pub allow_missing: bool,
    #[prost(bool, tag = "4")]
    pub validate_only: bool,
    #[prost(string, tag = "5")]
    pub request_id: String,
}

/// Request of BatchCreate, BatchUpdate or BatchDelete.
#[derive(Clone, PartialEq, Message)]
pub struct BatchRequest<R: Resource> {
    #[prost(string, tag = "1")]
    pub parent: String,
    #[prost(message, repeated, tag = "2")]
    pub requests: Vec<R>,
    #[prost(bool, tag = "4")]
    pub validate_only: bool,
    #[prost(string, tag = "5")]
    pub request_id: String,
}

/// A message of the request stream of Import.
#[derive(Clone, PartialEq, Message)]
pub struct Batch<M: Resource> {
    #[prost(string, tag = "1")]
    pub parent: String,
    #[prost(bool, tag = "2")]
    pub validate_only: bool,
    #[prost(enumeration = "AbsentRows", tag = "3")]
    pub absent_rows: i32,
    #[prost(message, repeated, tag = "4")]
    pub rows: Vec<M>,
    #[prost(message, optional, tag = "5")]
    pub update_mask: Option<FieldMask>,
}

impl<M: Resource> Batch<M> {
    /// A batch to write that leaves rows it does not name.
    pub fn of(parent: &str, rows: Vec<M>) -> Self {
        Self { parent: parent.to_owned(), rows, ..Self::default() }
    }
}

/// A message of the response stream of Import.
#[derive(Clone, PartialEq, Message)]
pub struct Answer {
    #[prost(message, repeated, tag = "1")]
    pub outcomes: Vec<ImportOutcome>,
    #[prost(int64, tag = "2")]
    pub revision: i64,
}

/// Options of a write, and the revision of its response.
#[derive(Clone, Debug, Default)]
pub struct WriteCall {
    pub validate_only: bool,
    pub request_id: String,
    /// Revision in the metadata of the response.
    pub told: Arc<AtomicI64>,
}

impl WriteCall {
    /// Options of a dry run.
    pub fn to_validate() -> Self {
        Self { validate_only: true, ..Self::default() }
    }

    /// Options with a request id, for a request that may be repeated.
    pub fn once(id: uuid::Uuid) -> Self {
        Self { request_id: id.to_string(), ..Self::default() }
    }

    /// Revision of the response; 0 if there was none.
    pub fn revision(&self) -> i64 {
        self.told.load(Ordering::SeqCst)
    }

    /// Unpacks the response of a write and stores its revision.
    pub fn answered<T>(&self, answer: Response<T>) -> T {
        let revision = answer.metadata().get("registry-revision").unwrap().to_str().unwrap();
        self.told.store(revision.parse().unwrap(), Ordering::SeqCst);
        answer.into_inner()
    }
}

pub fn mask(paths: &[&str]) -> FieldMask {
    FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
}

/// A standard method of a resource type.
#[derive(Clone, Copy, Debug)]
pub enum Method {
    /// A method on one resource, such as `Get`.
    OfOne(&'static str),
    /// A method on several, such as `List`.
    OfMany(&'static str),
}

impl Method {
    /// Path of the method.
    pub fn path(self, kind: ResourceType) -> String {
        let (verb, of) = match self {
            Self::OfOne(verb) => (verb, kind.title()),
            Self::OfMany(verb) => (verb, kind.plural()),
        };
        format!("/digitalskills.v1.{}Service/{verb}{of}", kind.title())
    }
}

async fn connected(channel: &Channel) -> Result<Grpc<Channel>, Status> {
    let mut client = Grpc::new(channel.clone()).max_decoding_message_size(64 << 20);
    client.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
    Ok(client)
}

/// Calls a unary method.
pub async fn call<Q, A>(
    channel: &Channel,
    kind: ResourceType,
    method: Method,
    request: Q,
) -> Result<Response<A>, Status>
where
    Q: Message + 'static,
    A: Message + Default + 'static,
{
    let path = method.path(kind).parse().unwrap();
    connected(channel).await?.unary(Request::new(request), path, ProstCodec::default()).await
}

/// Calls a method whose response is a stream.
pub async fn stream<Q, A>(
    channel: &Channel,
    kind: ResourceType,
    method: Method,
    request: Q,
) -> Result<Streaming<A>, Status>
where
    Q: Message + 'static,
    A: Message + Default + 'static,
{
    let (path, codec) = (method.path(kind).parse().unwrap(), ProstCodec::default());
    let mut client = connected(channel).await?;
    let answers = client.server_streaming(Request::new(request), path, codec).await?;
    Ok(answers.into_inner())
}

/// Batches of an import, as a stream.
pub type Batches<M> = Pin<Box<dyn Stream<Item = Batch<M>> + Send>>;

/// Imports batches; returns the stream of responses.
pub async fn import<M: Resource>(
    channel: &Channel,
    kind: ResourceType,
    mut batches: Batches<M>,
) -> Result<Import, Status> {
    // The compiler cannot see that a boxed stream outlives the call, so the batches pass through a channel.
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(batch) = batches.next().await {
            if sender.send(batch).await.is_err() {
                return;
            }
        }
    });
    let path = Method::OfMany("Import").path(kind).parse().unwrap();
    let request = Request::new(ReceiverStream::new(receiver));
    let answers = connected(channel).await?.streaming(request, path, ProstCodec::default()).await?;
    Ok(Import { answers: answers.into_inner() })
}

/// Responses of a running import.
pub struct Import {
    answers: Streaming<Answer>,
}

impl Import {
    /// Waits for the next response; `None` when the stream has ended without an error.
    pub fn next(&mut self) -> impl Future<Output = Result<Option<Answer>, Status>> + Send {
        self.answers.message()
    }
}
