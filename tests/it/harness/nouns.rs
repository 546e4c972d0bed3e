//! The resource types for tests that are written once: how each is called, and a few of each.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use digital_skills_registry::api::v1::{self, AbsentRows, ImportOutcome};
use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use tonic::{Status, Streaming, transport::Channel};

use super::world::World;

/// An answer to a batch, of whatever resource type.
#[derive(Clone, Debug)]
pub struct Answer {
    pub outcomes: Vec<ImportOutcome>,
    pub revision: i64,
}

/// A batch to import, of whatever resource type.
#[derive(Clone, Debug)]
pub struct Batch<M> {
    pub parent: String,
    pub validate_only: bool,
    pub absent_rows: AbsentRows,
    pub rows: Vec<M>,
}

impl<M> Batch<M> {
    /// A batch that is written, and keeps what it does not name.
    pub fn of(parent: &str, rows: Vec<M>) -> Self {
        Self {
            parent: parent.to_owned(),
            validate_only: false,
            absent_rows: AbsentRows::Unspecified,
            rows,
        }
    }
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<M> {
    pub rows: Vec<M>,
    pub next_page_token: String,
    pub read_revision: i64,
    pub total_size: Option<i32>,
}

/// Which list.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    pub parent: String,
    pub filter: String,
    pub order_by: String,
    pub read_mask: Option<&'static [&'static str]>,
    pub page_size: i32,
    pub page_token: String,
    pub include_total_size: bool,
    pub min_revision: i64,
}

/// How a write is asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub validate_only: bool,
    pub request_id: String,
    /// The revision that the answer told.
    pub told: Arc<AtomicI64>,
}

impl Asked {
    /// To be checked only.
    pub fn to_validate() -> Self {
        Self { validate_only: true, ..Self::default() }
    }

    /// As a request that may come again.
    pub fn once(id: uuid::Uuid) -> Self {
        Self { request_id: id.to_string(), ..Self::default() }
    }

    /// The revision that the answer told; 0 where none came.
    pub fn revision(&self) -> i64 {
        self.told.load(Ordering::SeqCst)
    }

    pub(super) fn answered<T>(&self, answer: tonic::Response<T>) -> T {
        let revision = answer.metadata().get("registry-revision").unwrap().to_str().unwrap();
        self.told.store(revision.parse().unwrap(), Ordering::SeqCst);
        answer.into_inner()
    }
}

pub(super) fn mask(paths: &[&str]) -> prost_types::FieldMask {
    prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
}

/// The batches of an import as they are sent.
pub type Batches<M> = std::pin::Pin<Box<dyn tokio_stream::Stream<Item = Batch<M>> + Send>>;

