//! Why an option is chosen, in a sentence for a reader who is no specialist.

use crate::domain::{ClosureOption, Fte};

use super::{Cause, Choice};

/// The sentence.
pub fn sentence(choice: &Choice, option: &ClosureOption) -> String {
    let cause = fte(choice.cause_fte);
    let because = match choice.cause {
        Cause::Unassessed => format!("{cause} FTE in post were never assessed"),
        Cause::Expired => format!("the assessment of {cause} FTE in post has lapsed"),
        Cause::Below => format!("{cause} FTE in post are below the level"),
        Cause::Vacant => format!("{cause} FTE of funded posts are not filled"),
        Cause::Short => format!("{cause} FTE are short here while others have more than they need"),
    };
    format!(
        "{} for {} at {}, because {because}: it is expected to bring {} skilled FTE, at {} for one.",
        option.title,
        match choice.heads {
            1 => "1 head".to_owned(),
            heads => format!("{heads} heads"),
        },
        pounds(choice.cost),
        fte(choice.gained),
        pounds(choice.price),
    )
}

/// FTE with two decimals at least.
fn fte(fte: Fte) -> String {
    let text = fte.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if decimals < 2 { format!("{:.2}", fte.to_f64()) } else { text }
}

/// Pence as pounds, such as £3,396.26.
pub fn pounds(pence: i64) -> String {
    let digits = (pence / 100).to_string();
    let mut pounds = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            pounds.push(',');
        }
        pounds.push(digit);
    }
    format!("£{pounds}.{:02}", pence % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pence_are_told_as_pounds() {
        let told = [0, 5, 339_626, 100_000_000, 12_345].map(pounds);
        assert_eq!(told, ["£0.00", "£0.05", "£3,396.26", "£1,000,000.00", "£123.45"]);
    }

    #[test]
    fn fte_has_two_decimals_at_least() {
        let told = [60_000, 100_000, 12_345, 0].map(|parts| fte(Fte::parts(parts)));
        assert_eq!(told, ["0.60", "1.00", "0.12345", "0.00"]);
    }
}
