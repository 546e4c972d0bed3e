//! BatchCreate, BatchUpdate and BatchDelete, written once for any resource type.

use crate::{
    domain::{Caller, Error, Mutation, Reason, Result, Violations, Written, name::Parent},
    registry::Registry,
};

use super::{
    standard::{self, Ask, Create, Delete, Update},
    wire::Wire,
};

/// The most requests of a batch.
const MOST: usize = 1_000;

/// What a batch is asked for.
pub struct Batch<T> {
    pub parent: String,
    pub requests: Vec<Ask<T>>,
}

/// BatchCreate.
pub async fn create<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    batch: Ask<Batch<Create<N>>>,
) -> Result<Written<Vec<N::Message>>> {
    let each = |create: Create<N>, parent: &Parent, violations: Violations| {
        let parent = match (create.parent.as_str(), parent) {
            ("", Parent::One(parent)) => parent.clone(),
            _ => create.parent,
        };
        Ok(standard::creation::<N>(&parent, &create.id, create.message, violations))
    };
    write(registry, caller, batch, &format!("{}.", N::SINGULAR), each).await
}

/// BatchUpdate.
pub async fn update<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    batch: Ask<Batch<Update<N>>>,
) -> Result<Written<Vec<N::Message>>> {
    let each = |update: Update<N>, _: &Parent, violations: Violations| {
        standard::change::<N>(update.message, update.update_mask, update.allow_missing, violations)
    };
    write(registry, caller, batch, &format!("{}.", N::SINGULAR), each).await
}

/// BatchDelete.
pub async fn delete<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    batch: Ask<Batch<Delete>>,
) -> Result<Written<()>> {
    let each = |delete: Delete, _: &Parent, mut violations: Violations| {
        let name = standard::one_name::<N>("name", &delete.name, &mut violations);
        standard::done(violations)?;
        Ok(Mutation::Delete { name, etag: delete.etag, allow_missing: delete.allow_missing })
    };
    write::<N, _>(registry, caller, batch, "", each).await.map(|done| done.map(|_| ()))
}

/// Reads every request of a batch by `each`, which finds violations of fields under `prefix`, and then
/// writes all of them or none.
async fn write<N: Wire, T>(
    registry: &Registry,
    caller: &Caller,
    mut batch: Ask<Batch<T>>,
    prefix: &str,
    each: impl Fn(T, &Parent, Violations) -> Result<Mutation<N>>,
) -> Result<Written<Vec<N::Message>>> {
    let mut violations = Violations::default();
    let writing = batch.writing(&mut violations);
    let parent = match batch.what.parent.as_str() {
        "" => Parent::None,
        parent => standard::parent::<N>(parent, &mut violations),
    };
    let requests = std::mem::take(&mut batch.what.requests);
    if requests.is_empty() {
        violations.add("requests", Reason::Required, "must not be empty");
    }
    violations.items("requests", &requests, MOST);
    let mut mutations = Vec::with_capacity(requests.len().min(MOST));
    let mut unread = Vec::new();
    for (i, request) in requests.into_iter().take(MOST).enumerate() {
        let path = format!("requests[{i}].");
        let mut own = Violations::within_part(&path, prefix);
        for (field, given) in [
            ("validate_only", request.validate_only),
            ("request_id", !request.request_id.is_empty()),
        ] {
            if given {
                own.add_outside(field, Reason::NotAllowed, "must be given to the batch instead");
            }
        }
        match each(request.what, &parent, own) {
            Ok(mutation) => {
                if mutation.name().is_some_and(|name| !parent.holds(name)) {
                    let field = format!("{path}{prefix}name");
                    violations.add(&field, Reason::NotAllowed, "must lie under the parent");
                }
                mutations.push(mutation);
            }
            Err(Error::Invalid(own)) => unread.push(own),
            Err(error) => return Err(error),
        }
    }
    unread.into_iter().for_each(|own| violations.extend(own));
    if !violations.is_empty() {
        // The registry will not come to find what is wrong with the requests that could be read.
        for mutation in mutations {
            if let Mutation::Create(draft) | Mutation::Update { draft, .. } = mutation {
                violations.extend(draft.violations);
            }
        }
        return Err(Error::Invalid(violations));
    }
    let done = registry.write_all(caller, &writing, mutations).await?;
    Ok(done.map(|outcomes| outcomes.into_iter().map(standard::left_by::<N>).collect()))
}
