//! Marks: the position at which a page of an ordered list ends.

use sea_orm::{IdenStatic, Value};

use crate::{domain::Resource, store::PageOrder};

use super::fields;

/// Mark of a row: its values in the columns of the order.
pub fn mark<N: Resource>(order: &[PageOrder<N>], row: &N) -> String {
    let values = order.iter().map(|order| fields::write(&order.value(row)));
    serde_json::Value::from_iter(values).to_string()
}

/// Parses a mark; `None` if it does not belong to this order.
pub(super) fn read_mark<N: Resource>(order: &[PageOrder<N>], mark: &str) -> Option<Vec<Value>> {
    let values: Vec<Option<String>> = serde_json::from_str(mark).ok()?;
    if values.len() != order.len() {
        return None;
    }
    let value = |(order, text): (&PageOrder<N>, &Option<String>)| {
        let field = fields::named::<N>(order.column.as_str())?;
        fields::read_back(&field, text.as_deref())
    };
    order.iter().zip(&values).map(value).collect()
}
