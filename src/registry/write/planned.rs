//! A planned write: a mutation worked out and validated on rows already loaded, without the database.

use sea_orm::{IdenStatic, Value};

use crate::{
    domain::{
        Actor, Error, Input, Mutation, Outcome, Reason, Refusal, RelatedRows, Resource, Result,
        UpdateFields, Violations, etag, name, name_form, natural_key, resource::RowChange,
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
    has_name: bool,
    status: WriteStatus,
}

enum WriteStatus {
    /// The row will be written.
    Open,
    /// There is nothing to write.
    Idle,
    Failed(Error),
}

impl<N: Resource> PlannedWrite<N> {
    /// Plans a mutation, given the current row.
    pub fn new(mutation: Mutation<N>, before: Option<N>, actor: Actor<'_>) -> Self {
        match mutation {
            Mutation::Create(input) => match before {
                Some(before) => Self::failed(taken(&before, Vec::new())),
                None => Self::create(input, actor),
            },
            Mutation::Update { input, fields, etag, allow_missing } => match before {
                Some(before) => Self::update(input, before, &fields, &etag, actor),
                None if input.name.is_none() => Self::create(input, actor),
                None if !etag.is_empty() => Self::failed(stale(input.name, None::<&N>)),
                None if allow_missing => Self::create(input, actor),
                None => Self::failed(not_found::<N>(input.name.unwrap_or_default())),
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

    fn create(input: Input<N>, actor: Actor<'_>) -> Self {
        let mut row = input.row;
        let has_name = input.name.is_some();
        let name = input.name.unwrap_or_default();
        let personal = name::personal_data_in_id(N::TYPE, name::id_of(&name));
        row.set_name(name);
        row.on_create(actor);
        let mut write = Self::open(None, Some(row));
        write.violations = input.violations;
        write.violations.impersonal("name", personal);
        write.has_name = has_name;
        write.check(actor);
        write
    }

    fn update(
        input: Input<N>,
        before: N,
        fields: &UpdateFields,
        given: &str,
        actor: Actor<'_>,
    ) -> Self {
        if is_stale(&before, given) {
            return Self::failed(stale(input.name, Some(&before)));
        }
        let mut violations = input.violations;
        let mut row = input.row;
        if let UpdateFields::Only(fields) = fields {
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
        write.check(actor);
        write
    }

    fn open(before: Option<N>, after: Option<N>) -> Self {
        Self {
            before,
            after,
            violations: Violations::default(),
            has_name: true,
            status: WriteStatus::Open,
        }
    }

    fn idle(before: Option<N>) -> Self {
        Self { status: WriteStatus::Idle, ..Self::open(before, None) }
    }

    /// A write that fails in any case.
    pub fn failed(error: Error) -> Self {
        Self { status: WriteStatus::Failed(error), ..Self::open(None, None) }
    }

    /// Validates the values alone, and against the day.
    fn check(&mut self, actor: Actor<'_>) {
        if let Some(row) = &mut self.after {
            canonicalise(row, &mut self.violations, &UpdateFields::All);
            row.validate(&mut self.violations);
            row.validate_on(actor.today(), &mut self.violations);
        }
    }

    /// Whether the row will be written, as far as is known.
    pub fn is_open(&self) -> bool {
        matches!(self.status, WriteStatus::Open)
    }

    /// Makes the write fail, unless it has failed already.
    pub fn fail(&mut self, error: Error) {
        if self.is_open() {
            self.status = WriteStatus::Failed(error);
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
        let sound = self.is_open() && self.violations.is_empty() && !N::NATURAL_KEY.is_empty();
        let after = self.after.as_ref().filter(|_| sound)?;
        let key = natural_key::of(after);
        match &self.before {
            Some(before) if natural_key::of(before) == key => None,
            _ => Some(key),
        }
    }

    /// Validates the write against the related rows. `former` is the last state of a deleted resource of this
    /// name, for types that reserve names.
    pub fn validate_against(&mut self, related: &RelatedRows, former: Option<&N>) {
        if !self.is_open() {
            return;
        }
        let change = match (&self.before, &self.after) {
            (None, Some(after)) => RowChange::Create(after),
            (Some(before), Some(after)) => RowChange::Update(before, after),
            (Some(before), None) => RowChange::Delete(before),
            (None, None) => return,
        };
        let mut violations = std::mem::take(&mut self.violations);
        let mut result = Ok(());
        if let Some(after) = &self.after {
            follow_references(after, related, &mut violations);
            result = parent_exists(after, related).and_then(|()| name_is_free(after, former));
        }
        result = result.and_then(|()| N::validate_against(change, related, &mut violations));
        if !violations.is_empty() {
            self.fail(Error::Invalid(violations));
        } else if let Err(error) = result {
            self.fail(error);
        } else if !self.has_name {
            // Unreachable: a name that could not be read is a violation.
            self.fail(not_found::<N>(""));
        }
    }

    /// Outcome of the write; `written` is the row as written.
    pub fn outcome(self, written: Option<N>) -> Result<Outcome<N>> {
        match self.status {
            WriteStatus::Failed(error) => Err(error),
            WriteStatus::Idle => Ok(self.before.map_or(Outcome::Absent, Outcome::Unchanged)),
            WriteStatus::Open => Ok(match (self.before, self.after) {
                (None, Some(after)) => Outcome::Created(written.unwrap_or(after)),
                (Some(_), Some(after)) => Outcome::Updated(written.unwrap_or(after)),
                (Some(before), None) => Outcome::Deleted(before),
                (None, None) => Outcome::Absent,
            }),
        }
    }
}

/// Error for a name or a natural key that another row has.
pub(in crate::registry) fn taken<N: Resource>(by: &N, key: Vec<&'static str>) -> Error {
    Error::AlreadyExists { kind: N::TYPE, name: by.name().to_owned(), key }
}

/// Fails unless `given` is empty or the etag of `row`.
pub(in crate::registry) fn require_etag<N: Resource>(row: &N, given: &str) -> Result<()> {
    match is_stale(row, given) {
        true => Err(stale(Some(row.name().to_owned()), Some(row))),
        false => Ok(()),
    }
}

fn is_stale<N: Resource>(row: &N, given: &str) -> bool {
    !given.is_empty() && given != etag(row)
}

fn stale<N: Resource>(name: Option<String>, row: Option<&N>) -> Error {
    Error::Stale { name: name.unwrap_or_default(), current: row.map_or_else(String::new, etag) }
}

/// Columns that an update may change.
fn wanted<N: Resource>(fields: &UpdateFields) -> Vec<Column<N>> {
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
        UpdateFields::All => columns.collect(),
        UpdateFields::Only(fields) => {
            columns.filter(|column| fields.iter().any(|field| field == column.as_str())).collect()
        }
    }
}

fn parent_exists<N: Resource>(row: &N, related: &RelatedRows) -> Result<()> {
    let Some(parent) = name::parent_of(row.name()).filter(|parent| !related.has(parent)) else {
        return Ok(());
    };
    match name_form::parse(N::PARENTS, parent) {
        Ok((kind, name)) => Err(Error::NotFound { kind, name }),
        Err(_) => Ok(()),
    }
}

fn name_is_free<N: Resource>(row: &N, former: Option<&N>) -> Result<()> {
    match former {
        Some(former) if !row.may_reuse_name(former) => Err(Error::Refused {
            reason: Refusal::CodeReused,
            subject: row.name().to_owned(),
            message: "the code belonged to a deleted organisation of another title: codes are \
                      never reused"
                .to_owned(),
        }),
        _ => Ok(()),
    }
}
