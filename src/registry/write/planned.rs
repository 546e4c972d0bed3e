//! A planned write: a mutation worked out and validated on rows already loaded, without the database.

use sea_orm::{IdenStatic, Value};

use crate::{
    domain::{
        Actor, Around, Draft, Error, Fields, Mutation, Noun, Outcome, Reason, Refusal, Result,
        Violations, etag, name, name_form, natural_key, noun::Change,
    },
    registry::read::not_found,
    store::Column,
};

use super::references::{canonicalise, follow_references};

/// A mutation on the way to its outcome.
pub(super) struct PlannedWrite<N> {
    /// Current row; `None` if it does not exist.
    pub before: Option<N>,
    /// New row; `None` if it will not exist.
    pub after: Option<N>,
    violations: Violations,
    /// Whether the name could be read.
    named: bool,
    end: End,
}

enum End {
    /// The row will be written.
    Open,
    /// There is nothing to write.
    Idle,
    Failed(Error),
}

impl<N: Noun> PlannedWrite<N> {
    /// Plans a mutation, given the current row.
    pub fn new(mutation: Mutation<N>, before: Option<N>, actor: Actor<'_>) -> Self {
        match mutation {
            Mutation::Create(draft) => match before {
                Some(before) => Self::failed(taken(&before, Vec::new())),
                None => Self::create(draft, actor),
            },
            Mutation::Update { draft, fields, etag, allow_missing } => match before {
                Some(before) => Self::update(draft, before, &fields, &etag),
                None if draft.name.is_none() => Self::create(draft, actor),
                None if !etag.is_empty() => Self::failed(stale(draft.name, None::<&N>)),
                None if allow_missing => Self::create(draft, actor),
                None => Self::failed(not_found::<N>(draft.name.unwrap_or_default())),
            },
            Mutation::Delete { name, etag, allow_missing } => match before {
                Some(before) if is_stale(&before, &etag) => {
                    Self::failed(stale(Some(name), Some(&before)))
                }
                Some(before) => Self::open(Some(before), None),
                None if allow_missing => Self::idle(None),
                None => Self::failed(not_found::<N>(name)),
            },
        }
    }

    fn create(draft: Draft<N>, actor: Actor<'_>) -> Self {
        let mut row = draft.row;
        let named = draft.name.is_some();
        row.set_name(draft.name.unwrap_or_default());
        row.begin(actor);
        let mut write = Self::open(None, Some(row));
        write.violations = draft.violations;
        write.named = named;
        write.check();
        write
    }

    fn update(draft: Draft<N>, before: N, fields: &Fields, given: &str) -> Self {
        if is_stale(&before, given) {
            return Self::failed(stale(draft.name, Some(&before)));
        }
        let mut violations = draft.violations;
        let mut row = draft.row;
        if let Fields::Only(fields) = fields {
            violations.retain(|field| fields.iter().any(|wanted| wanted == field));
        }
        canonicalise(&mut row, &mut violations, fields);
        let mut after = before.clone();
        for column in wanted::<N>(fields) {
            let (old, new) = (before.get(column), row.get(column));
            if N::IMMUTABLE.iter().any(|other| other.as_str() == column.as_str()) {
                if old != new {
                    let description = "must not change after creation";
                    violations.add(column.as_str(), Reason::Immutable, description);
                }
            } else {
                after.set(column, new);
            }
        }
        if after == before && violations.is_empty() {
            return Self::idle(Some(before));
        }
        let mut write = Self::open(Some(before), Some(after));
        write.violations = violations;
        write.check();
        write
    }

    fn open(before: Option<N>, after: Option<N>) -> Self {
        Self { before, after, violations: Violations::default(), named: true, end: End::Open }
    }

    fn idle(before: Option<N>) -> Self {
        Self { end: End::Idle, ..Self::open(before, None) }
    }

    /// A write that fails in any case.
    pub fn failed(error: Error) -> Self {
        Self { end: End::Failed(error), ..Self::open(None, None) }
    }

    /// Validates the values alone.
    fn check(&mut self) {
        if let Some(row) = &mut self.after {
            canonicalise(row, &mut self.violations, &Fields::All);
            row.check(&mut self.violations);
        }
    }

    /// Whether the row will be written, as far as is known.
    pub fn is_open(&self) -> bool {
        matches!(self.end, End::Open)
    }

    /// Makes the write fail, unless it has failed already.
    pub fn fail(&mut self, error: Error) {
        if self.is_open() {
            self.end = End::Failed(error);
        }
    }

    /// Names that the row refers to or belongs to: the related rows to load.
    pub fn related_names(&self) -> Vec<String> {
        let rows = self.before.iter().chain(&self.after);
        let mut names: Vec<String> = Vec::new();
        for row in rows {
            names.extend(name::ancestors(row.name()).map(str::to_owned));
            for reference in N::REFERENCES {
                for (_, name) in reference.names(row) {
                    names.extend(name::ancestors(&name).map(str::to_owned));
                    names.push(name);
                }
            }
        }
        names
    }

