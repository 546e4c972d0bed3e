//! Orders as text: AIP-132.

use sea_orm::IdenStatic;

use crate::{domain::Noun, store::Order};

use super::fields;

/// The most fields of an order.
const MOST: usize = 5;

/// Reads an order: fields separated by commas, each with ` desc` behind it for falling order. `name`
/// ends it, in the direction of the field before, so that it decides between equals. The error says
/// what is wrong and where.
pub(super) fn parse<N: Noun>(text: &str) -> Result<Vec<Order<N>>, String> {
    let mut order: Vec<Order<N>> = Vec::new();
    let mut at = 1;
    for part in text.split(',').filter(|_| !text.trim().is_empty()) {
        let place = at + part.chars().take_while(|c| c.is_whitespace()).count();
        at += part.chars().count() + 1;
        let mut words = part.split_whitespace();
        let (field, falling) = match (words.next(), words.next(), words.next()) {
            (Some(field), None, None) => (field, false),
            (Some(field), Some("desc"), None) => (field, true),
            _ => return Err(format!("must have, at character {place}, a field or `field desc`")),
        };
        let known = fields::named::<N>(field).filter(|known| known.ordered);
        let Some(known) = known else {
            let fields: Vec<&str> =
                fields::all::<N>().filter(|f| f.ordered).map(|f| f.name()).collect();
            return Err(format!(
                "has, at character {place}, a field that lists cannot be ordered by; these can: {}",
                fields.join(", ")
            ));
        };
        if order.iter().any(|other| other.column.as_str() == known.name()) {
            return Err(format!("has, at character {place}, a field that it has before"));
        }
        order.push(Order { column: known.column, falling, nullable: known.is_nullable() });
    }
    if order.len() > MOST {
        return Err(format!("must have at most {MOST} fields"));
    }
    let falling = order.last().is_some_and(|last| last.falling);
    // Nothing comes between rows of one name.
    let end = order.iter().position(|order| order.column.as_str() == "name");
    match end {
        Some(end) => order.truncate(end + 1),
        None => order.extend(fields::named::<N>("name").map(|name| Order {
            column: name.column,
            falling,
            nullable: false,
        })),
    }
    Ok(order)
}
