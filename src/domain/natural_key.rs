//! The natural key of a resource: what no other of its type may have.

use sea_orm::{IdenStatic, Value};

use super::Noun;

/// The values of a row's natural key.
pub fn of<N: Noun>(row: &N) -> Vec<Value> {
    N::KEY.iter().map(|column| row.get(*column)).collect()
}

/// A natural key as text, to find it by.
pub fn text(key: &[Value]) -> String {
    format!("{key:?}")
}

/// The fields of the natural key.
pub fn fields<N: Noun>() -> Vec<&'static str> {
    N::KEY.iter().map(|column| column.as_str()).collect()
}
