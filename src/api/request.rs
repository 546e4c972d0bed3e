//! What the generic methods read from requests and write into responses. `build.rs` implements these traits
//! for the generated messages, from `services.rs.jinja`.

use prost::{Message, Name};
use prost_types::FieldMask;

use super::{
    v1,
    wire::{MessageOf, Wire},
};

/// A request to the service of a resource type.
pub trait ResourceRequest: Message + Name {
    /// Row type of the resource.
    type Resource: Wire;
}

/// Message of the resource type that a request is about.
pub type ResourceOf<R> = MessageOf<<R as ResourceRequest>::Resource>;

/// A request that writes.
pub trait WriteRequest: Message + Name {
    /// Whether to validate the request without writing.
    fn validate_only(&self) -> bool;

    /// The caller's id of the request; empty if it has none.
    fn request_id(&self) -> &str;
}

/// A request whose response is paged.
pub trait PagedRequest: Message + Name {
    /// Maximum number of items on a page, as given by the caller.
    fn page_size(&self) -> i32;

    /// Token of the page; empty for the first.
    fn page_token(&self) -> &str;

    /// The request without the fields that may differ from page to page.
    fn every_page(&self) -> Self;
}

/// Request of Get.
pub trait GetRequest: ResourceRequest {
    /// Resource name.
    fn name(&self) -> &str;

    /// Revision to read at; 0 for the newest.
    fn revision(&self) -> i64;

    /// Revision to wait for; 0 for none.
    fn min_revision(&self) -> i64;
}

/// Request of BatchGet.
pub trait BatchGetRequest: ResourceRequest {
    /// Message of the response.
    type Answer: Message;

    /// Parent of all names; empty for any.
    fn parent(&self) -> &str;

    /// Resource names.
    fn names(&self) -> &[String];

    /// Revision to wait for; 0 for none.
    fn min_revision(&self) -> i64;

    /// Builds the response with these resources.
    fn answer(resources: Vec<ResourceOf<Self>>) -> Self::Answer;
}

/// A page of a list, from which the response of List is built.
pub struct ListPage<M> {
    /// Resources of the page.
    pub rows: Vec<M>,
    /// Token of the next page; empty on the last.
    pub next_page_token: String,
    /// Revision that the page was read at.
    pub read_revision: i64,
    /// Number of resources on all pages, if the request asks for it.
    pub total_size: Option<i32>,
}

/// Request of List.
pub trait ListRequest: ResourceRequest + PagedRequest {
    /// Message of the response.
    type Answer: Message;

    /// Parent; empty if the resource type has none.
    fn parent(&self) -> &str;

    /// Filter in the syntax of AIP-160.
    fn filter(&self) -> &str;

    /// Order in the syntax of AIP-132.
    fn order_by(&self) -> &str;

    /// Fields to fill in; `None` for all.
    fn read_mask(&self) -> Option<&FieldMask>;

    /// Whether to count the resources on all pages.
    fn include_total_size(&self) -> bool;

    /// Revision to wait for; 0 for none.
    fn min_revision(&self) -> i64;

    /// Builds the response with this page.
    fn answer(listed: ListPage<ResourceOf<Self>>) -> Self::Answer;
}

/// Request of Export.
pub trait ExportRequest: ResourceRequest {
    /// Message of the response stream.
    type Answer: Message + 'static;

    /// Parent; empty if the resource type has none.
    fn parent(&self) -> &str;

    /// Filter in the syntax of AIP-160.
    fn filter(&self) -> &str;

    /// Fields to fill in; `None` for all.
    fn read_mask(&self) -> Option<&FieldMask>;

    /// Revision to wait for; 0 for none.
    fn min_revision(&self) -> i64;

    /// Builds a message with these resources, read at this revision.
    fn answer(resources: Vec<ResourceOf<Self>>, read_revision: i64) -> Self::Answer;
}

/// Request of Create.
pub trait CreateRequest: ResourceRequest + WriteRequest {
    /// Parent; empty if the resource type has none.
    fn parent(&self) -> &str;

    /// Resource id; empty to let the server choose one.
    fn id(&self) -> &str;

    /// Removes the resource from the request.
    fn take_resource(&mut self) -> Option<ResourceOf<Self>>;
}

/// Request of Update.
pub trait UpdateRequest: ResourceRequest + WriteRequest {
    /// Removes the resource from the request.
    fn take_resource(&mut self) -> Option<ResourceOf<Self>>;

    /// Fields to change; `None` for those that the resource populates.
    fn update_mask(&self) -> Option<&FieldMask>;

    /// Whether to create the resource if it does not exist.
    fn allow_missing(&self) -> bool;
}

/// Request of Delete.
pub trait DeleteRequest: ResourceRequest + WriteRequest {
    /// Resource name.
    fn name(&self) -> &str;

    /// Etag that the resource must have; empty for any.
    fn etag(&self) -> &str;

    /// Whether a missing resource is accepted instead of an error.
    fn allow_missing(&self) -> bool;
}

/// Request of BatchCreate, BatchUpdate or BatchDelete.
pub trait BatchRequest: ResourceRequest + WriteRequest {
    /// One request of the batch.
    type Request: WriteRequest + ResourceRequest<Resource = Self::Resource>;

    /// Message of the response.
    type Answer: Message;

    /// Parent of all resources; empty for any.
    fn parent(&self) -> &str;

    /// Removes the requests from the batch.
    fn take_requests(&mut self) -> Vec<Self::Request>;

    /// Builds the response with these resources.
    fn answer(resources: Vec<ResourceOf<Self>>) -> Self::Answer;
}

/// Message of the request stream of Import.
pub trait ImportRequest: ResourceRequest + 'static {
    /// Message of the response stream.
    type Answer: Message + 'static;

    /// Parent; empty if the resource type has none.
    fn parent(&self) -> &str;

    /// Whether to validate every row without writing.
    fn validate_only(&self) -> bool;

    /// What happens to resources that no row names, as a number of `AbsentRows`.
    fn absent_rows(&self) -> i32;

    /// Fields to change of rows that exist; `None` for all.
    fn update_mask(&self) -> Option<&FieldMask>;

    /// Removes the rows from the request.
    fn take_rows(&mut self) -> Vec<ResourceOf<Self>>;

    /// Builds a message with these outcomes and the revision that wrote them.
    fn answer(outcomes: Vec<v1::ImportOutcome>, revision: i64) -> Self::Answer;
}

/// A request that changes the state of a resource.
pub trait TransitionRequest: ResourceRequest + WriteRequest {
    /// Resource name.
    fn name(&self) -> &str;

    /// Etag that the resource must have; empty for any.
    fn etag(&self) -> &str;
}
