//! Formats values for readers: FTE with one decimal, thousands separators, pounds, full dates, titles of
//! families.

use chrono::NaiveDate;

use crate::{
    domain::{Fte, role},
    planning::closure::{Cause, ChosenClosure},
};

/// A whole number with thousands separators, such as 1,234.
pub fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "−".to_owned() } else { String::new() };
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things, formatted as by [`count`].
pub fn counted(number: usize) -> String {
    count(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A number with what it counts, such as `1 role` or `2 roles`.
pub fn several(number: usize, one: &str, more: &str) -> String {
    format!("{} {}", counted(number), if number == 1 { one } else { more })
}

/// FTE with one decimal, for sentences. Only 0 is shown as 0.0.
pub fn fte(fte: Fte) -> String {
    let tenths = fte.scaled(1, 10_000).count();
    if tenths == 0 && fte != Fte::ZERO {
        return "under 0.1".to_owned();
    }
    let sign = if tenths < 0 { "−" } else { "" };
    let tenths = tenths.abs();
    format!("{sign}{}.{}", count(tenths / 10), tenths % 10)
}

/// FTE with all its decimals, but at least two, for tables.
pub fn exact(fte: Fte) -> String {
    let parts = fte.count();
    let sign = if parts < 0 { "−" } else { "" };
    let parts = parts.abs();
    let decimals = format!("{:05}", parts % 100_000);
    let shown = decimals.trim_end_matches('0');
    format!("{sign}{}.{shown:0<2}", count(parts / 100_000))
}

/// Pence as pounds, such as £3,396.26.
pub fn pounds(pence: i64) -> String {
    format!("£{}.{:02}", count(pence / 100), pence % 100)
}

/// Pence as pounds, without the pence if they are zero.
pub fn money(pence: i64) -> String {
    let text = pounds(pence);
    text.strip_suffix(".00").unwrap_or(&text).to_owned()
}

/// A share as a percentage, such as `67 %`. Only the whole is shown as 100 %, and only 0 as 0 %.
pub fn share(part: Fte, whole: Fte) -> String {
    if whole <= Fte::ZERO {
        return "–".to_owned();
    }
    let percent = Fte::parts(part.count()).scaled(100, whole.count().into()).count();
    let percent = match (part == Fte::ZERO, part >= whole) {
        (true, _) => 0,
        (_, true) => 100,
        _ => percent.clamp(1, 99),
    };
    format!("{percent} %")
}

/// A day, such as 31 March 2027.
pub fn date(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// A short form of a day, such as 31 Mar 2027.
pub fn short_date(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// Title of a family of roles.
pub fn family(family: &str) -> String {
    let known = role::FAMILIES.iter().find(|known| known.family == family);
    match (known, family) {
        (Some(known), _) => known.title.to_owned(),
        (None, "") => "No family".to_owned(),
        (None, other) => other.to_owned(),
    }
}

/// Title of a family inside a sentence, where only names have capitals.
pub fn family_in_sentence(family: &str) -> String {
    let title = self::family(family);
    let known = role::FAMILIES.iter().any(|known| known.title == title);
    let mut letters = title.chars();
    let second_small = letters.clone().nth(1).is_some_and(char::is_lowercase);
    match letters.next() {
        Some(first) if known && second_small => first.to_lowercase().to_string() + letters.as_str(),
        _ => title,
    }
}

/// A list of names, of which at most `max` are shown: `a`, `a and b`, `a, b and 3 more`.
pub fn list(names: &[String], max: usize) -> String {
    let shown = &names[..names.len().min(max)];
    let rest = names.len() - shown.len();
    match (shown, rest) {
        ([], _) => String::new(),
        ([one], 0) => one.clone(),
        ([before @ .., last], 0) => format!("{} and {last}", before.join(", ")),
        (shown, rest) => format!("{} and {rest} more", shown.join(", ")),
    }
}

/// Why a closure option is chosen, in a sentence for readers who are not specialists.
pub fn closure_reason(option_title: &str, choice: &ChosenClosure) -> String {
    let cause = exact(choice.cause_fte);
    let because = match choice.cause {
        Cause::Unassessed => format!("{cause} FTE in post were never assessed"),
        Cause::Expired => format!("the assessment of {cause} FTE in post has expired"),
        Cause::Below => format!("{cause} FTE in post are below the level"),
        Cause::Vacant => format!("{cause} FTE of funded posts are vacant"),
        Cause::Short => format!("{cause} FTE are short here while others have more than they need"),
    };
    let headcount = match choice.headcount {
        1 => "1 person".to_owned(),
        headcount => format!("{headcount} people"),
    };
    format!(
        "{option_title} for {headcount} at {}, because {because}: it is expected to gain {} skilled FTE, at {} \
         per FTE.",
        pounds(choice.cost),
        exact(choice.gained),
        pounds(choice.price),
    )
}

#[cfg(test)]
mod tests {
    use crate::planning::example::day;

    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([0, 999, 1_000, -1_234_567].map(count), ["0", "999", "1,000", "−1,234,567"]);
        let ftes = [0, 1, 5_000, 4_999, 123_456_789, -160_000].map(|parts| fte(Fte::parts(parts)));
        assert_eq!(ftes, ["0.0", "under 0.1", "0.1", "under 0.1", "1,234.6", "−1.6"]);
        let all = [0, 1, 340_000, 310_748, -100_000_001].map(|parts| exact(Fte::parts(parts)));
        assert_eq!(all, ["0.00", "0.00001", "3.40", "3.10748", "−1,000.00001"]);
        assert_eq!([0, 100, 339_626].map(money), ["£0", "£1", "£3,396.26"]);
        assert_eq!(several(1, "role", "roles"), "1 role");
        assert_eq!(several(0, "role", "roles"), "0 roles");
        assert_eq!(date(day("2027-03-31")), "31 March 2027");
    }

    #[test]
    fn pence_are_written_as_pounds() {
        let texts = [0, 5, 339_626, 100_000_000, 12_345].map(pounds);
        assert_eq!(texts, ["£0.00", "£0.05", "£3,396.26", "£1,000,000.00", "£123.45"]);
    }

    #[test]
    fn fte_in_full_has_two_decimals_at_least() {
        let texts = [60_000, 100_000, 12_345, 0].map(|parts| exact(Fte::parts(parts)));
        assert_eq!(texts, ["0.60", "1.00", "0.12345", "0.00"]);
    }

    #[test]
    fn only_all_of_it_is_a_hundred_per_cent() {
        let of = |part, whole| share(Fte::parts(part), Fte::parts(whole));
        assert_eq!(of(1, 0), "–");
        assert_eq!(of(0, 6), "0 %");
        assert_eq!(of(1, 100_000), "1 %");
        assert_eq!(of(1, 6), "17 %");
        assert_eq!(of(99_999, 100_000), "99 %");
        assert_eq!(of(6, 6), "100 %");
    }

    #[test]
    fn long_lists_are_cut() {
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(list(&names[..1], 3), "a");
        assert_eq!(list(&names[..3], 3), "a, b and c");
        assert_eq!(list(&names, 2), "a, b and 2 more");
        assert_eq!(list(&[], 2), "");
    }
}
