//! Checks whether resources exist, now or at a revision.

use crate::{
    domain::{AsOf, Error, Resource, ResourceType, Result, for_resource_type, name_form},
    store::{Lock, ReadConnection, Reads},
};

/// Error for a name that no resource has.
pub(in crate::registry) fn not_found<N: Resource>(name: impl Into<String>) -> Error {
    Error::NotFound { kind: N::TYPE, name: name.into() }
}

/// Returns a resource in a state of the registry. Fails if it did not exist.
pub(in crate::registry) async fn get<N: Resource, C: ReadConnection>(
    reads: &Reads<C>,
    name: &str,
    as_of: AsOf,
) -> Result<N> {
    let names = [name.to_owned()];
    let found: Vec<N> = match as_of {
        AsOf::Latest => reads.find(&names, Lock::None).await?,
        AsOf::At(revision) => reads.find_as_of(&names, revision).await?,
    };
    found.into_iter().next().ok_or_else(|| not_found::<N>(name))
}

/// Fails unless a resource of this name and of one of these types exists in a state of the registry. Ignores
/// malformed names: whoever reads the request reports those.
pub(in crate::registry) async fn require<C: ReadConnection>(
    reads: &Reads<C>,
    kinds: &[ResourceType],
    name: &str,
    as_of: AsOf,
) -> Result<()> {
    let Ok((kind, name)) = name_form::parse(kinds, name) else {
        return Ok(());
    };
    for_resource_type!(kind, N => get::<N, C>(reads, &name, as_of).await.map(|_| ()))
}

/// Fails for the first of these names that no resource of its type has.
pub(in crate::registry) async fn require_all<C: ReadConnection>(
    reads: &Reads<C>,
    names: &[(ResourceType, &String)],
    as_of: AsOf,
) -> Result<()> {
    for (kind, name) in names {
        require(reads, &[*kind], name, as_of).await?;
    }
    Ok(())
}
