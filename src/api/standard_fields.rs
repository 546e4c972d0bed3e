//! What the generic methods read of a resource. The build implements this for the generated messages;
//! `services.rs.jinja` says how.

/// The fields that every resource has.
pub trait StandardFields {
    /// The resource name.
    fn name(&self) -> &str;

    /// Changes with every change of the resource; empty where it was never written.
    fn etag(&self) -> &str;

    /// The revision of the last change.
    fn revision(&self) -> i64;

    /// The time of creation.
    fn create_time(&self) -> Option<prost_types::Timestamp>;

    /// The time of the last change.
    fn update_time(&self) -> Option<prost_types::Timestamp>;
}
