//! Pages: their size, and the tokens that lead from one to the next.

use std::ops::Range;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::domain::{AsOf, Position, Reason, Revision, Violations};

use super::request::PagedRequest;

/// What a page has where the caller does not say.
const DEFAULT: i32 = 50;

/// What a page has at most.
pub const MOST: i32 = 1_000;

/// The bytes of the digest that a token carries.
const DIGEST: usize = 12;

/// Reads a page size.
pub fn size(size: i32, violations: &mut Violations) -> u64 {
    if size < 0 {
        violations.add_outside("page_size", Reason::OutOfRange, "must not be negative");
    }
    let size = if size == 0 { DEFAULT } else { size.clamp(1, MOST) };
    u64::from(size.unsigned_abs())
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// After what.
    pub last: String,
    /// The newest position when the token was given out: a history that it is not of has no such page.
    pub given: Position,
}

/// What every page of a call must have in common: the full name of the request in the protos, and the encoding of
/// all its arguments that say what there is on which page.
pub struct Arguments(Vec<u8>);

impl Arguments {
    /// The arguments of a request.
    pub fn of<R: PagedRequest>(request: &R) -> Self {
        let mut arguments = R::full_name().into_bytes();
        arguments.push(0);
        arguments.extend(request.every_page().encode_to_vec());
        Self(arguments)
    }

    /// Makes the token of the page after `last`; `head` is the newest position.
    pub fn token(&self, head: &Position, last: &str) -> String {
        let content = format!("{head} {last}");
        let mut bytes = self.digest(&content);
        bytes.extend(content.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token: where the page begins; nothing for the first page. A token that was not given for these
    /// arguments is a violation.
    pub fn after(&self, token: &str, violations: &mut Violations) -> Option<Place> {
        if token.is_empty() {
            return None;
        }
        let place = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| {
            let (digest, content) = bytes.split_at_checked(DIGEST)?;
            let content = std::str::from_utf8(content).ok()?;
            let (given, last) = content.split_once(' ')?;
            let place = Place { last: last.to_owned(), given: given.parse().ok()? };
            (digest == self.digest(content)).then_some(place)
        });
        if place.is_none() {
            refuse(violations);
        }
        place
    }

    fn digest(&self, content: &str) -> Vec<u8> {
        let mut hash = Sha256::new();
        for part in [self.0.as_slice(), content.as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize()[..DIGEST].to_vec()
    }
}

/// What all pages of an answer are of, whatever is written between them: that of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The revision that everything is read at.
    pub revision: Revision,
    /// The day that the answer is of; none where it is of none.
    pub day: Option<NaiveDate>,
}

/// A page of rows that are computed whole for every call.
pub struct Window {
    arguments: Arguments,
    given: Option<Position>,
    /// None on the first page.
    pin: Option<Pin>,
    start: usize,
    size: usize,
}

impl Window {
    /// Reads which page a request asks for.
    pub fn read<R: PagedRequest>(request: &R, violations: &mut Violations) -> Self {
        let size = usize::try_from(size(request.page_size(), violations)).unwrap_or(usize::MAX);
        let arguments = Arguments::of(request);
        let Some(place) = arguments.after(request.page_token(), violations) else {
            return Self { arguments, given: None, pin: None, start: 0, size };
        };
        let begin = begin(&place.last);
        if begin.is_none() {
            refuse(violations);
        }
        let (pin, start) = begin.unzip();
        Self { arguments, given: Some(place.given), pin, start: start.unwrap_or(0), size }
    }

    /// The state that the page must be of: the newest for the first page, that of the first page for all
    /// others.
    pub fn as_of(&self) -> AsOf {
        self.pin.map_or(AsOf::Latest, |pin| AsOf::At(pin.revision))
    }

    /// The day that the page must be of: on the first page the one that the request gives or implies, which may
    /// be today, and on all others that of the first page.
    pub fn day(&self, requested: NaiveDate) -> NaiveDate {
        self.pin.and_then(|pin| pin.day).unwrap_or(requested)
    }

    /// The position that the token was given out with. None on the first page.
    pub fn given(&self) -> Option<&Position> {
        self.given.as_ref()
    }

    /// Which of all rows the page has.
    pub fn rows(&self) -> Range<usize> {
        self.start..self.start.saturating_add(self.size)
    }

    /// The rows of the page, and the token of the next; empty on the last. `head` is the newest position.
    pub fn of<'a, T>(&self, rows: &'a [T], pin: Pin, head: &Position) -> (&'a [T], String) {
        let end = rows.len().min(self.rows().end);
        let page = rows.get(self.start..end).unwrap_or_default();
        (page, self.next(end, rows.len(), pin, head))
    }

    /// The token of the page that begins at the row `end` of so many; empty where there is none. `head` is the
    /// newest position.
    pub fn next(&self, end: usize, row_count: usize, pin: Pin, head: &Position) -> String {
        if end >= row_count {
            return String::new();
        }
        let day = pin.day.map_or(NO_DAY.to_owned(), |day| day.to_string());
        self.arguments.token(head, &format!("{} {day} {end}", pin.revision))
    }
}

