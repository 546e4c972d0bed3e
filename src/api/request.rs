//! What the generic methods read of a request and write into its answer. The build implements these traits for
//! the generated messages; `services.rs.jinja` says how.

use prost::{Message, Name};
use prost_types::FieldMask;

use super::{
    v1,
    wire::{MessageOf, Wire},
};

/// A request of the service of a resource type.
pub trait ResourceRequest: Message + Name {
    /// The resource type, as a row.
    type Resource: Wire;
}

/// The resource type of a request, as a message.
pub type ResourceOf<R> = MessageOf<<R as ResourceRequest>::Resource>;

/// A request of a write.
pub trait WriteRequest: Message + Name {
    /// Whether everything is checked and nothing written.
    fn validate_only(&self) -> bool;

    /// The caller's own id of the request; may be empty.
    fn request_id(&self) -> &str;
}

/// A request whose answer comes in pages.
pub trait PagedRequest: Message + Name {
    /// How many a page has at most, as the caller gave it.
    fn page_size(&self) -> i32;

    /// Where the page begins; empty for the first.
    fn page_token(&self) -> &str;

    /// The request without what may differ from page to page.
    fn every_page(&self) -> Self;
}

/// The request of Get.
pub trait GetRequest: ResourceRequest {
    /// The resource name.
    fn name(&self) -> &str;

    /// The revision to read at; 0 for the newest.
    fn revision(&self) -> i64;

    /// The revision to wait for; 0 for none.
    fn min_revision(&self) -> i64;
}

/// The request of BatchGet.
pub trait BatchGetRequest: ResourceRequest {
    /// The message of the answer.
    type Answer: Message;

    /// The parent of all names; empty for any.
    fn parent(&self) -> &str;

    /// The resource names.
    fn names(&self) -> &[String];

    /// The revision to wait for; 0 for none.
    fn min_revision(&self) -> i64;

    /// The answer with these resources.
    fn answer(resources: Vec<ResourceOf<Self>>) -> Self::Answer;
}

/// A page of a list, which becomes the answer of List.
pub struct ListPage<M> {
    /// The resources of the page.
    pub rows: Vec<M>,
    /// Empty on the last page.
    pub next_page_token: String,
    /// The revision that the page was read at.
    pub read_revision: i64,
    /// How many resources the list has, if the request asks for it.
    pub total_size: Option<i32>,
}

/// The request of List.
pub trait ListRequest: ResourceRequest + PagedRequest {
    /// The message of the answer.
    type Answer: Message;

    /// The parent; empty where the resource type has none.
    fn parent(&self) -> &str;

    /// The filter, in the language of AIP-160.
    fn filter(&self) -> &str;

    /// The order, in the language of AIP-132.
    fn order_by(&self) -> &str;

    /// The fields to fill in; none for all.
    fn read_mask(&self) -> Option<&FieldMask>;

    /// Whether all that the filter finds is counted.
    fn include_total_size(&self) -> bool;

    /// The revision to wait for; 0 for none.
    fn min_revision(&self) -> i64;

    /// The answer with this page.
    fn answer(listed: ListPage<ResourceOf<Self>>) -> Self::Answer;
}

/// The request of Export.
pub trait ExportRequest: ResourceRequest {
    /// A message of the answer.
    type Answer: Message + 'static;

    /// The parent; empty where the resource type has none.
    fn parent(&self) -> &str;

    /// The filter, in the language of AIP-160.
    fn filter(&self) -> &str;

    /// The fields to fill in; none for all.
    fn read_mask(&self) -> Option<&FieldMask>;

    /// The revision to wait for; 0 for none.
    fn min_revision(&self) -> i64;

    /// A message with these resources, read at that revision.
    fn answer(resources: Vec<ResourceOf<Self>>, read_revision: i64) -> Self::Answer;
}

/// The request of Create.
pub trait CreateRequest: ResourceRequest + WriteRequest {
    /// The parent; empty where the resource type has none.
    fn parent(&self) -> &str;

    /// The last part of the name; empty where the server makes it.
    fn id(&self) -> &str;

    /// The resource, which is taken out.
    fn take_resource(&mut self) -> Option<ResourceOf<Self>>;
}

/// The request of Update.
pub trait UpdateRequest: ResourceRequest + WriteRequest {
    /// The resource, which is taken out.
    fn take_resource(&mut self) -> Option<ResourceOf<Self>>;

    /// The fields to change; none for those that the resource sets.
    fn update_mask(&self) -> Option<&FieldMask>;

    /// Whether the resource is created where there is none.
    fn allow_missing(&self) -> bool;
}

/// The request of Delete.
pub trait DeleteRequest: ResourceRequest + WriteRequest {
    /// The resource name.
    fn name(&self) -> &str;

    /// The etag that the resource must have; empty for any.
    fn etag(&self) -> &str;

    /// Whether a resource that does not exist is no error.
    fn allow_missing(&self) -> bool;
}

/// The request of BatchCreate, BatchUpdate or BatchDelete.
pub trait BatchRequest: ResourceRequest + WriteRequest {
    /// A request of the batch.
    type Request: WriteRequest + ResourceRequest<Resource = Self::Resource>;

    /// The message of the answer.
    type Answer: Message;

    /// The parent of all resources; empty for any.
    fn parent(&self) -> &str;

    /// The requests, which are taken out.
    fn take_requests(&mut self) -> Vec<Self::Request>;

    /// The answer with these resources.
    fn answer(resources: Vec<ResourceOf<Self>>) -> Self::Answer;
}

/// A message of the request of Import.
pub trait ImportRequest: ResourceRequest + 'static {
    /// A message of the answer.
    type Answer: Message + 'static;

    /// The parent; empty where the resource type has none.
    fn parent(&self) -> &str;

    /// Whether every row is checked and nothing written.
    fn validate_only(&self) -> bool;

    /// What becomes of the resources that no row names, as a number of `AbsentRows`.
    fn absent_rows(&self) -> i32;

    /// The rows, which are taken out.
    fn take_rows(&mut self) -> Vec<ResourceOf<Self>>;

    /// A message with these outcomes, and the revision that wrote them.
    fn answer(outcomes: Vec<v1::ImportOutcome>, revision: i64) -> Self::Answer;
}

/// A request that takes one resource to another state.
pub trait TransitionRequest: ResourceRequest + WriteRequest {
    /// The resource name.
    fn name(&self) -> &str;

    /// The etag that the resource must have; empty for any.
    fn etag(&self) -> &str;
}
