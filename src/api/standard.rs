//! The standard methods, written once for any resource type.

use crate::{
    domain::{
        AsOf, Caller, Draft, Error, Mutation, Outcome, Reason, RequestId, Result, Violations,
        Writing, Written,
        name::{self, Parent},
    },
    registry::Registry,
};

use super::{
    mask,
    wire::{self, Wire},
};

/// The most names of a BatchGet.
const MOST_NAMES: usize = 1_000;

/// A write that a caller asks for, and how it is to be done.
pub struct Ask<T> {
    /// What.
    pub what: T,
    /// Check it only.
    pub validate_only: bool,
    /// The caller's own id of the request; may be empty.
    pub request_id: String,
    /// What tells the request from others.
    pub fingerprint: String,
}

impl<T> Ask<T> {
    /// The same of something else.
    pub fn of<U>(self, what: U) -> Ask<U> {
        let Self { validate_only, request_id, fingerprint, .. } = self;
        Ask { what, validate_only, request_id, fingerprint }
    }

    /// How it is to be done. An id that is not a UUID is a violation.
    pub fn writing(&self, violations: &mut Violations) -> Writing {
        let id = uuid::Uuid::try_parse(&self.request_id);
        if id.is_err() && !self.request_id.is_empty() {
            violations.add_outside("request_id", Reason::Malformed, "must be a UUID");
        }
        let fingerprint = self.fingerprint.clone();
        let request = id.ok().map(|id| RequestId { id: id.to_string(), fingerprint });
        Writing { validate_only: self.validate_only, request }
    }
}

/// What Get is asked for.
pub struct Get {
    pub name: String,
    pub revision: i64,
    pub min_revision: i64,
}

/// What Create is asked for.
pub struct Create<N: Wire> {
    pub parent: String,
    pub id: String,
    pub message: Option<N::Message>,
}

/// What Update is asked for.
pub struct Update<N: Wire> {
    pub message: Option<N::Message>,
    pub update_mask: Option<prost_types::FieldMask>,
    pub allow_missing: bool,
}

/// What Delete is asked for.
pub struct Delete {
    pub name: String,
    pub etag: String,
    pub allow_missing: bool,
}

/// Get.
pub async fn get<N: Wire>(registry: &Registry, caller: &Caller, get: Get) -> Result<N::Message> {
    let mut violations = Violations::default();
    let name = one_name::<N>("name", &get.name, &mut violations);
    let as_of = as_of("revision", get.revision, &mut violations);
    reached(registry, caller, get.min_revision, violations).await?;
    let row: N = match as_of {
        AsOf::Latest => registry.get(caller, &name).await?,
        AsOf::At(revision) => registry.get_as_of(caller, &name, revision).await?,
    };
    Ok(row.to_message())
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
    registry.reach(caller, min_revision).await
}

/// BatchGet.
pub async fn batch_get<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    parent: &str,
    names: &[String],
    min_revision: i64,
) -> Result<Vec<N::Message>> {
    let mut violations = Violations::default();
    let parent = match parent {
        "" => Parent::None,
        parent => self::parent::<N>(parent, &mut violations),
    };
    if names.is_empty() {
        violations.add("names", Reason::Required, "must not be empty");
    }
    violations.items("names", names, MOST_NAMES);
    let mut read = Vec::with_capacity(names.len().min(MOST_NAMES));
    for (i, text) in names.iter().take(MOST_NAMES).enumerate() {
        let field = format!("names[{i}]");
        let name = one_name::<N>(&field, text, &mut violations);
        if !parent.holds(&name) {
            violations.add(&field, Reason::NotAllowed, "must lie under the parent");
        }
        read.push(name);
    }
    reached(registry, caller, min_revision, violations).await?;
    let rows = registry.batch_get::<N>(caller, &read).await?;
    Ok(rows.iter().map(Wire::to_message).collect())
}

/// Create.
pub async fn create<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    mut ask: Ask<Create<N>>,
) -> Result<Written<N::Message>> {
    let mut violations = Violations::within(format!("{}.", N::SINGULAR));
    let writing = ask.writing(&mut violations);
    let message = ask.what.message.take();
    let mutation = creation(&ask.what.parent, &ask.what.id, message, violations);
    Ok(registry.write(caller, &writing, mutation).await?.map(left_by::<N>))
}

