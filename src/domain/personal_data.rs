//! Recognises personal data by its form: National Insurance and NHS numbers, dates of birth, e-mail
//! addresses. Names have no form.

use percent_encoding::percent_decode_str;

/// Finds a National Insurance or NHS number anywhere in a text. Returns what it is in words.
pub fn in_text(text: &str) -> Option<&'static str> {
    // Few texts have so many digits, so most are not looked at closely.
    if text.bytes().filter(u8::is_ascii_digit).count() < 6 {
        return None;
    }
    let text = simplified(text);
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        if is_uuid(rest) {
            start += UUID_LENGTH;
        } else if has_ni_number(rest) {
            return Some("a National Insurance number");
        } else if has_nhs_number(rest) {
            return Some("an NHS number");
        } else {
            let word = rest.iter().take_while(|c| c.is_ascii_alphanumeric()).count();
            start += word.max(1);
        }
    }
    None
}

/// Finds personal data in a reference to a person or group, which needs no date either. Returns what it is
/// in words.
pub fn in_reference(text: &str) -> Option<&'static str> {
    in_text(text)
        .or_else(|| email_hosts(text).next().map(|_| "an e-mail address"))
        .or_else(|| (has_date(text) || is_short_date(text)).then_some("a date"))
}

/// Finds personal data in a URI, also where it is percent-encoded. Returns what it is in words.
pub fn in_uri(uri: &str) -> Option<&'static str> {
    let decoded = percent_decode_str(uri).decode_utf8_lossy();
    let email = uri.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"))
        || email_hosts(&decoded).any(|host| host.contains('.'));
    in_text(&decoded).or_else(|| email.then_some("an e-mail address"))
}

const UUID_LENGTH: usize = 36;

/// Letters in capitals and digits; `~` for letters and digits beyond ASCII, a space for anything else.
fn simplified(text: &str) -> Vec<u8> {
    let simple = |c: char| match c {
        c if c.is_ascii_alphanumeric() => c.to_ascii_uppercase() as u8,
        c if c.is_alphanumeric() => b'~',
        _ => b' ',
    };
    text.chars().map(simple).collect()
}

fn is_uuid(text: &[u8]) -> bool {
    let shape = |(i, c): (usize, &u8)| match i {
        8 | 13 | 18 | 23 => *c == b' ',
        _ => c.is_ascii_hexdigit(),
    };
    text.len() >= UUID_LENGTH
        && ends_word(&text[UUID_LENGTH..])
        && text[..UUID_LENGTH].iter().enumerate().all(shape)
}

fn ends_word(rest: &[u8]) -> bool {
    rest.first().is_none_or(|c| *c == b' ')
}

/// Reads texts by their parts.
struct TextScanner<'a>(&'a [u8]);

impl<'a> TextScanner<'a> {
    /// Takes this number of characters that are all of one sort.
    fn take(&mut self, count: usize, sort: fn(&u8) -> bool) -> Option<&'a [u8]> {
        let (part, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        part.iter().all(sort).then_some(part)
    }

    /// Takes a separator, if one follows.
    fn separator(&mut self) -> bool {
        let found = self.0.first() == Some(&b' ');
        self.0 = &self.0[usize::from(found)..];
        found
    }
}

/// Whether a text begins with a National Insurance number: two letters, six digits in one or in pairs, and
/// a letter. The last letter may be missing if the first two are ones that are given out.
fn has_ni_number(text: &[u8]) -> bool {
    ni_number(text).unwrap_or(false)
}

fn ni_number(text: &[u8]) -> Option<bool> {
    let mut parts = TextScanner(text);
    let prefix = parts.take(2, u8::is_ascii_alphabetic)?;
    let given_out = is_ni_prefix(prefix);
    let after_prefix = parts.separator();
    parts.take(2, u8::is_ascii_digit)?;
    let in_pairs = parts.separator();
    parts.take(2, u8::is_ascii_digit)?;
    if parts.separator() != in_pairs || (in_pairs && !after_prefix) {
        return None;
    }
    parts.take(2, u8::is_ascii_digit)?;
    let bare = ends_word(parts.0) && after_prefix == in_pairs && given_out;
    parts.separator();
    let suffixed = parts.take(1, u8::is_ascii_alphabetic).is_some() && ends_word(parts.0);
    Some(bare || suffixed)
}

