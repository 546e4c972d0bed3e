//! Titles that one thing has in different files.

use super::source::{one_line, slug};

/// Whether two titles have the same words, whatever their case and their signs.
pub fn have_same_words(one: &str, other: &str) -> bool {
    words(one) == words(other)
}

fn words(title: &str) -> Vec<String> {
    let title = title.to_lowercase().replace('&', " and ");
    let words =
        title.split_whitespace().map(|word| word.replace(|c: char| !c.is_alphanumeric(), ""));
    let mut words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    if words.first().is_some_and(|word| word == "the") {
        words.remove(0);
    }
    words
}

/// Returns the title to keep: the new one, unless it says in capitals what the known one says in
/// small letters.
pub fn preferred<'a>(known: &'a str, new: &'a str) -> &'a str {
    match is_in_capitals(new) && !is_in_capitals(known) && have_same_words(known, new) {
        true => known,
        false => new,
    }
}

/// Whether a title has letters, and none of them is small.
pub fn is_in_capitals(title: &str) -> bool {
    title.chars().any(char::is_uppercase) && !title.chars().any(char::is_lowercase)
}

/// Whether two titles give one identifier although they are not the same: `C++` and `C#`.
pub fn share_an_id(one: &str, other: &str) -> bool {
    slug(one) == slug(other) && one_line(one).to_lowercase() != one_line(other).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_do_not_replace_small_letters_that_mean_the_same() {
        let (small, capitals) =
            ("Guy's & St. Thomas' NHS Trust", "THE GUYS AND ST THOMAS' NHS TRUST");
        assert_eq!(preferred(small, capitals), small);
        assert_eq!(preferred(capitals, small), small);
        assert_eq!(preferred(small, "OTHER NHS TRUST"), "OTHER NHS TRUST");
        assert_eq!(
            preferred(small, "Guys and St Thomas NHS Trust"),
            "Guys and St Thomas NHS Trust"
        );
    }

    #[test]
    fn titles_that_differ_in_signs_share_an_id() {
        assert!(share_an_id("C++", "C#"));
        assert!(!share_an_id("Data  Modelling", "data modelling"));
        assert!(!share_an_id("C++", "Java"));
    }
}
