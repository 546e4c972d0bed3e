//! The standard methods of any resource type.

use crate::{
    domain::{
        AsOf, Caller, CommittedAnswer, Error, ExpectedResource, Input, Mutation, Outcome, Reason,
        Resource, ResourceName, Result, Revision, Violations, WriteOptions,
        name::{self, Parent},
        name_form,
    },
    registry::{BATCH, Registry},
};

use super::{
    call::write_options,
    mask,
    request::{
        BatchGetRequest, CreateRequest, DeleteRequest, GetRequest, ResourceOf, TransitionRequest,
        UpdateRequest,
    },
    standard_fields::StandardFields,
    wire::{self, MessageOf, Wire},
};

/// Handles Get.
pub async fn get<R: GetRequest>(
    registry: &Registry,
    caller: &Caller,
    request: &R,
) -> Result<ResourceOf<R>> {
    let mut violations = Violations::default();
    let name = resource_name::<R::Resource>("name", request.name(), &mut violations);
    let as_of = as_of("revision", request.revision(), &mut violations);
    revision("min_revision", request.min_revision(), &mut violations);
    let name = read(name, violations)?;
    registry.reach(caller, Revision::new(request.min_revision())).await?;
    Ok(registry.get(caller, &name, as_of).await?.to_message())
}

/// Reads the revision that a request asks for, where 0 means the newest state. A negative one is a violation.
pub fn as_of(field: &str, number: i64, violations: &mut Violations) -> AsOf {
    revision(field, number, violations);
    AsOf::requested(number)
}

/// Adds a violation if a revision is negative.
pub fn revision(field: &str, revision: i64, violations: &mut Violations) {
    if revision < 0 {
        violations.add_outside(field, Reason::OutOfRange, "must not be negative");
    }
}

/// Waits until the revision that a read asks for is visible, unless the request has violations.
pub async fn reached(
    registry: &Registry,
    caller: &Caller,
    min_revision: i64,
    mut violations: Violations,
) -> Result<()> {
    revision("min_revision", min_revision, &mut violations);
    violations.into_result()?;
    registry.reach(caller, Revision::new(min_revision)).await
}

/// Handles BatchGet.
pub async fn batch_get<R: BatchGetRequest>(
    registry: &Registry,
    caller: &Caller,
    request: &R,
) -> Result<Vec<ResourceOf<R>>> {
    let mut violations = Violations::default();
    let parent = batch_parent::<R::Resource>(request.parent(), &mut violations);
    let names = request.names();
    if names.is_empty() {
        violations.add("names", Reason::Required, "must not be empty");
    }
    violations.items("names", names, BATCH);
    let mut read = Vec::with_capacity(names.len().min(BATCH));
    for (i, text) in names.iter().take(BATCH).enumerate() {
        let field = format!("names[{i}]");
        let name = one_name::<R::Resource>(&field, text, &mut violations);
        if !parent.holds(&name) {
            violations.add(&field, Reason::NotAllowed, "must belong to the parent");
        }
        read.push(name);
    }
    reached(registry, caller, request.min_revision(), violations).await?;
    let rows = registry.batch_get::<R::Resource>(caller, &read).await?;
    Ok(rows.iter().map(Wire::to_message).collect())
}

/// Handles Create.
pub async fn create<R: CreateRequest>(
    registry: &Registry,
    caller: &Caller,
    request: R,
) -> Result<CommittedAnswer<ResourceOf<R>>> {
    let mut violations = Violations::within(format!("{}.", R::Resource::SINGULAR));
    let write_options = write_options(&request, &mut violations);
    let mutation = creation(request, None, violations);
    Ok(registry.write(caller, &write_options, mutation).await?.map(left_by))
}

/// Turns a Create request into a mutation; `parent` applies if the request names none.
pub fn creation<R: CreateRequest>(
    mut request: R,
    parent: Option<&str>,
    mut violations: Violations,
) -> Mutation<R::Resource> {
    let resource = request.take_resource();
    let parent = match (request.parent(), parent) {
        ("", Some(parent)) => parent,
        (parent, _) => parent,
    };
    let name = new_name::<R::Resource>(parent, request.id(), &mut violations).map(String::from);
    let resource = required::<R::Resource>(resource, &mut violations);
    let row = R::Resource::from_message(resource, &mut violations);
    Mutation::Create(Input { name, row, violations })
}

/// Handles Update.
pub async fn update<R: UpdateRequest>(
    registry: &Registry,
    caller: &Caller,
    request: R,
) -> Result<CommittedAnswer<ResourceOf<R>>> {
    let mut violations = Violations::within(format!("{}.", R::Resource::SINGULAR));
    let write_options = write_options(&request, &mut violations);
    let mutation = change(request, violations)?;
    Ok(registry.write(caller, &write_options, mutation).await?.map(left_by))
}

/// Turns an Update request into a mutation.
pub fn change<R: UpdateRequest>(
    mut request: R,
    mut violations: Violations,
) -> Result<Mutation<R::Resource>> {
    let Some(resource) = request.take_resource() else {
        required::<R::Resource>(None, &mut violations);
        return Err(Error::Invalid(violations));
    };
    let etag = resource.etag().to_owned();
    let fields = mask::fields::<R::Resource>(request.update_mask(), &resource, &mut violations);
    let input = wire::input::<R::Resource>(resource, violations);
    Ok(Mutation::Update { input, fields, etag, allow_missing: request.allow_missing() })
}

