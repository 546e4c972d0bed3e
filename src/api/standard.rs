//! The standard methods, written once for any resource type.

use crate::{
    domain::{
        AsOf, Caller, Draft, Error, ExpectedResource, Mutation, Noun, Outcome, Reason,
        ResourceName, Result, Revision, Violations, Writing, Written,
        name::{self, Parent},
        name_form,
    },
    registry::{BATCH, Registry},
};

use super::{
    call::writing,
    mask,
    request::{
        BatchGetRequest, CreateRequest, DeleteRequest, GetRequest, ResourceOf, TransitionRequest,
        UpdateRequest,
    },
    standard_fields::StandardFields,
    wire::{self, MessageOf, Wire},
};

/// Get.
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

/// Reads the state of the registry that a request names by the number of a revision, 0 for the newest.
pub fn as_of(field: &str, number: i64, violations: &mut Violations) -> AsOf {
    revision(field, number, violations);
    AsOf::requested(number)
}

/// Checks the number of a revision.
pub fn revision(field: &str, revision: i64, violations: &mut Violations) {
    if revision < 0 {
        violations.add_outside(field, Reason::OutOfRange, "must not be negative");
    }
}

/// Waits until the revision that a read wants can be seen, unless anything is wrong with the request.
pub async fn reached(
    registry: &Registry,
    caller: &Caller,
    min_revision: i64,
    mut violations: Violations,
) -> Result<()> {
    revision("min_revision", min_revision, &mut violations);
    done(violations)?;
    registry.reach(caller, Revision::new(min_revision)).await
}

/// BatchGet.
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
            violations.add(&field, Reason::NotAllowed, "must lie under the parent");
        }
        read.push(name);
    }
    reached(registry, caller, request.min_revision(), violations).await?;
    let rows = registry.batch_get::<R::Resource>(caller, &read).await?;
    Ok(rows.iter().map(Wire::to_message).collect())
}

/// Create.
pub async fn create<R: CreateRequest>(
    registry: &Registry,
    caller: &Caller,
    request: R,
) -> Result<Written<ResourceOf<R>>> {
    let mut violations = Violations::within(format!("{}.", R::Resource::SINGULAR));
    let writing = writing(&request, &mut violations);
    let mutation = creation(request, None, violations);
    Ok(registry.write(caller, &writing, mutation).await?.map(left_by))
}

/// What Create asks of the registry; under `parent` where the request names none.
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
    Mutation::Create(Draft { name, row, violations })
}

/// Update.
pub async fn update<R: UpdateRequest>(
    registry: &Registry,
    caller: &Caller,
    request: R,
) -> Result<Written<ResourceOf<R>>> {
    let mut violations = Violations::within(format!("{}.", R::Resource::SINGULAR));
    let writing = writing(&request, &mut violations);
    let mutation = change(request, violations)?;
    Ok(registry.write(caller, &writing, mutation).await?.map(left_by))
}

/// What Update asks of the registry.
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
    let draft = wire::draft::<R::Resource>(resource, violations);
    Ok(Mutation::Update { draft, fields, etag, allow_missing: request.allow_missing() })
}

/// Delete.
pub async fn delete<R: DeleteRequest>(
    registry: &Registry,
    caller: &Caller,
    request: R,
) -> Result<Written<()>> {
    let mut violations = Violations::default();
    let writing = writing(&request, &mut violations);
    let mutation = deletion(&request, violations)?;
    Ok(registry.write(caller, &writing, mutation).await?.map(|_| ()))
}

/// What Delete asks of the registry.
pub fn deletion<R: DeleteRequest>(
    request: &R,
    mut violations: Violations,
) -> Result<Mutation<R::Resource>> {
    let name = resource_name::<R::Resource>("name", request.name(), &mut violations);
    let name = read(name, violations)?.into();
    let (etag, allow_missing) = (request.etag().to_owned(), request.allow_missing());
    Ok(Mutation::Delete { name, etag, allow_missing })
}

/// Fails where there is any violation.
pub fn done(violations: Violations) -> Result<()> {
    match violations.is_empty() {
        true => Ok(()),
        false => Err(Error::Invalid(violations)),
    }
}

/// What was read of a request. Fails where there is any violation: nothing can be missing without one.
pub fn read<T>(value: Option<T>, violations: Violations) -> Result<T> {
    value.filter(|_| violations.is_empty()).ok_or(Error::Invalid(violations))
}

/// Reads the name of one resource; none, with a violation, where that cannot be read.
pub fn resource_name<N: Wire>(
    field: &str,
    text: &str,
    violations: &mut Violations,
) -> Option<ResourceName<N>> {
    violations.required(field, text);
    let read = ResourceName::parse(text);
    read.map_err(|bad| violations.add(field, Reason::Malformed, bad.description())).ok()
}

/// Reads the name of one resource as text; empty, with a violation, where that cannot be read.
pub fn one_name<N: Wire>(field: &str, text: &str, violations: &mut Violations) -> String {
    resource_name::<N>(field, text, violations).map(String::from).unwrap_or_default()
}

/// Reads what takes a resource to another state: how it is to be done, and which.
pub fn transition<R: TransitionRequest>(
    request: &R,
) -> Result<(Writing, ExpectedResource<R::Resource>)> {
    let mut violations = Violations::default();
    let writing = writing(request, &mut violations);
    let name = resource_name("name", request.name(), &mut violations);
    let name = read(name, violations)?;
    Ok((writing, ExpectedResource { name, etag: request.etag().to_owned() }))
}

/// Reads the parent of a batch, which may be left out.
pub fn batch_parent<N: Wire>(text: &str, violations: &mut Violations) -> Parent {
    match text {
        "" => Parent::None,
        text => parent::<N>(text, violations),
    }
}

/// Reads the parent of a list or an import.
pub fn parent<N: Wire>(text: &str, violations: &mut Violations) -> Parent {
    if N::PARENTS.is_empty() {
        return Parent::None;
    }
    name_form::parse_parent(N::PARENTS, text).unwrap_or_else(|bad| {
        let reason = if text.is_empty() { Reason::Required } else { Reason::Malformed };
        let description = format!("{}, where the id may be -", bad.description());
        violations.add_outside("parent", reason, description);
        Parent::None
    })
}

/// Makes the name of a new resource; none, with a violation, where that cannot be done.
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
        "" if N::KIND != crate::domain::Kind::Organisation => {
            Some(uuid::Uuid::now_v7().to_string())
        }
        id => name::parse_id(N::KIND, id),
    };
    if made.is_none() {
        let reason = if id.is_empty() { Reason::Required } else { Reason::Malformed };
        let field = format!("{}_id", N::SINGULAR);
        violations.add_outside(field, reason, name::id_form(N::KIND));
    }
    Some(ResourceName::child(under?.as_deref(), &made?))
}

fn required<N: Wire>(message: Option<MessageOf<N>>, violations: &mut Violations) -> MessageOf<N> {
    if message.is_none() {
        violations.add_outside(N::SINGULAR, Reason::Required, "must not be empty");
    }
    message.unwrap_or_default()
}

/// The resource that a write left.
pub fn left_by<N: Wire>(outcome: Outcome<N>) -> MessageOf<N> {
    match outcome {
        Outcome::Created(row) | Outcome::Updated(row) | Outcome::Unchanged(row) => row.to_message(),
        Outcome::Deleted(row) => row.to_message(),
        Outcome::Absent => MessageOf::<N>::default(),
    }
}