/// What Create asks of the registry.
pub fn creation<N: Wire>(
    parent: &str,
    id: &str,
    message: Option<N::Message>,
    mut violations: Violations,
) -> Mutation<N> {
    let name = new_name::<N>(parent, id, &mut violations);
    let message = required::<N>(message, &mut violations);
    let row = N::from_message(message, &mut violations);
    Mutation::Create(Draft { name, row, violations })
}

/// Update.
pub async fn update<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    mut ask: Ask<Update<N>>,
) -> Result<Written<N::Message>> {
    let mut violations = Violations::within(format!("{}.", N::SINGULAR));
    let writing = ask.writing(&mut violations);
    let message = ask.what.message.take();
    let mask = ask.what.update_mask.take();
    let mutation = change(message, mask, ask.what.allow_missing, violations)?;
    Ok(registry.write(caller, &writing, mutation).await?.map(left_by::<N>))
}

/// What Update asks of the registry.
pub fn change<N: Wire>(
    message: Option<N::Message>,
    update_mask: Option<prost_types::FieldMask>,
    allow_missing: bool,
    mut violations: Violations,
) -> Result<Mutation<N>> {
    let Some(message) = message else {
        required::<N>(None, &mut violations);
        return Err(Error::Invalid(violations));
    };
    let etag = N::identity(&message).1.to_owned();
    let fields = mask::fields::<N>(update_mask, &message, &mut violations);
    let draft = wire::draft::<N>(message, violations);
    Ok(Mutation::Update { draft, fields, etag, allow_missing })
}

/// Delete.
pub async fn delete<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    ask: Ask<Delete>,
) -> Result<Written<()>> {
    let mut violations = Violations::default();
    let writing = ask.writing(&mut violations);
    let name = one_name::<N>("name", &ask.what.name, &mut violations);
    done(violations)?;
    let Delete { etag, allow_missing, .. } = ask.what;
    let mutation = Mutation::<N>::Delete { name, etag, allow_missing };
    Ok(registry.write(caller, &writing, mutation).await?.map(|_| ()))
}

/// Fails where there is any violation.
pub fn done(violations: Violations) -> Result<()> {
    match violations.is_empty() {
        true => Ok(()),
        false => Err(Error::Invalid(violations)),
    }
}

/// Reads the name of one resource; empty, with a violation, where that cannot be read.
pub fn one_name<N: Wire>(field: &str, text: &str, violations: &mut Violations) -> String {
    violations.required(field, text);
    match name::parse(&[N::KIND], text) {
        Ok((_, name)) => name,
        Err(bad) => {
            violations.add(field, Reason::Malformed, bad.description());
            String::new()
        }
    }
}

/// Reads what takes a resource to its next state: how it is to be done, and the name.
pub fn step<N: Wire>(ask: &Ask<()>, text: &str) -> Result<(Writing, String)> {
    let mut violations = Violations::default();
    let writing = ask.writing(&mut violations);
    let name = one_name::<N>("name", text, &mut violations);
    done(violations).map(|()| (writing, name))
}

/// Reads the parent of a list or an import.
pub fn parent<N: Wire>(text: &str, violations: &mut Violations) -> Parent {
    if N::PARENTS.is_empty() {
        return Parent::None;
    }
    name::parse_parent(N::PARENTS, text).unwrap_or_else(|bad| {
        let reason = if text.is_empty() { Reason::Required } else { Reason::Malformed };
        let description = format!("{}, where the id may be -", bad.description());
        violations.add_outside("parent", reason, description);
        Parent::None
    })
}

/// Makes the name of a new resource; none, with a violation, where that cannot be done.
pub fn new_name<N: Wire>(parent: &str, id: &str, violations: &mut Violations) -> Option<String> {
    let under = match N::PARENTS {
        [] => Some(None),
        kinds => match name::parse(kinds, parent) {
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
    Some(name::child(under?.as_deref(), N::KIND, &made?))
}

fn required<N: Wire>(message: Option<N::Message>, violations: &mut Violations) -> N::Message {
    if message.is_none() {
        violations.add_outside(N::SINGULAR, Reason::Required, "must not be empty");
    }
    message.unwrap_or_default()
}

/// The resource that a write left.
pub fn left_by<N: Wire>(outcome: Outcome<N>) -> N::Message {
    match outcome {
        Outcome::Created(row) | Outcome::Updated(row) | Outcome::Unchanged(row) => row.to_message(),
        Outcome::Deleted(row) => row.to_message(),
        Outcome::Absent => N::Message::default(),
    }
}
