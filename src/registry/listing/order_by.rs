//! Orders of lists and analyses, in the syntax of AIP-132.

/// Parses an order: at most `max` of `fields`, separated by commas, each optionally followed by ` desc`. Returns
/// what `find` finds for each, and whether it descends. The error says what is wrong, and at which character.
pub fn parse<T>(
    text: &str,
    max: usize,
    fields: &[&str],
    find: impl Fn(&str) -> Option<T>,
) -> Result<Vec<(T, bool)>, String> {
    let mut order = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let mut at = 1;
    for part in text.split(',').filter(|_| !text.trim().is_empty()) {
        let start = at + part.chars().take_while(|c| c.is_whitespace()).count();
        at += part.chars().count() + 1;
        let mut words = part.split_whitespace();
        let (field, descending) = match (words.next(), words.next(), words.next()) {
            (Some(field), None, None) => (field, false),
            (Some(field), Some("desc"), None) => (field, true),
            _ => return Err(format!("must have, at character {start}, a field or `field desc`")),
        };
        let Some(found) = find(field) else {
            return Err(format!(
                "names, at character {start}, a field that cannot be ordered by; the fields are {}",
                fields.join(", ")
            ));
        };
        if seen.contains(&field) {
            return Err(format!("repeats, at character {start}, an earlier field"));
        }
        seen.push(field);
        order.push((found, descending));
    }
    if order.len() > max {
        return Err(format!("must have at most {max} fields"));
    }
    Ok(order)
}
