//! Reads the tree of organisations.

use sea_orm::EntityTrait;

use crate::{
    domain::{Organisation, Result, organisation},
    store::{ReadConnection, Reads, Revision},
};

/// All organisations as they were at a revision.
pub(in crate::registry) async fn organisations_at<C: ReadConnection>(
    reads: &Reads<C>,
    revision: Revision,
) -> Result<Vec<Organisation>> {
    Ok(reads.as_of(organisation::Entity::find(), revision, |_| true).await?)
}
