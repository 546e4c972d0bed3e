//! Fields that lists of a resource type can use, and their values as text.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use sea_orm::Value;

use crate::domain::{Field, FieldType, Fte, Resource, name_form};

/// Every field of a type's lists: the name, the fields of the type, and the time of the last change.
pub fn all<N: Resource>() -> impl Iterator<Item = Field<N>> {
    let standard = |column: &str, holds| {
        let column = N::column(column)?;
        Some(Field { column, field_type: holds, ordered: true })
    };
    let own = N::FIELDS.iter().map(|field| Field { ..*field });
    let name = standard("name", FieldType::Name(&[]));
    name.into_iter().chain(own).chain(standard("update_time", FieldType::Time))
}

/// Field of this name.
pub(super) fn named<N: Resource>(name: &str) -> Option<Field<N>> {
    all().find(|field| field.name() == name)
}

/// Parses a value of the field; an empty text is an absent value. The error says what the value must be.
pub(super) fn read<N: Resource>(field: &Field<N>, text: &str) -> Result<Value, String> {
    if text.is_empty() && field.is_nullable() {
        return Ok(absence(field));
    }
    let bad = |what: &str| format!("must be {what}");
    match field.field_type {
        FieldType::Text | FieldType::List => Ok(text.into()),
        FieldType::Name(kinds) => {
            let kinds = if kinds.is_empty() { std::slice::from_ref(&N::TYPE) } else { kinds };
            match name_form::parse(kinds, text) {
                Ok((_, name)) => Ok(name.into()),
                Err(_) if text.is_empty() => Ok("".into()),
                Err(malformed) => Err(malformed.description()),
            }
        }
        FieldType::Term(prefix, values) => {
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
        FieldType::Number => {
            text.parse::<i64>().map(Value::from).map_err(|_| bad("a whole number"))
        }
        FieldType::Exact => {
            let number = text.parse::<f64>().map_err(|_| bad("a number"))?;
            Fte::read(number).map(Value::from).map_err(|inexact| inexact.to_string())
        }
        FieldType::Date => {
            let date: Option<NaiveDate> = text.parse().ok().filter(|_| text.len() == 10);
            let date = date.ok_or_else(|| bad("a date of the form YYYY-MM-DD"))?;
            Ok(if field.is_text() { text.into() } else { date.into() })
        }
        FieldType::Time => DateTime::parse_from_rfc3339(text)
            .map(|time| time.with_timezone(&Utc).trunc_subsecs(6).into())
            .map_err(|_| bad("a time of the form 2026-04-01T09:00:00Z")),
        FieldType::Flag => text.parse::<bool>().map(Value::from).map_err(|_| bad("true or false")),
    }
}

/// Formats a value so that `read_back` can parse it; `None` for an absent value.
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

/// Parses a value formatted by [`write`].
pub(super) fn read_back<N: Resource>(field: &Field<N>, text: Option<&str>) -> Option<Value> {
    match (text, field.field_type) {
        (None, _) => Some(absence(field)),
        (Some(text), FieldType::Exact) => text.parse::<i64>().ok().map(Value::from),
        (Some(text), FieldType::Text | FieldType::Name(_) | FieldType::Term(..)) => {
            Some(text.into())
        }
        (Some(text), _) => read(field, text).ok(),
    }
}

fn absence<N: Resource>(field: &Field<N>) -> Value {
    match field.field_type {
        FieldType::Number | FieldType::Exact => Value::BigInt(None),
        FieldType::Date if !field.is_text() => Value::ChronoDate(None),
        FieldType::Time => Value::ChronoDateTimeUtc(None),
        FieldType::Flag => Value::Bool(None),
        _ => Value::String(None),
    }
}
