//! Colours of a report, light and dark. No colour is the only carrier of a meaning: a word, a number or a
//! stroke always repeats it.

use std::fmt::Write;

use serde::{Serialize, Serializer};

/// A colour for light and for dark screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink {
    /// Name of its variable in the style sheet.
    pub name: &'static str,
    light: u32,
    dark: u32,
}

const fn ink(name: &'static str, light: u32, dark: u32) -> Ink {
    Ink { name, light, dark }
}

/// Text.
pub const TEXT: Ink = ink("text", 0x212B32, 0xEEF2F4);
/// Less important text.
pub const MUTED: Ink = ink("muted", 0x4C6272, 0xB3BEC6);
/// Background of the page.
pub const PAGE: Ink = ink("page", 0xFFFFFF, 0x10181E);
/// Background of a card.
pub const CARD: Ink = ink("card", 0xF0F4F5, 0x1B262E);
/// Rules in tables and charts.
pub const RULE: Ink = ink("rule", 0xD8DDE0, 0x35444F);
/// Links, and bars and lines without a meaning of their own.
pub const BLUE: Ink = ink("blue", 0x005EB8, 0x7DBBFF);
/// Background of the title.
pub const BAND: Ink = ink("band", 0x005EB9, 0x0B2F57);
/// Text on [`BAND`].
pub const ON_BAND: Ink = ink("on-band", 0xFFFFFE, 0xFFFFFD);
/// Money.
pub const MONEY: Ink = ink("money", 0x7C2855, 0xEC9AC6);
/// Recruitment.
pub const RECRUITMENT: Ink = ink("recruitment", 0x9A4B00, 0xF5A95E);
/// Training.
pub const TRAINING: Ink = ink("training", 0x006272, 0x57C5DA);
/// Skilled people.
pub const SKILLED: Ink = ink("skilled", 0x007F3B, 0x63D394);
/// Coverage of 100 %.
pub const MET: Ink = ink("met", 0xE8EDEE, 0x1F2B34);
/// Text on [`MET`].
pub const ON_MET: Ink = ink("on-met", 0x212B33, 0xEEF2F5);
/// Coverage of 75 % or more.
pub const LOW: Ink = ink("low", 0xCFE1F2, 0x22405C);
/// Text on [`LOW`].
pub const ON_LOW: Ink = ink("on-low", 0x212B34, 0xEEF2F6);
/// Coverage of 50 % or more.
pub const MEDIUM: Ink = ink("medium", 0x9FC5E8, 0x2C5E8C);
/// Text on [`MEDIUM`].
pub const ON_MEDIUM: Ink = ink("on-medium", 0x212B35, 0xFFFFFC);
/// Coverage of 25 % or more.
pub const HIGH: Ink = ink("high", 0x2B6FB0, 0x8FC2F0);
/// Text on [`HIGH`].
pub const ON_HIGH: Ink = ink("on-high", 0xFFFFFB, 0x10181F);
/// Coverage below 25 %.
pub const CRITICAL: Ink = ink("critical", 0x00305E, 0xD9ECFF);
/// Text on [`CRITICAL`].
pub const ON_CRITICAL: Ink = ink("on-critical", 0xFFFFFA, 0x101820);

/// Every colour.
const ALL: [Ink; 22] = [
    TEXT,
    MUTED,
    PAGE,
    CARD,
    RULE,
    BLUE,
    BAND,
    ON_BAND,
    MONEY,
    RECRUITMENT,
    TRAINING,
    SKILLED,
    MET,
    ON_MET,
    LOW,
    ON_LOW,
    MEDIUM,
    ON_MEDIUM,
    HIGH,
    ON_HIGH,
    CRITICAL,
    ON_CRITICAL,
];

/// Serialised as the light colour, for SVG; the style sheet replaces it on dark screens.
impl Serialize for Ink {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("#{:06X}", self.light))
    }
}

/// The part of the style sheet that defines every colour, as a variable and for the shapes of charts. Print
/// always uses the light colours.
pub fn css() -> String {
    let (mut light, mut dark, mut drawn) = (String::new(), String::new(), String::new());
    for Ink { name, light: l, dark: d } in ALL {
        // Writing to a string cannot fail.
        let _ = write!(light, "--{name}:#{l:06X};");
        let _ = write!(dark, "--{name}:#{d:06X};");
        let _ = writeln!(drawn, "svg [fill=\"#{l:06X}\"]{{fill:var(--{name})}}");
        let _ = writeln!(drawn, "svg [stroke=\"#{l:06X}\"]{{stroke:var(--{name})}}");
    }
    format!(
        ":root{{color-scheme:light;{light}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}\n{drawn}"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Contrast ratio of two colours, as defined by WCAG 2.2.
    fn contrast(one: u32, other: u32) -> f64 {
        let luminance = |colour: u32| {
            let [_, red, green, blue] = colour.to_be_bytes().map(|part| {
                let part = f64::from(part) / 255.0;
                if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * red + 0.7152 * green + 0.0722 * blue
        };
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    fn assert_contrast(on: Ink, behind: Ink, least: f64) {
        for (how, on_it, under) in
            [("light", on.light, behind.light), ("dark", on.dark, behind.dark)]
        {
            let found = contrast(on_it, under);
            assert!(found >= least, "{} on {} ({how}): {found:.2}", on.name, behind.name);
        }
    }

    #[test]
    fn contrast_is_reckoned_as_wcag_does() {
        assert_eq!(format!("{:.2}", contrast(0, 0xFFFFFF)), "21.00");
        assert_eq!(format!("{:.2}", contrast(0x767676, 0xFFFFFF)), "4.54");
    }

    #[test]
    fn text_can_be_read() {
        for behind in [PAGE, CARD] {
            for on in [TEXT, MUTED, BLUE, MONEY, RECRUITMENT, TRAINING, SKILLED] {
                assert_contrast(on, behind, 4.5);
            }
        }
        for (on, behind) in [
            (ON_BAND, BAND),
            (ON_MET, MET),
            (ON_LOW, LOW),
            (ON_MEDIUM, MEDIUM),
            (ON_HIGH, HIGH),
            (ON_CRITICAL, CRITICAL),
            // Numbers inside bars.
            (PAGE, BLUE),
            (PAGE, MONEY),
            (PAGE, RECRUITMENT),
            (PAGE, TRAINING),
            (PAGE, SKILLED),
        ] {
            assert_contrast(on, behind, 4.5);
        }
    }

    #[test]
    fn charts_can_be_seen() {
        for ink in [BLUE, MONEY, RECRUITMENT, TRAINING, SKILLED, MUTED] {
            assert_contrast(ink, PAGE, 3.0);
        }
    }

    #[test]
    fn what_is_drawn_can_be_told_from_what_else_is_drawn() {
        let drawn: HashSet<u32> = ALL.iter().map(|ink| ink.light).collect();
        assert_eq!(drawn.len(), ALL.len());
        assert!(css().contains("svg [fill=\"#005EB8\"]{fill:var(--blue)}"));
    }
}