    /// Values of the natural key, if the write gives the row a new one.
    pub fn new_key(&self) -> Option<Vec<Value>> {
        let sound = self.is_open() && self.violations.is_empty() && !N::KEY.is_empty();
        let after = self.after.as_ref().filter(|_| sound)?;
        let key = natural_key::of(after);
        match &self.before {
            Some(before) if natural_key::of(before) == key => None,
            _ => Some(key),
        }
    }

    /// Validates the write against the related rows. `former` is the last state of a deleted resource of this
    /// name, for types that reserve names.
    pub fn validate_against(&mut self, around: &Around, former: Option<&N>) {
        if !self.is_open() {
            return;
        }
        let change = match (&self.before, &self.after) {
            (None, Some(after)) => Change::Create(after),
            (Some(before), Some(after)) => Change::Update(before, after),
            (Some(before), None) => Change::Delete(before),
            (None, None) => return,
        };
        let mut violations = std::mem::take(&mut self.violations);
        let mut result = Ok(());
        if let Some(after) = &self.after {
            follow_references(after, around, &mut violations);
            result = parent_exists(after, around).and_then(|()| name_is_free(after, former));
        }
        result = result.and_then(|()| N::judge(change, around, &mut violations));
        if !violations.is_empty() {
            self.fail(Error::Invalid(violations));
        } else if let Err(error) = result {
            self.fail(error);
        } else if !self.named {
            // Unreachable: a name that could not be read is a violation.
            self.fail(not_found::<N>(""));
        }
    }

    /// Outcome of the write; `written` is the row as written.
    pub fn end(self, written: Option<N>) -> Result<Outcome<N>> {
        match self.end {
            End::Failed(error) => Err(error),
            End::Idle => Ok(self.before.map_or(Outcome::Absent, Outcome::Unchanged)),
            End::Open => Ok(match (self.before, self.after) {
                (None, Some(after)) => Outcome::Created(written.unwrap_or(after)),
                (Some(_), Some(after)) => Outcome::Updated(written.unwrap_or(after)),
                (Some(before), None) => Outcome::Deleted(before),
                (None, None) => Outcome::Absent,
            }),
        }
    }
}

/// Error for a name or a natural key that another row has.
pub(in crate::registry) fn taken<N: Noun>(by: &N, key: Vec<&'static str>) -> Error {
    Error::AlreadyExists { kind: N::KIND, name: by.name().to_owned(), key }
}

/// Fails unless `given` is empty or the etag of `row`.
pub(in crate::registry) fn require_etag<N: Noun>(row: &N, given: &str) -> Result<()> {
    match is_stale(row, given) {
        true => Err(stale(Some(row.name().to_owned()), Some(row))),
        false => Ok(()),
    }
}

fn is_stale<N: Noun>(row: &N, given: &str) -> bool {
    !given.is_empty() && given != etag(row)
}

fn stale<N: Noun>(name: Option<String>, row: Option<&N>) -> Error {
    Error::Stale { name: name.unwrap_or_default(), current: row.map_or_else(String::new, etag) }
}

/// Columns that an update may change.
fn wanted<N: Noun>(fields: &Fields) -> Vec<Column<N>> {
    let set_by_registry = |column: &Column<N>| {
        let name = column.as_str();
        let standard = ["name", "parent", "revision", "create_time", "update_time"];
        // For a top-level type, `parent` is a field of its own.
        (standard.contains(&name) && !(name == "parent" && N::PARENTS.is_empty()))
            || N::OUTPUT_ONLY.iter().any(|other| other.as_str() == name)
    };
    let columns = <Column<N> as sea_orm::Iterable>::iter();
    let columns = columns.filter(|column| !set_by_registry(column));
    match fields {
        Fields::All => columns.collect(),
        Fields::Only(fields) => {
            columns.filter(|column| fields.iter().any(|field| field == column.as_str())).collect()
        }
    }
}

fn parent_exists<N: Noun>(row: &N, around: &Around) -> Result<()> {
    let Some(parent) = name::parent_of(row.name()).filter(|parent| !around.has(parent)) else {
        return Ok(());
    };
    match name_form::parse(N::PARENTS, parent) {
        Ok((kind, name)) => Err(Error::NotFound { kind, name }),
        Err(_) => Ok(()),
    }
}

fn name_is_free<N: Noun>(row: &N, former: Option<&N>) -> Result<()> {
    match former {
        Some(former) if !row.is_again(former) => Err(Error::Refused {
            reason: Refusal::CodeReused,
            subject: row.name().to_owned(),
            message: "the code belonged to a deleted organisation of another title: codes are \
                      never reused"
                .to_owned(),
        }),
        _ => Ok(()),
    }
}