/// Handles Delete.
pub async fn delete<R: DeleteRequest>(
    registry: &Registry,
    caller: &Caller,
    request: R,
) -> Result<CommittedAnswer<()>> {
    let mut violations = Violations::default();
    let write_options = write_options(&request, &mut violations);
    let mutation = deletion(&request, violations)?;
    Ok(registry.write(caller, &write_options, mutation).await?.map(|_| ()))
}

/// Turns a Delete request into a mutation.
pub fn deletion<R: DeleteRequest>(
    request: &R,
    mut violations: Violations,
) -> Result<Mutation<R::Resource>> {
    let name = resource_name::<R::Resource>("name", request.name(), &mut violations);
    let name = read(name, violations)?.into();
    let (etag, allow_missing) = (request.etag().to_owned(), request.allow_missing());
    Ok(Mutation::Delete { name, etag, allow_missing })
}

/// Returns a value that was read from a request. Fails if there is any violation; a value is missing only if there
/// is one.
pub fn read<T>(value: Option<T>, violations: Violations) -> Result<T> {
    value.filter(|_| violations.is_empty()).ok_or(Error::Invalid(violations))
}

/// Parses a resource name. If it is malformed, adds a violation and returns `None`.
pub fn resource_name<N: Wire>(
    field: &str,
    text: &str,
    violations: &mut Violations,
) -> Option<ResourceName<N>> {
    violations.required(field, text);
    let read = ResourceName::parse(text);
    read.map_err(|bad| violations.add(field, Reason::Malformed, bad.description())).ok()
}

/// Parses a resource name and returns its text. If it is malformed, adds a violation and returns an empty text.
pub fn one_name<N: Wire>(field: &str, text: &str, violations: &mut Violations) -> String {
    resource_name::<N>(field, text, violations).map(String::from).unwrap_or_default()
}

/// Reads a request that changes a resource's state: the write options, and the resource with its expected etag.
pub fn transition<R: TransitionRequest>(
    request: &R,
) -> Result<(WriteOptions, ExpectedResource<R::Resource>)> {
    let mut violations = Violations::default();
    let write_options = write_options(request, &mut violations);
    let name = resource_name("name", request.name(), &mut violations);
    let name = read(name, violations)?;
    Ok((write_options, ExpectedResource { name, etag: request.etag().to_owned() }))
}

/// Parses the parent of a batch, which may be empty.
pub fn batch_parent<N: Wire>(text: &str, violations: &mut Violations) -> Parent {
    match text {
        "" => Parent::None,
        text => parent::<N>(text, violations),
    }
}

/// Parses the parent of a list or an import.
pub fn parent<N: Wire>(text: &str, violations: &mut Violations) -> Parent {
    if N::PARENTS.is_empty() {
        return Parent::None;
    }
    name_form::parse_parent(N::PARENTS, text).unwrap_or_else(|bad| {
        let reason = if text.is_empty() { Reason::Required } else { Reason::Malformed };
        let description = format!("{}; the id may be -", bad.description());
        violations.add_outside("parent", reason, description);
        Parent::None
    })
}

/// Makes the name of a new resource. If that is impossible, adds a violation and returns `None`.
pub fn new_name<N: Wire>(
    parent: &str,
    id: &str,
    violations: &mut Violations,
) -> Option<ResourceName<N>> {
    let under = match N::PARENTS {
        [] => Some(None),
        kinds => match name_form::parse(kinds, parent) {
            Ok((_, parent)) => Some(Some(parent)),
            Err(bad) => {
                let reason = if parent.is_empty() { Reason::Required } else { Reason::Malformed };
                violations.add_outside("parent", reason, bad.description());
                None
            }
        },
    };
    let made = match id {
        "" if N::TYPE != crate::domain::ResourceType::Organisation => {
            Some(uuid::Uuid::now_v7().to_string())
        }
        id => name::parse_id(N::TYPE, id),
    };
    if made.is_none() {
        let reason = if id.is_empty() { Reason::Required } else { Reason::Malformed };
        let field = format!("{}_id", N::SINGULAR);
        violations.add_outside(field, reason, name::id_form(N::TYPE));
    }
    let made = made?;
    let personal = name::personal_data_in_id(N::TYPE, &made);
    violations.impersonal_outside(format!("{}_id", N::SINGULAR), personal);
    Some(ResourceName::child(under?.as_deref(), &made)).filter(|_| personal.is_none())
}

fn required<N: Wire>(message: Option<MessageOf<N>>, violations: &mut Violations) -> MessageOf<N> {
    if message.is_none() {
        violations.add_outside(N::SINGULAR, Reason::Required, "must not be empty");
    }
    message.unwrap_or_default()
}

/// Message of the resource after a write.
pub fn left_by<N: Wire>(outcome: Outcome<N>) -> MessageOf<N> {
    match outcome {
        Outcome::Created(row) | Outcome::Updated(row) | Outcome::Unchanged(row) => row.to_message(),
        Outcome::Deleted(row) => row.to_message(),
        Outcome::Absent => MessageOf::<N>::default(),
    }
}
