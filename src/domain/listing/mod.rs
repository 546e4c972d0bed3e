//! Lists: which resources, in which order, and from where on.

mod filter;
mod order;
mod parse;
mod predicate;

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use sea_orm::{ActiveEnum, ColumnTrait, IdenStatic, Value, sea_query::ColumnType};

use crate::store::{Column, Order, PageQuery, Patterns, Position, Scope};

use super::{Exact, Kind, Noun, Reason, Violations, name, name::Parent};

pub use filter::{Filter, Past, Way};

/// A column that lists can be filtered by, and perhaps ordered by. An index serves it.
pub struct Field<N: Noun> {
    /// The column.
    pub column: Column<N>,
    /// What its values are.
    pub holds: Holds,
    /// Whether lists can be ordered by it.
    pub ordered: bool,
}

/// What the values of a field are.
#[derive(Clone, Copy)]
pub enum Holds {
    /// Text.
    Text,
    /// Names of resources of these kinds.
    Name(&'static [Kind]),
    /// One of a list of terms; on the wire each has the prefix before it.
    Term(&'static str, fn() -> Vec<String>),
    /// Whole numbers.
    Number,
    /// Numbers with five decimals.
    Exact,
    /// Dates.
    Date,
    /// Times.
    Time,
    /// Yes or no.
    Flag,
}

impl<N: Noun> Field<N> {
    const fn new(column: Column<N>, holds: Holds) -> Self {
        Self { column, holds, ordered: false }
    }

    /// A column of text.
    pub const fn text(column: Column<N>) -> Self {
        Self::new(column, Holds::Text)
    }

    /// A column of names of resources of these kinds.
    pub const fn name_of(column: Column<N>, kinds: &'static [Kind]) -> Self {
        Self::new(column, Holds::Name(kinds))
    }

    /// A column of an enum, whose values have this prefix on the wire.
    pub const fn term<T: ActiveEnum<Value = String>>(
        column: Column<N>,
        prefix: &'static str,
    ) -> Self {
        Self::new(column, Holds::Term(prefix, T::values))
    }

    /// A column of whole numbers.
    pub const fn number(column: Column<N>) -> Self {
        Self::new(column, Holds::Number)
    }

    /// A column of FTE.
    pub const fn exact(column: Column<N>) -> Self {
        Self::new(column, Holds::Exact)
    }

    /// A column of dates.
    pub const fn date(column: Column<N>) -> Self {
        Self::new(column, Holds::Date)
    }

    /// A column of yes or no.
    pub const fn flag(column: Column<N>) -> Self {
        Self::new(column, Holds::Flag)
    }

    /// The same; lists can be ordered by it too.
    pub const fn ordered(self) -> Self {
        Self { column: self.column, holds: self.holds, ordered: true }
    }

    /// Every field of the resource type's lists: the name, its own, and the time of the last change.
    pub fn all() -> impl Iterator<Item = Self> {
        let standard = |column: &str, holds| {
            let column = N::column(column)?;
            Some(Self { column, holds, ordered: true })
        };
        let own = N::FIELDS.iter().map(|field| Self { ..*field });
        let name = standard("name", Holds::Name(&[]));
        name.into_iter().chain(own).chain(standard("update_time", Holds::Time))
    }

    /// The field of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|field| field.name() == name)
    }

    /// Its name, in the proto and in the table.
    pub fn name(&self) -> &'static str {
        self.column.as_str()
    }

    fn is_nullable(&self) -> bool {
        self.column.def().is_null()
    }

    /// Reads a value of the field from text; what it must be, where it is not. An empty text is the
    /// absence of a value.
    fn read(&self, text: &str) -> Result<Value, String> {
        if text.is_empty() && self.is_nullable() {
            return Ok(self.absence());
        }
        let bad = |what: &str| format!("must be {what}");
        match self.holds {
            Holds::Text => Ok(text.into()),
            Holds::Name(kinds) => {
                let kinds = if kinds.is_empty() { std::slice::from_ref(&N::KIND) } else { kinds };
                match name::parse(kinds, text) {
                    Ok((_, name)) => Ok(name.into()),
                    Err(_) if text.is_empty() => Ok("".into()),
                    Err(malformed) => Err(malformed.description()),
                }
            }
            Holds::Term(prefix, values) => {
                let values = values();
                let term = text.strip_prefix(prefix).unwrap_or(text);
                match values.iter().find(|value| *value == term) {
                    Some(term) => Ok(term.as_str().into()),
                    None => {
                        let known: Vec<_> = values.iter().map(|v| format!("{prefix}{v}")).collect();
                        Err(bad(&format!("one of {}", known.join(", "))))
                    }
                }
            }
            Holds::Number => {
                text.parse::<i64>().map(Value::from).map_err(|_| bad("a whole number"))
            }
            Holds::Exact => {
                let number = text.parse::<f64>().map_err(|_| bad("a number"))?;
                Exact::read(number).map(Value::from).map_err(|inexact| inexact.to_string())
            }
            Holds::Date => {
                let date: Option<NaiveDate> = text.parse().ok().filter(|_| text.len() == 10);
                let date = date.ok_or_else(|| bad("a date of the form YYYY-MM-DD"))?;
                Ok(if self.is_text() { text.into() } else { date.into() })
            }
            Holds::Time => DateTime::parse_from_rfc3339(text)
                .map(|time| time.with_timezone(&Utc).trunc_subsecs(6).into())
                .map_err(|_| bad("a time of the form 2026-04-01T09:00:00Z")),
            Holds::Flag => text.parse::<bool>().map(Value::from).map_err(|_| bad("true or false")),
        }
    }

