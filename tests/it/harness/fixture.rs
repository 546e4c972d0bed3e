//! A resource type under test: what its resources are like, and how it is called.

use std::future::Future;

use digital_skills_registry::api::{
    DESCRIPTORS, client::Importable, standard_fields::StandardFields, v1,
};
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage, Value};
use tonic::{Response, Status, transport::Channel};

use super::{
    client::{
        self, Answer, Asked, Batch, BatchGetRequest, BatchRequest, Batches, CreateRequest,
        DeleteRequest, Exported, GetRequest, Import, ListRequest,
        Method::{OfMany, OfOne},
        Page, Resource, Rows, UpdateRequest, mask,
    },
    world::World,
};

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

/// A resource type, with a few resources of it.
pub trait Fixture: Resource + Importable + StandardFields {
    /// Its collection in names.
    const COLLECTION: &'static str;
    /// A field that can change.
    const MUTABLE: &'static str = "title";
    /// The fields that cannot change after creation.
    const IMMUTABLE: &'static [&'static str] = &[];
    /// The fields that are unique together, if any.
    const KEY: &'static [&'static str] = &[];

    /// The resource type, such as `Skill`.
    const NOUN: &'static str = Self::KIND.title();
    /// The field of the resource in requests.
    const SINGULAR: &'static str = Self::KIND.singular();
    /// Whether its names lie under a parent.
    const CHILD: bool = !Self::KIND.parents().is_empty();

    /// The `n`th of some resources that can all exist together, without a name.
    fn nth(world: &World, n: usize) -> Self;

    /// Gives every immutable field another value that is good.
    fn change_identity(&mut self, _world: &World) {}

    /// The id of the `n`th.
    fn id(n: usize) -> String {
        format!("n{n:05}")
    }

    /// The parent that they lie under.
    fn parent(world: &World) -> String {
        world.parents(Self::KIND)[0].clone()
    }

    /// Another parent that they could lie under.
    fn other_parent(world: &World) -> String {
        world.parents(Self::KIND)[1].clone()
    }

    /// Changes the field [`Fixture::MUTABLE`].
    fn change(&mut self) {
        let value = match self.dynamic().get_field_by_name(Self::MUTABLE).as_deref() {
            Some(Value::String(text)) => Value::String(format!("{text}.")),
            Some(Value::F64(fte)) => Value::F64(five_decimals(fte + 0.05)),
            Some(Value::I64(pence)) => Value::I64(pence + 100),
            // A level: 2 and 3 in turn.
            Some(Value::I32(level)) => Value::I32(5 - level),
            other => panic!("{} {} is {other:?}", Self::NOUN, Self::MUTABLE),
        };
        self.set(Self::MUTABLE, value);
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
        row.set_name(&Self::nth_name(world, n));
        row
    }

    /// The message's descriptor.
    fn descriptor() -> MessageDescriptor {
        DESCRIPTORS.get_message_by_name(&format!("digitalskills.v1.{}", Self::NOUN)).unwrap()
    }

    /// The resource with its fields by name.
    fn dynamic(&self) -> DynamicMessage {
        DynamicMessage::decode(Self::descriptor(), self.encode_to_vec().as_slice()).unwrap()
    }

    /// The resource of such fields.
    fn of_dynamic(message: &DynamicMessage) -> Self {
        message.transcode_to().unwrap()
    }

    /// Sets a field.
    fn set(&mut self, field: &str, value: Value) {
        let mut message = self.dynamic();
        message.set_field_by_name(field, value);
        *self = Self::of_dynamic(&message);
    }

    /// Gives it a name.
    fn set_name(&mut self, name: &str) {
        self.set("name", Value::String(name.to_owned()));
    }

    /// Gives it an etag.
    fn set_etag(&mut self, etag: &str) {
        self.set("etag", Value::String(etag.to_owned()));
    }

    /// The resource, where it is of this type.
    fn of_resource(resource: v1::Resource) -> Option<Self> {
        let known = DESCRIPTORS.get_message_by_name("digitalskills.v1.Resource").unwrap();
        let bytes = prost::Message::encode_to_vec(&resource);
        let message = DynamicMessage::decode(known, bytes.as_slice()).unwrap();
        let field = message.descriptor().get_field_by_name(Self::SINGULAR).unwrap();
        let value = message.has_field(&field).then(|| message.get_field(&field).into_owned())?;
        value.as_message().map(Self::of_dynamic)
    }

    fn get(channel: &Channel, name: &str) -> impl Future<Output = Result<Self, Status>> + Send {
        Self::get_as(channel, name, 0, 0)
    }

    fn get_as(
        channel: &Channel,
        name: &str,
        revision: i64,
        min_revision: i64,
    ) -> impl Future<Output = Result<Self, Status>> + Send {
        let request = GetRequest { name: name.to_owned(), revision, min_revision };
        async move { Ok(client::call(channel, Self::KIND, OfOne("Get"), request).await?.into_inner()) }
    }

    fn batch_get(
        channel: &Channel,
        parent: &str,
        names: Vec<String>,
    ) -> impl Future<Output = Result<Vec<Self>, Status>> + Send {
        let request = BatchGetRequest { parent: parent.to_owned(), names };
        async move {
            let answer = client::call(channel, Self::KIND, OfMany("BatchGet"), request).await?;
            let Rows { rows } = answer.into_inner();
            Ok(rows)
        }
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

    fn list_as(
        channel: &Channel,
        listing: Listing,
    ) -> impl Future<Output = Result<Page<Self>, Status>> + Send {
        let request = ListRequest {
            parent: listing.parent,
            page_size: listing.page_size,
            page_token: listing.page_token,
            filter: listing.filter,
            order_by: listing.order_by,
            read_mask: listing.read_mask.map(mask),
            include_total_size: listing.include_total_size,
            min_revision: listing.min_revision,
        };
        async move { Ok(client::call(channel, Self::KIND, OfMany("List"), request).await?.into_inner()) }
    }

    fn export(
        channel: &Channel,
        listing: Listing,
    ) -> impl Future<Output = Result<Vec<Exported<Self>>, Status>> + Send {
        let request = ListRequest {
            parent: listing.parent,
            filter: listing.filter,
            read_mask: listing.read_mask.map(mask),
            min_revision: listing.min_revision,
            ..ListRequest::default()
        };
        async move {
            let export = client::stream(channel, Self::KIND, OfMany("Export"), request).await?;
            let (mut answers, mut messages) = (export, Vec::new());
            while let Some(message) = answers.message().await? {
                messages.push(message);
            }
            Ok(messages)
        }
    }

    fn create(
        channel: &Channel,
        parent: &str,
        id: &str,
        resource: Option<Self>,
    ) -> impl Future<Output = Result<Self, Status>> + Send {
        Self::create_as(channel, parent, id, resource, Asked::default())
    }

    fn create_as(
        channel: &Channel,
        parent: &str,
        id: &str,
        resource: Option<Self>,
        asked: Asked,
    ) -> impl Future<Output = Result<Self, Status>> + Send {
        let (parent, id) = (parent.to_owned(), id.to_owned());
        let (validate_only, request_id) = (asked.validate_only, asked.request_id.clone());
        let request = CreateRequest { parent, id, resource, validate_only, request_id };
        async move {
            let answer = client::call(channel, Self::KIND, OfOne("Create"), request).await?;
            Ok(asked.answered(answer))
        }
    }

    /// Creates the `n`th.
    fn made(channel: &Channel, world: &World, n: usize) -> impl Future<Output = Self> + Send {
        let (parent, row) = (Self::parent(world), Self::nth(world, n));
        async move { Self::create(channel, &parent, &Self::id(n), Some(row)).await.unwrap() }
    }

    fn update(
        channel: &Channel,
        resource: Self,
        paths: Option<&[&str]>,
        allow_missing: bool,
    ) -> impl Future<Output = Result<Self, Status>> + Send {
        Self::update_as(channel, resource, paths, allow_missing, Asked::default())
    }

    fn update_as(
        channel: &Channel,
        resource: Self,
        paths: Option<&[&str]>,
        allow_missing: bool,
        asked: Asked,
    ) -> impl Future<Output = Result<Self, Status>> + Send {
        let request = UpdateRequest {
            resource: Some(resource),
            update_mask: paths.map(mask),
            allow_missing,
            validate_only: asked.validate_only,
            request_id: asked.request_id.clone(),
        };
        async move {
            let answer = client::call(channel, Self::KIND, OfOne("Update"), request).await?;
            Ok(asked.answered(answer))
        }
    }

    fn delete(
        channel: &Channel,
        name: &str,
        etag: &str,
        allow_missing: bool,
    ) -> impl Future<Output = Result<(), Status>> + Send {
        Self::delete_as(channel, name, etag, allow_missing, Asked::default())
    }

    fn delete_as(
        channel: &Channel,
        name: &str,
        etag: &str,
        allow_missing: bool,
        asked: Asked,
    ) -> impl Future<Output = Result<(), Status>> + Send {
        let (name, etag) = (name.to_owned(), etag.to_owned());
        let (validate_only, request_id) = (asked.validate_only, asked.request_id.clone());
        let request = DeleteRequest { name, etag, allow_missing, validate_only, request_id };
        async move {
            let answer: Response<()> =
                client::call(channel, Self::KIND, OfOne("Delete"), request).await?;
            asked.answered(answer);
            Ok(())
        }
    }

    /// Creates a batch of resources, each with its id.
    fn batch_create(
        channel: &Channel,
        parent: &str,
        rows: Vec<(String, Self)>,
        asked: Asked,
    ) -> impl Future<Output = Result<Vec<Self>, Status>> + Send {
        let each = |(id, row)| CreateRequest { id, resource: Some(row), ..Default::default() };
        let request = batch(parent, rows.into_iter().map(each), &asked);
        async move {
            let answer = client::call(channel, Self::KIND, OfMany("BatchCreate"), request).await?;
            let Rows { rows } = asked.answered(answer);
            Ok(rows)
        }
    }

    /// Updates a batch of resources in all fields.
    fn batch_update(
        channel: &Channel,
        parent: &str,
        rows: Vec<Self>,
        allow_missing: bool,
        asked: Asked,
    ) -> impl Future<Output = Result<Vec<Self>, Status>> + Send {
        let each = |row| UpdateRequest {
            resource: Some(row),
            update_mask: Some(mask(&["*"])),
            allow_missing,
            ..Default::default()
        };
        let request = batch(parent, rows.into_iter().map(each), &asked);
        async move {
            let answer = client::call(channel, Self::KIND, OfMany("BatchUpdate"), request).await?;
            let Rows { rows } = asked.answered(answer);
            Ok(rows)
        }
    }

    /// Deletes a batch of resources, each by its name and etag.
    fn batch_delete(
        channel: &Channel,
        parent: &str,
        names: Vec<(String, String)>,
        asked: Asked,
    ) -> impl Future<Output = Result<(), Status>> + Send {
        let each = |(name, etag)| DeleteRequest { name, etag, ..Default::default() };
        let request = batch(parent, names.into_iter().map(each), &asked);
        async move {
            let answer: Response<()> =
                client::call(channel, Self::KIND, OfMany("BatchDelete"), request).await?;
            asked.answered(answer);
            Ok(())
        }
    }

    fn import_stream(
        channel: &Channel,
        batches: Batches<Self>,
    ) -> impl Future<Output = Result<Import, Status>> + Send {
        client::import(channel, Self::KIND, batches)
    }

    /// Imports batches one after the other; gives the answers.
    fn import_all(
        channel: &Channel,
        batches: Vec<Batch<Self>>,
    ) -> impl Future<Output = Result<Vec<Answer>, Status>> + Send {
        let batches = Box::pin(tokio_stream::iter(batches));
        async move {
            let mut answers = client::import(channel, Self::KIND, batches).await?;
            let mut all = Vec::new();
            while let Some(answer) = answers.next().await? {
                all.push(answer);
            }
            Ok(all)
        }
    }
}

fn batch<R: Resource>(
    parent: &str,
    requests: impl Iterator<Item = R>,
    asked: &Asked,
) -> BatchRequest<R> {
    BatchRequest {
        parent: parent.to_owned(),
        requests: requests.collect(),
        validate_only: asked.validate_only,
        request_id: asked.request_id.clone(),
    }
}

/// A sum as its decimal text says it.
fn five_decimals(fte: f64) -> f64 {
    format!("{fte:.5}").parse().unwrap()
}