/// Whether National Insurance numbers begin with these letters; QQ stands in examples.
fn is_ni_prefix(letters: &[u8]) -> bool {
    const NOT_FIRST: &[u8] = b"DFIQUV";
    const NOT_SECOND: &[u8] = b"DFIOQUV";
    const NEVER: [&[u8]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    letters == b"QQ"
        || (!NOT_FIRST.contains(&letters[0])
            && !NOT_SECOND.contains(&letters[1])
            && !NEVER.contains(&letters))
}

/// Whether a text begins with an NHS number: ten digits, in one or as 3-3-4, of which the last checks the
/// others. Letters may stand before it.
fn has_nhs_number(text: &[u8]) -> bool {
    let letters = text.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    nhs_number(&text[letters..]).is_some_and(|digits| passes_nhs_check(&digits))
}

fn nhs_number(text: &[u8]) -> Option<Vec<u8>> {
    let mut parts = TextScanner(text);
    let mut digits = parts.take(3, u8::is_ascii_digit)?.to_vec();
    let separated = parts.separator();
    digits.extend(parts.take(3, u8::is_ascii_digit)?);
    if parts.separator() != separated {
        return None;
    }
    digits.extend(parts.take(4, u8::is_ascii_digit)?);
    ends_word(parts.0).then_some(digits)
}

/// The sum of the first nine digits times 10 to 2 and of the last is a multiple of 11.
fn passes_nhs_check(digits: &[u8]) -> bool {
    let weighted = digits.iter().zip((1..=10).rev());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    sum.is_multiple_of(11)
}

/// Hosts of what looks like e-mail addresses.
fn email_hosts(text: &str) -> impl Iterator<Item = &str> {
    let local = |c: char| c.is_ascii_alphanumeric() || "._+-'".contains(c);
    let host = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    text.match_indices('@').filter(move |(at, _)| text[..*at].ends_with(local)).filter_map(
        move |(at, _)| {
            let after = &text[at + 1..];
            let host = after[..after.find(|c| !host(c)).unwrap_or(after.len())].trim_matches('.');
            let domain = host.rsplit('.').next().unwrap_or_default();
            domain.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(host)
        },
    )
}

/// Whether a text has, anywhere, a day, month and four digits of a year with separators, or year, month, day.
fn has_date(text: &str) -> bool {
    let text = simplified(text);
    let numbers: Vec<(usize, &[u8])> = numbers(&text).collect();
    numbers.windows(3).any(|three| {
        let one_apart = |pair: &[(usize, &[u8])]| {
            let end = pair[0].0 + pair[0].1.len();
            pair[1].0 == end + 1 && text[end] == b' '
        };
        let [first, middle, last] = [three[0].1, three[1].1, three[2].1];
        three.windows(2).all(one_apart)
            && (is_year(first) && is_month(middle) && is_day(last)
                || is_year(last) && is_day_of_year(first, middle))
    })
}

/// Runs of digits, each with its position.
fn numbers(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let runs = text.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let placed = runs.scan(0, |next, run| {
        let start = *next;
        *next += run.len();
        Some((start, run))
    });
    placed.filter(|(_, run)| run[0].is_ascii_digit())
}

/// Whether a text is nothing but a date of another form: without separators, with two digits of the year,
/// or with the month in letters.
fn is_short_date(text: &str) -> bool {
    let text = simplified(text);
    let sort = |c: &u8| (c.is_ascii_digit(), c.is_ascii_alphabetic());
    let words = text.chunk_by(|a, b| sort(a) == sort(b)).filter(|run| run[0] != b' ');
    let any_year = |part: &[u8]| is_year(part) || is_short_year(part);
    match words.collect::<Vec<_>>()[..] {
        [digits] if digits.len() == 8 => {
            let ([a, b], [c, d]) = ([&digits[..4], &digits[4..]], [&digits[..2], &digits[2..4]]);
            is_year(a) && is_month(&b[..2]) && is_day(&b[2..]) || is_year(b) && is_day_of_year(c, d)
        }
        [a, b, c] if is_month_name(b) => is_day(a) && any_year(c) || is_year(a) && is_day(c),
        [a, b, c] if is_month_name(a) => is_day(b) && any_year(c),
        [a, b, c] => {
            is_short_year(c) && is_day_of_year(a, b)
                || [a, b, c].iter().all(|part| is_short_year(part)) && is_month(b) && is_day(c)
        }
        _ => false,
    }
}

/// Number of one or two digits; `None` for anything else.
fn small(part: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(part).ok().filter(|text| text.len() <= 2)?;
    text.parse().ok()
}

fn is_day(part: &[u8]) -> bool {
    small(part).is_some_and(|day| (1..=31).contains(&day))
}

fn is_month(part: &[u8]) -> bool {
    small(part).is_some_and(|month| (1..=12).contains(&month))
}

/// Whether these are a day and a month, in either order.
fn is_day_of_year(first: &[u8], second: &[u8]) -> bool {
    is_day(first) && is_month(second) || is_month(first) && is_day(second)
}

fn is_year(part: &[u8]) -> bool {
    let text = std::str::from_utf8(part).ok().filter(|text| text.len() == 4);
    text.and_then(|text| text.parse().ok()).is_some_and(|year: u32| (1900..=2100).contains(&year))
}

fn is_short_year(part: &[u8]) -> bool {
    part.len() == 2 && part.iter().all(u8::is_ascii_digit)
}

fn is_month_name(part: &[u8]) -> bool {
    const MONTHS: [&[u8]; 12] = [
        b"JANUARY",
        b"FEBRUARY",
        b"MARCH",
        b"APRIL",
        b"MAY",
        b"JUNE",
        b"JULY",
        b"AUGUST",
        b"SEPTEMBER",
        b"OCTOBER",
        b"NOVEMBER",
        b"DECEMBER",
    ];
    part.len() >= 3 && MONTHS.iter().any(|month| month.starts_with(part))
}

#[cfg(test)]
mod tests;