    /// Writes a value of the field so that it can be read again; none where it is absent.
    pub fn write(value: &Value) -> Option<String> {
        match value {
            Value::String(text) => text.clone(),
            Value::Int(number) => number.map(|number| number.to_string()),
            Value::BigInt(number) => number.map(|number| number.to_string()),
            Value::Bool(flag) => flag.map(|flag| flag.to_string()),
            Value::ChronoDate(date) => date.map(|date| date.to_string()),
            Value::ChronoDateTimeUtc(time) => time.map(|time| time.to_rfc3339()),
            _ => None,
        }
    }

    /// Reads a value that [`Field::write`] wrote.
    fn read_back(&self, text: Option<&str>) -> Option<Value> {
        match (text, self.holds) {
            (None, _) => Some(self.absence()),
            (Some(text), Holds::Exact) => text.parse::<i64>().ok().map(Value::from),
            (Some(text), Holds::Text | Holds::Name(_) | Holds::Term(..)) => Some(text.into()),
            (Some(text), _) => self.read(text).ok(),
        }
    }

    fn absence(&self) -> Value {
        match self.holds {
            Holds::Number | Holds::Exact => Value::BigInt(None),
            Holds::Date if !self.is_text() => Value::ChronoDate(None),
            Holds::Time => Value::ChronoDateTimeUtc(None),
            Holds::Flag => Value::Bool(None),
            _ => Value::String(None),
        }
    }

    fn is_text(&self) -> bool {
        matches!(
            self.column.def().get_column_type(),
            ColumnType::Text | ColumnType::String(_) | ColumnType::Char(_)
        )
    }
}

/// Which resources to list, as a caller says it.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Where.
    pub parent: Parent,
    /// Which, in the language of AIP-160; empty for all.
    pub filter: String,
    /// In which order, in the language of AIP-132; empty for the order of names.
    pub order_by: String,
    /// The mark of the page before.
    pub after: Option<String>,
    /// The position that the mark was given out with.
    pub given: Option<Position>,
    /// How many at most.
    pub size: u64,
    /// The fields wanted; none for all. Long ones that are not wanted are not read.
    pub fields: Option<Vec<String>>,
    /// Whether to count all that there are.
    pub total: bool,
}

impl ListQuery {
    /// Everything of a parent by name, so many at a time.
    pub fn everything(parent: Parent, size: u64) -> Self {
        Self {
            parent,
            filter: String::new(),
            order_by: String::new(),
            after: None,
            given: None,
            size,
            fields: None,
            total: false,
        }
    }

    /// Reads the query. What cannot be read is a violation.
    pub fn read<N: Noun>(&self, patterns: Patterns, violations: &mut Violations) -> PageQuery<N> {
        let filter = Filter::<N>::read(&self.filter).unwrap_or_else(|(reason, description)| {
            violations.add_outside("filter", reason, description);
            Filter::everything()
        });
        let order = order::parse::<N>(&self.order_by).unwrap_or_else(|description| {
            violations.add_outside("order_by", Reason::Malformed, description);
            Vec::new()
        });
        let after = self.after.as_ref().map(|mark| read_mark(&order, mark));
        if after.as_ref().is_some_and(Option::is_none) {
            let description = "is not a token that a call with these arguments gave";
            violations.add_outside("page_token", Reason::Malformed, description);
        }
        let unwanted = |column: &&Column<N>| {
            let wanted = |fields: &Vec<String>| fields.iter().any(|f| f == column.as_str());
            self.fields.as_ref().is_some_and(|fields| !wanted(fields))
        };
        PageQuery {
            scope: self.scope::<N>(),
            filter: filter.condition(patterns, None),
            order,
            after: after.flatten(),
            limit: self.size + 1,
            unread: N::LONG.iter().filter(unwanted).copied().collect(),
        }
    }

    fn scope<N: Noun>(&self) -> Scope {
        match &self.parent {
            Parent::None => Scope::All,
            Parent::One(parent) => {
                Scope::Parent(parent.clone(), format!("{parent}/{}/", N::COLLECTION))
            }
            Parent::Every(prefix) if prefix.is_empty() || N::PARENTS.len() == 1 => Scope::All,
            Parent::Every(prefix) => Scope::Prefix(prefix.clone()),
        }
    }
}

/// The mark of a row in an order: its values in the columns of the order.
pub fn mark<N: Noun>(order: &[Order<N>], row: &N) -> String {
    let values = order.iter().map(|order| Field::<N>::write(&row.get(order.column)));
    serde_json::Value::from_iter(values).to_string()
}

/// Reads a mark; nothing where it is not one of this order.
fn read_mark<N: Noun>(order: &[Order<N>], mark: &str) -> Option<Vec<Value>> {
    let values: Vec<Option<String>> = serde_json::from_str(mark).ok()?;
    if values.len() != order.len() {
        return None;
    }
    let value = |(order, text): (&Order<N>, &Option<String>)| {
        Field::<N>::named(order.column.as_str())?.read_back(text.as_deref())
    };
    order.iter().zip(&values).map(value).collect()
}