/// Stands in a token for the day of an answer that is of none.
const NO_DAY: &str = "-";

/// Reads where a page begins: what it must be of, and at which row.
fn begin(text: &str) -> Option<(Pin, usize)> {
    let mut parts = text.split(' ');
    let revision = Revision::new(parts.next()?.parse().ok()?);
    let day = match parts.next()? {
        NO_DAY => None,
        day => Some(day.parse().ok()?),
    };
    let start = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some((Pin { revision, day }, start))
}

fn refuse(violations: &mut Violations) {
    let description = "is not a token that a call with these arguments gave";
    violations.add_outside("page_token", Reason::Malformed, description);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::v1;

    fn head() -> Position {
        "101-1f3a9c02".parse().unwrap()
    }

    fn listing(filter: &str) -> v1::ListRolesRequest {
        v1::ListRolesRequest { filter: filter.to_owned(), ..Default::default() }
    }

    #[test]
    fn a_token_is_good_for_the_same_method_and_whatever_else_may_differ() {
        let made = Arguments::of(&listing("a")).token(&head(), "roles/a");
        let mut again = listing("a");
        (again.page_size, again.page_token) = (7, made.clone());
        (again.include_total_size, again.min_revision) = (true, 1);
        let mut violations = Violations::default();
        assert!(Arguments::of(&again).after(&made, &mut violations).is_some());
        let plans = v1::ListPlansRequest { filter: "a".to_owned(), ..Default::default() };
        assert_eq!(Arguments::of(&plans).after(&made, &mut violations), None);
        assert_eq!(violations.len(), 1);
    }

    #[test]
    fn a_token_is_the_same_in_every_version_of_the_program() {
        assert_eq!(
            Arguments::of(&listing("a")).token(&head(), "roles/a"),
            "dxJAP_5_jn2zqwuFMTAxLTFmM2E5YzAyIHJvbGVzL2E"
        );
    }

    fn audit(page_token: String) -> v1::AuditPlanRequest {
        v1::AuditPlanRequest { page_size: 2, page_token, ..Default::default() }
    }

    #[test]
    fn a_page_is_of_the_revision_and_the_day_of_the_first() {
        let violations = &mut Violations::default();
        let (monday, tuesday) = ("2026-11-02".parse().unwrap(), "2026-11-03".parse().unwrap());
        let first = Window::read(&audit(String::new()), violations);
        assert_eq!((first.as_of(), first.day(monday)), (AsOf::Latest, monday));
        let pin = Pin { revision: Revision::new(7), day: Some(monday) };
        let (page, token) = first.of(&[1, 2, 3], pin, &head());
        assert_eq!(page, [1, 2]);
        let second = Window::read(&audit(token), violations);
        assert_eq!((second.as_of(), second.day(tuesday)), (AsOf::requested(7), monday));
        assert_eq!(second.given(), Some(&head()));
        assert_eq!(second.of(&[1, 2, 3], pin, &head()), (&[3][..], String::new()));
        assert!(violations.is_empty());
    }

    #[test]
    fn an_answer_of_no_day_pins_none() {
        let violations = &mut Violations::default();
        let pin = Pin { revision: Revision::new(7), day: None };
        let token = Window::read(&audit(String::new()), violations).next(2, 3, pin, &head());
        let day = "2026-11-03".parse().unwrap();
        assert_eq!(Window::read(&audit(token), violations).day(day), day);
        assert!(violations.is_empty());
    }

    #[test]
    fn a_page_that_does_not_say_where_it_begins_is_refused() {
        for last in ["", "7", "7 2", "7 - 2 3", "7 monday 2", "7 - two"] {
            let mut violations = Violations::default();
            let token = Arguments::of(&audit(String::new())).token(&head(), last);
            Window::read(&audit(token), &mut violations);
            assert_eq!(violations.len(), 1, "{last}");
        }
    }

    proptest! {
        #[test]
        fn a_token_is_good_for_its_own_arguments_only(last: String, a: String, b: String) {
            let arguments = Arguments::of(&listing(&a));
            let made = arguments.token(&head(), &last);
            let mut violations = Violations::default();
            let read = arguments.after(&made, &mut violations);
            prop_assert_eq!(read, Some(Place { last, given: head() }));
            prop_assert!(violations.is_empty());
            let mut other = listing(&a);
            other.order_by = format!("{b}.");
            Arguments::of(&other).after(&made, &mut violations);
            prop_assert_eq!(violations.len(), 1);
        }

        #[test]
        fn a_token_that_was_changed_is_refused(last: String, at: prop::sample::Index, flip in 1u8..=255) {
            let arguments = Arguments::of(&listing("a"));
            let mut bytes = URL_SAFE_NO_PAD.decode(arguments.token(&head(), &last)).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            let mut violations = Violations::default();
            arguments.after(&URL_SAFE_NO_PAD.encode(bytes), &mut violations);
            prop_assert_eq!(violations.len(), 1);
        }
    }
}