/// A resource type, called through its generated client.
pub trait Noun: Message + std::fmt::Debug + Default + Clone + PartialEq + 'static {
    /// The resource type.
    const NOUN: &'static str;
    /// Its collection in names.
    const COLLECTION: &'static str;
    /// Whether its names lie under a parent.
    const CHILD: bool;
    /// The field of the resource in requests.
    const SINGULAR: &'static str;
    /// A field that can change.
    const MUTABLE: &'static str;
    /// The fields that cannot change after creation.
    const IMMUTABLE: &'static [&'static str] = &[];
    /// The fields that are unique together, if any.
    const KEY: &'static [&'static str] = &[];

    /// The `n`th of some resources that can all exist together, without a name.
    fn nth(world: &World, n: usize) -> Self;
    /// The parent that they lie under.
    fn parent(world: &World) -> String;
    /// Another parent that they could lie under.
    fn other_parent(world: &World) -> String;
    /// Changes the field [`Resource type::MUTABLE`].
    fn change(&mut self);
    /// Gives every immutable field another value that is good.
    fn change_identity(&mut self, _world: &World) {}

    fn name(&self) -> &str;
    fn name_mut(&mut self) -> &mut String;
    fn etag(&self) -> &str;
    fn etag_mut(&mut self) -> &mut String;
    fn revision(&self) -> i64;
    fn create_time(&self) -> Option<prost_types::Timestamp>;
    fn update_time(&self) -> Option<prost_types::Timestamp>;

    /// The resource, where it is of this resource type.
    fn of_resource(resource: v1::Resource) -> Option<Self>;

    fn get_as(
        channel: &Channel,
        name: &str,
        revision: i64,
        min_revision: i64,
    ) -> impl Future<Output = Result<Self, Status>> + Send;
    fn batch_get(
        channel: &Channel,
        parent: &str,
        names: Vec<String>,
    ) -> impl Future<Output = Result<Vec<Self>, Status>> + Send;
    fn list_as(
        channel: &Channel,
        listing: Listing,
    ) -> impl Future<Output = Result<Page<Self>, Status>> + Send;
    fn export(
        channel: &Channel,
        listing: Listing,
    ) -> impl Future<Output = Result<Vec<Page<Self>>, Status>> + Send;
    fn create_as(
        channel: &Channel,
        parent: &str,
        id: &str,
        resource: Option<Self>,
        asked: Asked,
    ) -> impl Future<Output = Result<Self, Status>> + Send;
    fn update_as(
        channel: &Channel,
        resource: Self,
        mask: Option<&[&str]>,
        allow_missing: bool,
        asked: Asked,
    ) -> impl Future<Output = Result<Self, Status>> + Send;
    fn delete_as(
        channel: &Channel,
        name: &str,
        etag: &str,
        allow_missing: bool,
        asked: Asked,
    ) -> impl Future<Output = Result<(), Status>> + Send;
    /// Creates a batch of resources, each with its id.
    fn batch_create(
        channel: &Channel,
        parent: &str,
        rows: Vec<(String, Self)>,
        asked: Asked,
    ) -> impl Future<Output = Result<Vec<Self>, Status>> + Send;
    /// Updates a batch of resources in all fields.
    fn batch_update(
        channel: &Channel,
        parent: &str,
        rows: Vec<Self>,
        allow_missing: bool,
        asked: Asked,
    ) -> impl Future<Output = Result<Vec<Self>, Status>> + Send;
    /// Deletes a batch of resources, each by its name and etag.
    fn batch_delete(
        channel: &Channel,
        parent: &str,
        names: Vec<(String, String)>,
        asked: Asked,
    ) -> impl Future<Output = Result<(), Status>> + Send;
    fn import(
        channel: &Channel,
        batches: Batches<Self>,
    ) -> impl Future<Output = Result<Import, Status>> + Send;

    fn get(channel: &Channel, name: &str) -> impl Future<Output = Result<Self, Status>> + Send {
        Self::get_as(channel, name, 0, 0)
    }

    fn list(
        channel: &Channel,
        parent: &str,
        page_size: i32,
        page_token: &str,
    ) -> impl Future<Output = Result<Page<Self>, Status>> + Send {
        let (parent, page_token) = (parent.to_owned(), page_token.to_owned());
        Self::list_as(channel, Listing { parent, page_size, page_token, ..Listing::default() })
    }

    fn create(
        channel: &Channel,
        parent: &str,
        id: &str,
        resource: Option<Self>,
    ) -> impl Future<Output = Result<Self, Status>> + Send {
        Self::create_as(channel, parent, id, resource, Asked::default())
    }

    fn update(
        channel: &Channel,
        resource: Self,
        mask: Option<&[&str]>,
        allow_missing: bool,
    ) -> impl Future<Output = Result<Self, Status>> + Send {
        Self::update_as(channel, resource, mask, allow_missing, Asked::default())
    }

    fn delete(
        channel: &Channel,
        name: &str,
        etag: &str,
        allow_missing: bool,
    ) -> impl Future<Output = Result<(), Status>> + Send {
        Self::delete_as(channel, name, etag, allow_missing, Asked::default())
    }

    /// The id of the `n`th.
    fn id(n: usize) -> String {
        format!("n{n:05}")
    }

    /// The name of the `n`th.
    fn nth_name(world: &World, n: usize) -> String {
        match Self::parent(world).as_str() {
            "" => format!("{}/{}", Self::COLLECTION, Self::id(n)),
            parent => format!("{parent}/{}/{}", Self::COLLECTION, Self::id(n)),
        }
    }

    /// The `n`th with its name, as a row to import.
    fn row(world: &World, n: usize) -> Self {
        let mut row = Self::nth(world, n);
        *row.name_mut() = Self::nth_name(world, n);
        row
    }

    /// Creates the `n`th.
    fn made(channel: &Channel, world: &World, n: usize) -> impl Future<Output = Self> + Send {
        let (channel, parent) = (channel.clone(), Self::parent(world));
        let row = Self::nth(world, n);
        async move { Self::create(&channel, &parent, &Self::id(n), Some(row)).await.unwrap() }
    }

    /// Imports batches one after the other; gives the answers.
    fn import_all(
        channel: &Channel,
        batches: Vec<Batch<Self>>,
    ) -> impl Future<Output = Result<Vec<Answer>, Status>> + Send {
        let channel = channel.clone();
        async move {
            let batches = Box::pin(tokio_stream::iter(batches));
            let mut answers = Self::import(&channel, batches).await?;
            let mut all = Vec::new();
            while let Some(answer) = answers.next().await? {
                all.push(answer);
            }
            Ok(all)
        }
    }

    /// The message's descriptor.
    fn descriptor() -> MessageDescriptor {
        digital_skills_registry::api::DESCRIPTORS
            .get_message_by_name(&format!("digitalskills.v1.{}", Self::NOUN))
            .unwrap()
    }

    /// The resource with its fields by name.
    fn dynamic(&self) -> DynamicMessage {
        DynamicMessage::decode(Self::descriptor(), self.encode_to_vec().as_slice()).unwrap()
    }

    /// The resource of such fields.
    fn of_dynamic(message: &DynamicMessage) -> Self {
        message.transcode_to().unwrap()
    }
}

