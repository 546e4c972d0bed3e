//! Access to the fields that the generic methods read from a resource. `build.rs` generates the implementations
//! for the messages of all types from `services.rs.jinja`.

/// Fields that every resource has.
pub trait StandardFields {
    /// Resource name.
    fn name(&self) -> &str;

    /// Etag: changes with every change of the resource; empty if it was never written.
    fn etag(&self) -> &str;

    /// Revision of the last change.
    fn revision(&self) -> i64;

    /// Time of creation.
    fn create_time(&self) -> Option<prost_types::Timestamp>;

    /// Time of the last change.
    fn update_time(&self) -> Option<prost_types::Timestamp>;
}
