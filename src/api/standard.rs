//! The standard methods, written once for any noun.

use prost::Message;

use crate::domain::{
    Caller, Draft, Error, ListQuery, Mutation, Outcome, Reason, Registry, Result, Violations, name,
    name::Parent,
};

use super::{
    mask, page,
    wire::{self, Wire},
};

/// A page ends before its answer is larger than this: clients take 4 MiB unless told otherwise.
const MOST_BYTES: usize = 3 << 20;

/// The most names of a BatchGet.
const MOST_NAMES: usize = 1_000;

/// What List is asked for.
pub struct List {
    pub parent: String,
    pub page_size: i32,
    pub page_token: String,
}

/// What List answers.
pub struct Listed<N: Wire> {
    pub rows: Vec<N::Message>,
    pub next_page_token: String,
    pub read_revision: i64,
}

/// Get.
pub async fn get<N: Wire>(registry: &Registry, caller: &Caller, name: &str) -> Result<N::Message> {
    let name = name_of::<N>(name)?;
    Ok(registry.get::<N>(caller, &name).await?.to_message())
}

/// BatchGet.
pub async fn batch_get<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    parent: &str,
    names: &[String],
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
    done(violations)?;
    let rows = registry.batch_get::<N>(caller, &read).await?;
    Ok(rows.iter().map(Wire::to_message).collect())
}

/// List.
pub async fn list<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    request: List,
) -> Result<Listed<N>> {
    let mut violations = Violations::default();
    let parent = self::parent::<N>(&request.parent, &mut violations);
    let size = page::size(request.page_size, &mut violations);
    let arguments = [N::COLLECTION, &request.parent];
    let after = page::after(&arguments, &request.page_token, &mut violations);
    done(violations)?;
    let query = ListQuery { parent, after, size };
    let page = registry.list::<N>(caller, &query).await?;
    let mut bytes = 0;
    let mut rows: Vec<N::Message> = Vec::with_capacity(page.rows.len());
    for row in &page.rows {
        let message = row.to_message();
        bytes += message.encoded_len();
        if bytes > MOST_BYTES && !rows.is_empty() {
            break;
        }
        rows.push(message);
    }
    let cut = rows.len() < page.rows.len();
    let last = page.rows.get(rows.len().wrapping_sub(1)).map(|row| row.name().to_owned());
    let next = if cut { last } else { page.next };
    Ok(Listed {
        rows,
        next_page_token: next.map_or_else(String::new, |last| page::token(&arguments, &last)),
        read_revision: page.revision,
    })
}

/// Create.
pub async fn create<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    parent: &str,
    id: &str,
    message: Option<N::Message>,
) -> Result<N::Message> {
    let mut violations = Violations::within(format!("{}.", N::SINGULAR));
    let name = new_name::<N>(parent, id, &mut violations);
    let message = required::<N>(message, &mut violations);
    let row = N::from_message(message, &mut violations);
    let draft = Draft { name, row, violations };
    written::<N>(registry.write(caller, Mutation::Create(draft)).await?)
}

/// Update.
pub async fn update<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    message: Option<N::Message>,
    update_mask: Option<prost_types::FieldMask>,
    allow_missing: bool,
) -> Result<N::Message> {
    let prefix = format!("{}.", N::SINGULAR);
    let mut violations = Violations::within(prefix.clone());
    let Some(message) = message else {
        required::<N>(None, &mut violations);
        return Err(Error::Invalid(violations));
    };
    let etag = N::identity(&message).1.to_owned();
    let mut draft = wire::draft::<N>(message.clone(), &prefix);
    let fields = mask::fields::<N>(update_mask, &message, &mut draft.violations);
    written::<N>(
        registry.write(caller, Mutation::Update { draft, fields, etag, allow_missing }).await?,
    )
}

/// Delete.
pub async fn delete<N: Wire>(
    registry: &Registry,
    caller: &Caller,
    name: &str,
    etag: String,
    allow_missing: bool,
) -> Result<()> {
    let name = name_of::<N>(name)?;
    let mutation = Mutation::<N>::Delete { name, etag, allow_missing };
    registry.write(caller, mutation).await.map(|_| ())
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

/// Reads the name that a method is about, where it takes nothing else that could be wrong.
pub fn name_of<N: Wire>(text: &str) -> Result<String> {
    let mut violations = Violations::default();
    let name = one_name::<N>("name", text, &mut violations);
    done(violations).map(|()| name)
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

fn written<N: Wire>(outcome: Outcome<N>) -> Result<N::Message> {
    match outcome {
        Outcome::Created(row) | Outcome::Updated(row) | Outcome::Unchanged(row) => {
            Ok(row.to_message())
        }
        Outcome::Deleted(row) => Ok(row.to_message()),
        Outcome::Absent => Ok(N::Message::default()),
    }
}
