//! The texts that people read: which characters show nothing, which make a text look like another, and how texts
//! are compared for search and order.

use std::ops::RangeInclusive;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Characters that are drawn as nothing or as a blank, beside white space and control characters: the
/// default ignorable ones of Unicode, other format characters, and the blanks of scripts.
const BLANKS: [RangeInclusive<char>; 18] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Whether at least one character of a text can be seen.
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| {
        !c.is_whitespace() && !c.is_control() && !BLANKS.iter().any(|blanks| blanks.contains(&c))
    })
}

/// Whether a character changes the direction of the text after it, so that the text reads as another.
pub fn overrides_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character begins a new line or paragraph without being a control character.
pub fn separates_lines(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Folds a text for search and order: without accents and other marks, and without case. Compatible forms, such as
/// ligatures, become the plain ones.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // By way of capitals, `ß` becomes `ss`.
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c));
    plain.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_texts_have_neither_accents_nor_case() {
        for (text, folded) in [
            ("Café lead, O'Brien", "cafe lead, o'brien"),
            ("CAFE\u{301}", "cafe"),
            ("Straße", "strasse"),
            ("ﬁle Ⅻ", "file xii"),
            ("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"),
            ("İstanbul", "istanbul"),
            ("Łódź", "łodz"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
            assert_eq!(fold(folded), folded);
        }
    }

    #[test]
    fn a_text_of_blanks_shows_nothing() {
        for blank in ["", "  ", "\u{200b}", "\u{feff}\u{a0}", "\u{3164}", "\u{e0041}", "\u{2800}"] {
            assert!(!is_visible(blank), "{blank:?}");
        }
        for text in ["a", " \u{200d}é", "·", "数", "\u{200f}א"] {
            assert!(is_visible(text), "{text:?}");
        }
    }
}