/// The answers of an import as they come.
pub struct Import {
    next: Box<dyn FnMut() -> NextAnswer + Send>,
}

type NextAnswer = std::pin::Pin<Box<dyn Future<Output = Result<Option<Answer>, Status>> + Send>>;

impl Import {
    pub(super) fn new<R: 'static + Send>(answers: Streaming<R>, read: fn(R) -> Answer) -> Self {
        let answers = std::sync::Arc::new(tokio::sync::Mutex::new(answers));
        Self {
            next: Box::new(move || {
                let answers = answers.clone();
                Box::pin(async move { Ok(answers.lock().await.message().await?.map(read)) })
            }),
        }
    }

    /// The next answer; none when the stream has ended well.
    pub async fn next(&mut self) -> Result<Option<Answer>, Status> {
        (self.next)().await
    }
}

/// Writes how a resource type is called, and after it what is said of the resource type itself.
macro_rules! noun {
    ($Noun:ident, $Nouns:ident, $collection:literal $(in $parent:ident)? { $($rest:tt)* }) => { pastey::paste! {
        impl Noun for v1::$Noun {
            const NOUN: &'static str = stringify!($Noun);
            const COLLECTION: &'static str = $collection;
            const SINGULAR: &'static str = stringify!([<$Noun:snake>]);
            const CHILD: bool = noun!(@child $($parent)?);
            $($rest)*

            fn name(&self) -> &str { &self.name }
            fn name_mut(&mut self) -> &mut String { &mut self.name }
            fn etag(&self) -> &str { &self.etag }
            fn etag_mut(&mut self) -> &mut String { &mut self.etag }
            fn revision(&self) -> i64 { self.revision }
            fn create_time(&self) -> Option<prost_types::Timestamp> { self.create_time }
            fn update_time(&self) -> Option<prost_types::Timestamp> { self.update_time }

            fn of_resource(resource: v1::Resource) -> Option<Self> {
                match resource.resource? {
                    v1::resource::Resource::$Noun(row) => Some(row),
                    _ => None,
                }
            }

            async fn get_as(
                channel: &Channel,
                name: &str,
                revision: i64,
                min_revision: i64,
            ) -> Result<Self, Status> {
                let name = name.to_owned();
                let request = [<Get $Noun Request>] { name, revision, min_revision };
                Ok(noun!(@client $Noun channel).[<get_ $Noun:snake>](request).await?.into_inner())
            }

            async fn batch_get(
                channel: &Channel,
                parent: &str,
                names: Vec<String>,
            ) -> Result<Vec<Self>, Status> {
                let mut request = [<BatchGet $Nouns Request>]::default();
                request.names = names;
                noun!(@set request parent $($parent)?);
                let answer = noun!(@client $Noun channel).[<batch_get_ $Nouns:snake>](request).await?;
                Ok(answer.into_inner().[<$Nouns:snake>])
            }

            async fn list_as(channel: &Channel, listing: Listing) -> Result<Page<Self>, Status> {
                let mut request = [<List $Nouns Request>]::default();
                request.filter = listing.filter;
                request.min_revision = listing.min_revision;
                request.order_by = listing.order_by;
                request.read_mask = listing.read_mask.map(mask);
                request.page_size = listing.page_size;
                request.page_token = listing.page_token;
                request.include_total_size = listing.include_total_size;
                let parent = listing.parent;
                noun!(@set request parent $($parent)?);
                let answer = noun!(@client $Noun channel).[<list_ $Nouns:snake>](request).await?;
                let [<List $Nouns Response>] {
                    [<$Nouns:snake>]: rows, next_page_token, read_revision, total_size,
                } = answer.into_inner();
                Ok(Page { rows, next_page_token, read_revision, total_size })
            }

            async fn export(channel: &Channel, listing: Listing) -> Result<Vec<Page<Self>>, Status> {
                let mut request = [<Export $Nouns Request>]::default();
                request.filter = listing.filter;
                request.min_revision = listing.min_revision;
                request.read_mask = listing.read_mask.map(mask);
                let parent = listing.parent;
                noun!(@set request parent $($parent)?);
                let answer = noun!(@client $Noun channel).[<export_ $Nouns:snake>](request).await?;
                let (mut answers, mut pages) = (answer.into_inner(), Vec::new());
                while let Some(answer) = answers.message().await? {
                    pages.push(Page {
                        rows: answer.[<$Nouns:snake>],
                        next_page_token: String::new(),
                        read_revision: answer.read_revision,
                        total_size: None,
                    });
                }
                Ok(pages)
            }

            async fn create_as(
                channel: &Channel,
                parent: &str,
                id: &str,
                resource: Option<Self>,
                asked: Asked,
            ) -> Result<Self, Status> {
                let mut request = [<Create $Noun Request>]::default();
                request.[<$Noun:snake _id>] = id.to_owned();
                request.[<$Noun:snake>] = resource;
                request.validate_only = asked.validate_only;
                request.request_id = asked.request_id.clone();
                noun!(@set request parent $($parent)?);
                let answer = noun!(@client $Noun channel).[<create_ $Noun:snake>](request).await?;
                Ok(asked.answered(answer))
            }

            async fn update_as(
                channel: &Channel,
                resource: Self,
                paths: Option<&[&str]>,
                allow_missing: bool,
                asked: Asked,
            ) -> Result<Self, Status> {
                let request = [<Update $Noun Request>] {
                    [<$Noun:snake>]: Some(resource),
                    update_mask: paths.map(mask),
                    allow_missing,
                    validate_only: asked.validate_only,
                    request_id: asked.request_id.clone(),
                };
                let answer = noun!(@client $Noun channel).[<update_ $Noun:snake>](request).await?;
                Ok(asked.answered(answer))
            }

            async fn delete_as(
                channel: &Channel,
                name: &str,
                etag: &str,
                allow_missing: bool,
                asked: Asked,
            ) -> Result<(), Status> {
                let request = [<Delete $Noun Request>] {
                    name: name.to_owned(),
                    etag: etag.to_owned(),
                    allow_missing,
                    validate_only: asked.validate_only,
                    request_id: asked.request_id.clone(),
                };
                let answer = noun!(@client $Noun channel).[<delete_ $Noun:snake>](request).await?;
                asked.answered(answer);
                Ok(())
            }

            async fn batch_create(
                channel: &Channel,
                parent: &str,
                rows: Vec<(String, Self)>,
                asked: Asked,
            ) -> Result<Vec<Self>, Status> {
                let mut request = [<BatchCreate $Nouns Request>]::default();
                request.requests = rows.into_iter().map(|(id, row)| {
                    let mut request = [<Create $Noun Request>]::default();
                    request.[<$Noun:snake _id>] = id;
                    request.[<$Noun:snake>] = Some(row);
                    request
                }).collect();
                request.validate_only = asked.validate_only;
                request.request_id = asked.request_id.clone();
                noun!(@set request parent $($parent)?);
                let answer = noun!(@client $Noun channel).[<batch_create_ $Nouns:snake>](request).await?;
                Ok(asked.answered(answer).[<$Nouns:snake>])
            }

            async fn batch_update(
                channel: &Channel,
                parent: &str,
                rows: Vec<Self>,
                allow_missing: bool,
                asked: Asked,
            ) -> Result<Vec<Self>, Status> {
                let mut request = [<BatchUpdate $Nouns Request>]::default();
                request.requests = rows.into_iter().map(|row| [<Update $Noun Request>] {
                    [<$Noun:snake>]: Some(row),
                    update_mask: Some(mask(&["*"])),
                    allow_missing,
                    ..Default::default()
                }).collect();
                request.validate_only = asked.validate_only;
                request.request_id = asked.request_id.clone();
                noun!(@set request parent $($parent)?);
                let answer = noun!(@client $Noun channel).[<batch_update_ $Nouns:snake>](request).await?;
                Ok(asked.answered(answer).[<$Nouns:snake>])
            }

            async fn batch_delete(
                channel: &Channel,
                parent: &str,
                names: Vec<(String, String)>,
                asked: Asked,
            ) -> Result<(), Status> {
                let mut request = [<BatchDelete $Nouns Request>]::default();
                request.requests = names.into_iter().map(|(name, etag)| [<Delete $Noun Request>] {
                    name,
                    etag,
                    ..Default::default()
                }).collect();
                request.validate_only = asked.validate_only;
                request.request_id = asked.request_id.clone();
                noun!(@set request parent $($parent)?);
                let answer = noun!(@client $Noun channel).[<batch_delete_ $Nouns:snake>](request).await?;
                asked.answered(answer);
                Ok(())
            }

            async fn import(channel: &Channel, batches: Batches<Self>) -> Result<Import, Status> {
                use tokio_stream::StreamExt;
                fn request(batch: Batch<v1::$Noun>) -> [<Import $Nouns Request>] {
                    let mut request = [<Import $Nouns Request>]::default();
                    request.validate_only = batch.validate_only;
                    request.absent_rows = batch.absent_rows as i32;
                    request.[<$Nouns:snake>] = batch.rows;
                    let parent = batch.parent.as_str();
                    noun!(@set request parent $($parent)?);
                    request
                }
                // A stream of a plain type: the compiler cannot see that a boxed one outlives the call.
                let (sender, receiver) = tokio::sync::mpsc::channel(1);
                let mut batches = batches;
                tokio::spawn(async move {
                    while let Some(batch) = batches.next().await {
                        if sender.send(request(batch)).await.is_err() {
                            return;
                        }
                    }
                });
                let batches = tokio_stream::wrappers::ReceiverStream::new(receiver);
                let answers = noun!(@client $Noun channel)
                    .[<import_ $Nouns:snake>](Request::new(batches))
                    .await?;
                Ok(Import::new(answers.into_inner(), |answer: [<Import $Nouns Response>]| Answer {
                    outcomes: answer.outcomes,
                    revision: answer.revision,
                }))
            }
        }
    } };
    (@child) => { false };
    (@child $parent:ident) => { true };
    (@set $request:ident $value:ident) => { let _ = $value; };
    (@set $request:ident $value:ident $parent:ident) => { $request.$parent = $value.to_owned(); };
    (@client $Noun:ident $channel:ident) => { pastey::paste! {
        v1::[<$Noun:snake _service_client>]::[<$Noun ServiceClient>]::new($channel.clone())
            .max_decoding_message_size(64 << 20)
    } };
}

pub(super) use noun;
