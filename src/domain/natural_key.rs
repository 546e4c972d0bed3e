//! Natural keys: values that no two resources of a type may share.

use sea_orm::{IdenStatic, Value};

use super::Resource;

/// Values of a row's natural key.
pub fn of<N: Resource>(row: &N) -> Vec<Value> {
    N::NATURAL_KEY.iter().map(|column| row.get(*column)).collect()
}

/// A natural key as text, for use as a map key.
pub fn text(key: &[Value]) -> String {
    format!("{key:?}")
}

/// Names of the fields of the natural key.
pub fn fields<N: Resource>() -> Vec<&'static str> {
    N::NATURAL_KEY.iter().map(|column| column.as_str()).collect()
}
