//! BatchCreate, BatchUpdate and BatchDelete for any resource type.

use crate::{
    domain::{
        Caller, CommittedAnswer, Error, Mutation, Reason, Resource, Result, Violations,
        name::Parent,
    },
    registry::{BATCH, Registry},
};

use super::{
    call::write_options,
    request::{
        BatchRequest, CreateRequest, DeleteRequest, ResourceOf, UpdateRequest, WriteRequest,
    },
    standard,
};

/// Handles BatchCreate.
pub async fn create<R>(
    registry: &Registry,
    caller: &Caller,
    batch: R,
) -> Result<CommittedAnswer<Vec<ResourceOf<R>>>>
where
    R: BatchRequest<Request: CreateRequest>,
{
    let each = |request: R::Request, parent: &Parent, violations: Violations| {
        let parent = match parent {
            Parent::One(parent) => Some(parent.as_str()),
            _ => None,
        };
        Ok(standard::creation(request, parent, violations))
    };
    write(registry, caller, batch, &format!("{}.", R::Resource::SINGULAR), each).await
}

/// Handles BatchUpdate.
pub async fn update<R>(
    registry: &Registry,
    caller: &Caller,
    batch: R,
) -> Result<CommittedAnswer<Vec<ResourceOf<R>>>>
where
    R: BatchRequest<Request: UpdateRequest>,
{
    let each = |request: R::Request, _: &Parent, violations: Violations| {
        standard::change(request, violations)
    };
    write(registry, caller, batch, &format!("{}.", R::Resource::SINGULAR), each).await
}

/// Handles BatchDelete.
pub async fn delete<R>(
    registry: &Registry,
    caller: &Caller,
    batch: R,
) -> Result<CommittedAnswer<Vec<ResourceOf<R>>>>
where
    R: BatchRequest<Request: DeleteRequest>,
{
    let each = |request: R::Request, _: &Parent, violations: Violations| {
        standard::deletion(&request, violations)
    };
    write(registry, caller, batch, "", each).await
}

/// Reads every request of a batch with `each`, which reports violations of fields under `prefix`, then writes
/// all or none.
async fn write<R: BatchRequest>(
    registry: &Registry,
    caller: &Caller,
    mut batch: R,
    prefix: &str,
    each: impl Fn(R::Request, &Parent, Violations) -> Result<Mutation<R::Resource>>,
) -> Result<CommittedAnswer<Vec<ResourceOf<R>>>> {
    let mut violations = Violations::default();
    let write_options = write_options(&batch, &mut violations);
    let parent = standard::batch_parent::<R::Resource>(batch.parent(), &mut violations);
    let requests = batch.take_requests();
    if requests.is_empty() {
        violations.add("requests", Reason::Required, "must not be empty");
    }
    violations.items("requests", &requests, BATCH);
    let mut mutations = Vec::with_capacity(requests.len().min(BATCH));
    let mut unread = Vec::new();
    for (i, request) in requests.into_iter().take(BATCH).enumerate() {
        let path = format!("requests[{i}].");
        let mut own = Violations::within_part(&path, prefix);
        for (field, given) in [
            ("validate_only", request.validate_only()),
            ("request_id", !request.request_id().is_empty()),
        ] {
            if given {
                own.add_outside(field, Reason::NotAllowed, "must be set on the batch instead");
            }
        }
        match each(request, &parent, own) {
            Ok(mutation) => {
                if mutation.name().is_some_and(|name| !parent.holds(name)) {
                    let field = format!("{path}{prefix}name");
                    violations.add(&field, Reason::NotAllowed, "must belong to the parent");
                }
                mutations.push(mutation);
            }
            Err(Error::Invalid(own)) => unread.push(own),
            Err(error) => return Err(error),
        }
    }
    unread.into_iter().for_each(|own| violations.extend(own));
    if !violations.is_empty() {
        // The registry is not called, so add the violations of the requests that could be read.
        for mutation in mutations {
            if let Mutation::Create(input) | Mutation::Update { input, .. } = mutation {
                violations.extend(input.violations);
            }
        }
        return Err(Error::Invalid(violations));
    }
    let done = registry.write_all(caller, &write_options, mutations).await?;
    Ok(done.map(|outcomes| outcomes.into_iter().map(standard::left_by).collect()))
}
