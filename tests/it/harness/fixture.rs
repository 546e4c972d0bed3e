//! Calls of the standard methods of a resource type under test, with defaults for what most tests do not need.

use std::future::Future;

use digital_skills_registry::api::{DESCRIPTORS, v1};
use prost_reflect::{DynamicMessage, ReflectMessage};
use tonic::{Response, Status, transport::Channel};

use super::{
    client::{
        self, Answer, Batch, BatchGetRequest, BatchRequest, Batches, CreateRequest, DeleteRequest,
        ExportPart, GetRequest, Import, ListRequest,
        Method::{OfMany, OfOne},
        Page, Resource, Rows, UpdateRequest, WriteCall, mask,
    },
    samples::Samples,
    world::World,
};

/// A list to request.
#[derive(Clone, Debug, Default)]
pub struct ListCall {
    pub parent: String,
    pub filter: String,
    pub order_by: String,
    pub read_mask: Option<&'static [&'static str]>,
    pub page_size: i32,
    pub page_token: String,
    pub include_total_size: bool,
    pub min_revision: i64,
}

/// A resource type with sample resources, and the calls of its standard methods.
pub trait Fixture: Samples {
    /// Extracts a resource of this type; `None` if it is of another type.
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
        async move { Ok(client::call(channel, Self::TYPE, OfOne("Get"), request).await?.into_inner()) }
    }

    fn batch_get(
        channel: &Channel,
        parent: &str,
        names: Vec<String>,
    ) -> impl Future<Output = Result<Vec<Self>, Status>> + Send {
        let request = BatchGetRequest { parent: parent.to_owned(), names };
        async move {
            let answer = client::call(channel, Self::TYPE, OfMany("BatchGet"), request).await?;
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
        Self::list_as(channel, ListCall { parent, page_size, page_token, ..ListCall::default() })
    }

    fn list_as(
        channel: &Channel,
        listing: ListCall,
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
        async move { Ok(client::call(channel, Self::TYPE, OfMany("List"), request).await?.into_inner()) }
    }

    fn export(
        channel: &Channel,
        listing: ListCall,
    ) -> impl Future<Output = Result<Vec<ExportPart<Self>>, Status>> + Send {
        let request = ListRequest {
            parent: listing.parent,
            filter: listing.filter,
            read_mask: listing.read_mask.map(mask),
            min_revision: listing.min_revision,
            ..ListRequest::default()
        };
        async move {
            let export = client::stream(channel, Self::TYPE, OfMany("Export"), request).await?;
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
        Self::create_as(channel, parent, id, resource, WriteCall::default())
    }

    fn create_as(
        channel: &Channel,
        parent: &str,
        id: &str,
        resource: Option<Self>,
        asked: WriteCall,
    ) -> impl Future<Output = Result<Self, Status>> + Send {
        let (parent, id) = (parent.to_owned(), id.to_owned());
        let (validate_only, request_id) = (asked.validate_only, asked.request_id.clone());
        let request = CreateRequest { parent, id, resource, validate_only, request_id };
        async move {
            let answer = client::call(channel, Self::TYPE, OfOne("Create"), request).await?;
            Ok(asked.answered(answer))
        }
    }

    /// Creates the `n`th sample.
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
        Self::update_as(channel, resource, paths, allow_missing, WriteCall::default())
    }

    fn update_as(
        channel: &Channel,
        resource: Self,
        paths: Option<&[&str]>,
        allow_missing: bool,
        asked: WriteCall,
    ) -> impl Future<Output = Result<Self, Status>> + Send {
        let request = UpdateRequest {
            resource: Some(resource),
            update_mask: paths.map(mask),
            allow_missing,
            validate_only: asked.validate_only,
            request_id: asked.request_id.clone(),
        };
        async move {
            let answer = client::call(channel, Self::TYPE, OfOne("Update"), request).await?;
            Ok(asked.answered(answer))
        }
    }

    fn delete(
        channel: &Channel,
        name: &str,
        etag: &str,
        allow_missing: bool,
    ) -> impl Future<Output = Result<(), Status>> + Send {
        Self::delete_as(channel, name, etag, allow_missing, WriteCall::default())
    }

    fn delete_as(
        channel: &Channel,
        name: &str,
        etag: &str,
        allow_missing: bool,
        asked: WriteCall,
    ) -> impl Future<Output = Result<(), Status>> + Send {
        let (name, etag) = (name.to_owned(), etag.to_owned());
        let (validate_only, request_id) = (asked.validate_only, asked.request_id.clone());
        let request = DeleteRequest { name, etag, allow_missing, validate_only, request_id };
        async move {
            let answer: Response<()> =
                client::call(channel, Self::TYPE, OfOne("Delete"), request).await?;
            asked.answered(answer);
            Ok(())
        }
    }

    /// Creates a batch of resources, each with its id.
    fn batch_create(
        channel: &Channel,
        parent: &str,
        rows: Vec<(String, Self)>,
        asked: WriteCall,
    ) -> impl Future<Output = Result<Vec<Self>, Status>> + Send {
        let each = |(id, row)| CreateRequest { id, resource: Some(row), ..Default::default() };
        let request = batch(parent, rows.into_iter().map(each), &asked);
        async move {
            let answer = client::call(channel, Self::TYPE, OfMany("BatchCreate"), request).await?;
            let Rows { rows } = asked.answered(answer);
            Ok(rows)
        }
    }

    /// Updates all fields of a batch of resources.
    fn batch_update(
        channel: &Channel,
        parent: &str,
        rows: Vec<Self>,
        allow_missing: bool,
        asked: WriteCall,
    ) -> impl Future<Output = Result<Vec<Self>, Status>> + Send {
        let each = |row| UpdateRequest {
            resource: Some(row),
            update_mask: Some(mask(&["*"])),
            allow_missing,
            ..Default::default()
        };
        let request = batch(parent, rows.into_iter().map(each), &asked);
        async move {
            let answer = client::call(channel, Self::TYPE, OfMany("BatchUpdate"), request).await?;
            let Rows { rows } = asked.answered(answer);
            Ok(rows)
        }
    }

    /// Deletes a batch of resources, each by its name and etag.
    fn batch_delete(
        channel: &Channel,
        parent: &str,
        names: Vec<(String, String)>,
        asked: WriteCall,
    ) -> impl Future<Output = Result<(), Status>> + Send {
        let each = |(name, etag)| DeleteRequest { name, etag, ..Default::default() };
        let request = batch(parent, names.into_iter().map(each), &asked);
        async move {
            let answer: Response<()> =
                client::call(channel, Self::TYPE, OfMany("BatchDelete"), request).await?;
            asked.answered(answer);
            Ok(())
        }
    }

    fn import_stream(
        channel: &Channel,
        batches: Batches<Self>,
    ) -> impl Future<Output = Result<Import, Status>> + Send {
        client::import(channel, Self::TYPE, batches)
    }

    /// Imports batches one after the other; returns the responses.
    fn import_all(
        channel: &Channel,
        batches: Vec<Batch<Self>>,
    ) -> impl Future<Output = Result<Vec<Answer>, Status>> + Send {
        let batches = Box::pin(tokio_stream::iter(batches));
        async move {
            let mut answers = client::import(channel, Self::TYPE, batches).await?;
            let mut all = Vec::new();
            while let Some(answer) = answers.next().await? {
                all.push(answer);
            }
            Ok(all)
        }
    }
}

impl<N: Samples> Fixture for N {}

fn batch<R: Resource>(
    parent: &str,
    requests: impl Iterator<Item = R>,
    asked: &WriteCall,
) -> BatchRequest<R> {
    BatchRequest {
        parent: parent.to_owned(),
        requests: requests.collect(),
        validate_only: asked.validate_only,
        request_id: asked.request_id.clone(),
    }
}
