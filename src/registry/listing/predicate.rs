//! Filters as tests of rows in memory. A test means the same as the query condition: texts are compared byte
//! by byte, folded ones too, and NULL is no value.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::Value;

use crate::domain::{Resource, text};

use super::{
    filter::{ColumnTest, Filter, FilterError, FilterPath, Node, TestKind},
    parse::{Comparator, Literal},
};

impl<N: Resource> Filter<N> {
    /// Whether the filter admits a row. `passes` says, for the index of a way, whether the resource of a name
    /// exists and passes its test.
    pub fn admits(&self, row: &N, passes: &dyn Fn(usize, &str) -> bool) -> bool {
        self.root.admits(row, &self.paths, passes)
    }
}

impl<N: Resource> FilterPath<N> {
    /// Name that a row holds in the column; empty if none.
    pub fn name(&self, row: &N) -> String {
        match row.get(self.column) {
            Value::String(Some(name)) => name,
            _ => String::new(),
        }
    }

    /// Names of those rows that pass the test.
    pub fn passing<M: Resource>(&self, rows: &[M]) -> Result<Vec<String>, FilterError> {
        let test = self.test::<M>()?;
        let passing = rows.iter().filter(|row| test.admits(*row));
        Ok(passing.map(|row| row.name().to_owned()).collect())
    }
}

impl<N: Resource> Node<N> {
    fn admits(
        &self,
        row: &N,
        paths: &[FilterPath<N>],
        passes: &dyn Fn(usize, &str) -> bool,
    ) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.admits(row, paths, passes)),
            Self::Any(parts) => parts.iter().any(|part| part.admits(row, paths, passes)),
            Self::Not(part) => !part.admits(row, paths, passes),
            Self::Test(test) => test.admits(row),
            Self::Through(range) => {
                range.clone().any(|i| paths.get(i).is_some_and(|way| passes(i, &way.name(row))))
            }
        }
    }
}

impl<N: Resource> ColumnTest<N> {
    fn admits(&self, row: &N) -> bool {
        let value = row.get(self.field.column);
        let like = |form: &Literal| match &value {
            Value::String(Some(text)) => has_form(text, &form.0),
            Value::Json(Some(list)) => items(list).any(|item| has_form(item, &form.0)),
            _ => false,
        };
        let (comparator, ordering) = match &self.asks {
            TestKind::Present => return value != value.as_null(),
            TestKind::Absent => return value == value.as_null(),
            TestKind::Other(nothing) => return compare(&value, nothing) != Some(Ordering::Equal),
            TestKind::Like(form) | TestKind::HasItem(form) => return like(form),
            TestKind::Folded(form) => {
                return matches!(&value, Value::String(Some(text)) if has_form(&text::fold(text), &form.0));
            }
            TestKind::NotLike(form) => return !like(form),
            TestKind::Compare(comparator, other) => (comparator, compare(&value, other)),
            TestKind::CompareFolded(comparator, other) => {
                let Value::String(Some(text)) = &value else { return false };
                (comparator, Some(text::fold(text).as_str().cmp(other)))
            }
        };
        match comparator {
            Comparator::Equal | Comparator::Has => ordering == Some(Ordering::Equal),
            Comparator::NotEqual => ordering != Some(Ordering::Equal),
            Comparator::Less => ordering == Some(Ordering::Less),
            Comparator::LessOrEqual => ordering.is_some_and(Ordering::is_le),
            Comparator::Greater => ordering == Some(Ordering::Greater),
            Comparator::GreaterOrEqual => ordering.is_some_and(Ordering::is_ge),
        }
    }
}

/// Texts of a list.
fn items(list: &serde_json::Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str)
}

/// A value in the order in which the databases sort it.
#[derive(PartialEq, PartialOrd)]
enum CompareKey<'a> {
    Text(&'a str),
    Number(i64),
    Date(NaiveDate),
    Time(DateTime<Utc>),
    Flag(bool),
}

impl<'a> CompareKey<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::String(text) => text.as_deref().map(Self::Text),
            Value::Int(number) => number.map(|number| Self::Number(number.into())),
            Value::BigInt(number) => number.map(Self::Number),
            Value::ChronoDate(date) => date.map(Self::Date),
            Value::ChronoDateTimeUtc(time) => time.map(Self::Time),
            Value::Bool(flag) => flag.map(Self::Flag),
            _ => None,
        }
    }
}

/// Compares two values; `None` if either is NULL.
fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    CompareKey::of(one)?.partial_cmp(&CompareKey::of(other)?)
}

/// Whether a text matches a pattern, in which `None` stands for any characters.
fn has_form(text: &str, form: &[Option<String>]) -> bool {
    let (mut rest, mut anything) = (text, false);
    for (i, part) in form.iter().enumerate() {
        let Some(part) = part else {
            anything = true;
            continue;
        };
        let last = i + 1 == form.len();
        let found = match (anything, last) {
            (false, _) => rest.starts_with(part.as_str()).then_some(0),
            (true, true) => rest.ends_with(part.as_str()).then(|| rest.len() - part.len()),
            // The first occurrence leaves the most text for the rest of the pattern.
            (true, false) => rest.find(part.as_str()),
        };
        let Some(found) = found else { return false };
        rest = &rest[found + part.len()..];
        anything = false;
    }
    anything || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_the_databases() {
        let has = |text: &str, form: &str| {
            let mut parts: Vec<Option<String>> = Vec::new();
            for (i, part) in form.split('*').enumerate() {
                parts.extend((i > 0).then_some(None));
                parts.extend((!part.is_empty()).then(|| Some(part.to_owned())));
            }
            has_form(text, &parts)
        };
        for (text, form, expected) in [
            ("abc", "abc", true),
            ("abc", "ab", false),
            ("abc", "ab*", true),
            ("abc", "*bc", true),
            ("abc", "*b*", true),
            ("abc", "a*c", true),
            ("abc", "A*c", false),
            ("abab", "*ab", true),
            ("aba", "ab*ba", false),
            ("abba", "ab*ba", true),
            ("abcabd", "*ab*d", true),
            ("", "*", true),
            ("", "**", true),
            ("x", "*a*", false),
            ("[é?", "[*?", true),
        ] {
            assert_eq!(has(text, form), expected, "{text} {form}");
        }
    }
}
