//! Orders of lists, in the syntax of AIP-132.

use sea_orm::IdenStatic;

use crate::{
    domain::{Field, Resource},
    store::PageOrder,
};

use super::{fields, order_by};

/// Maximum number of fields.
const MAX: usize = 5;

/// Parses an order: field names separated by commas, each optionally followed by ` desc`. The name is
/// appended as the last field, in the direction of the field before it, to order equal rows. The error says
/// what is wrong, and at which character.
pub(super) fn parse<N: Resource>(text: &str) -> Result<Vec<PageOrder<N>>, String> {
    let fields: Vec<&str> = fields::all::<N>().filter(|f| f.ordered).map(|f| f.name()).collect();
    let find = |field: &str| fields::named::<N>(field).filter(|known| known.ordered);
    let terms = order_by::parse(text, MAX, &fields, find)?;
    let page_order = |(known, descending): (Field<N>, bool)| PageOrder {
        column: known.column,
        descending,
        nullable: known.is_nullable(),
        folded: known.is_folded(),
    };
    let mut order: Vec<PageOrder<N>> = terms.into_iter().map(page_order).collect();
    let descending = order.last().is_some_and(|last| last.descending);
    // Names are unique, so fields after the name have no effect.
    let end = order.iter().position(|order| order.column.as_str() == "name");
    match end {
        Some(end) => order.truncate(end + 1),
        None => order.extend(fields::named::<N>("name").map(|name| PageOrder {
            column: name.column,
            descending,
            nullable: false,
            folded: false,
        })),
    }
    Ok(order)
}
