//! Orders of lists, in the syntax of AIP-132.

use sea_orm::IdenStatic;

use crate::{domain::Resource, store::PageOrder};

use super::fields;

/// Maximum number of fields.
const MAX: usize = 5;

/// Parses an order: field names separated by commas, each optionally followed by ` desc`. The name is
/// appended as the last field, in the direction of the field before it, to order equal rows. The error says
/// what is wrong, and at which character.
pub(super) fn parse<N: Resource>(text: &str) -> Result<Vec<PageOrder<N>>, String> {
    let mut order: Vec<PageOrder<N>> = Vec::new();
    let mut at = 1;
    for part in text.split(',').filter(|_| !text.trim().is_empty()) {
        let place = at + part.chars().take_while(|c| c.is_whitespace()).count();
        at += part.chars().count() + 1;
        let mut words = part.split_whitespace();
        let (field, descending) = match (words.next(), words.next(), words.next()) {
            (Some(field), None, None) => (field, false),
            (Some(field), Some("desc"), None) => (field, true),
            _ => {
                return Err(format!("must have, at character {place}, a field or `field desc`"));
            }
        };
        let known = fields::named::<N>(field).filter(|known| known.ordered);
        let Some(known) = known else {
            let fields: Vec<&str> =
                fields::all::<N>().filter(|f| f.ordered).map(|f| f.name()).collect();
            return Err(format!(
                "names, at character {place}, a field that cannot be ordered by; the fields are {}",
                fields.join(", ")
            ));
        };
        if order.iter().any(|other| other.column.as_str() == known.name()) {
            return Err(format!("repeats, at character {place}, an earlier field"));
        }
        order.push(PageOrder {
            column: known.column,
            descending,
            nullable: known.is_nullable(),
            folded: known.is_folded(),
        });
    }
    if order.len() > MAX {
        return Err(format!("must have at most {MAX} fields"));
    }
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
