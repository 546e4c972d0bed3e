//! Page sizes and page tokens.

use std::ops::Range;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::domain::{AsOf, Position, Reason, Revision, Violations};

use super::request::PagedRequest;

/// Approximate maximum size of a page in bytes: clients accept messages of 4 MiB by default.
pub const MAX_PAGE_BYTES: usize = 3 << 20;

/// Default page size.
const DEFAULT: i32 = 50;

/// Maximum page size; a larger one is reduced to it.
pub const MAX: i32 = 1_000;

/// Number of bytes of the digest in a token.
const DIGEST: usize = 12;

/// Reads a page size. A negative one is a violation.
pub fn size(size: i32, violations: &mut Violations) -> u64 {
    if size < 0 {
        violations.add_outside("page_size", Reason::OutOfRange, "must not be negative");
    }
    let size = if size == 0 { DEFAULT } else { size.clamp(1, MAX) };
    u64::from(size.unsigned_abs())
}

/// Start of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePosition {
    /// Last item of the page before.
    pub last: String,
    /// Newest position when the token was made; it must belong to this history.
    pub given: Position,
}

/// What all pages of a call must share: the request's full name in the protos, and the encoding of those
/// arguments that determine the content of pages.
pub struct Arguments(Vec<u8>);

impl Arguments {
    /// Takes the arguments from a request.
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

    /// Parses a token; `None` for the first page. A token that was not made for these arguments is a
    /// violation.
    pub fn after(&self, token: &str, violations: &mut Violations) -> Option<PagePosition> {
        if token.is_empty() {
            return None;
        }
        let place = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| {
            let (digest, content) = bytes.split_at_checked(DIGEST)?;
            let content = std::str::from_utf8(content).ok()?;
            let (given, last) = content.split_once(' ')?;
            let place = PagePosition { last: last.to_owned(), given: given.parse().ok()? };
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

/// State that every page of an answer shows: that of the first page, whatever is written meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Revision that everything is read at.
    pub revision: Revision,
    /// Day that the answer is computed for; `None` if it does not depend on a day.
    pub day: Option<NaiveDate>,
}

/// Selects a page of rows that each call computes completely.
pub struct PageWindow {
    arguments: Arguments,
    given: Option<Position>,
    /// `None` on the first page.
    pin: Option<Pin>,
    start: usize,
    size: usize,
}

impl PageWindow {
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

    /// State that the page must show: the newest for the first page, and that of the first page for all others.
    pub fn as_of(&self) -> AsOf {
        self.pin.map_or(AsOf::Latest, |pin| AsOf::At(pin.revision))
    }

    /// Day that the page must be computed for: on the first page the requested day, which may be today by default,
    /// and on all others that of the first page.
    pub fn day(&self, requested: NaiveDate) -> NaiveDate {
        self.pin.and_then(|pin| pin.day).unwrap_or(requested)
    }

    /// Position in the page token; `None` on the first page.
    pub fn given(&self) -> Option<&Position> {
        self.given.as_ref()
    }

    /// Range of the rows in the page.
    pub fn rows(&self) -> Range<usize> {
        self.start..self.start.saturating_add(self.size)
    }

    /// Rows of the page, and the token of the next, which is empty on the last. `pin` is the state that the rows
    /// show; `head` is the newest position.
    pub fn of<'a, T>(&self, rows: &'a [T], pin: Pin, head: &Position) -> (&'a [T], String) {
        let end = rows.len().min(self.rows().end);
        let page = rows.get(self.start..end).unwrap_or_default();
        (page, self.next(end, rows.len(), pin, head))
    }

    /// Token of the page that begins at row `end` of `row_count`; empty if there is no such page. `head` is the
    /// newest position.
    pub fn next(&self, end: usize, row_count: usize, pin: Pin, head: &Position) -> String {
        if end >= row_count {
            return String::new();
        }
        let day = pin.day.map_or(NO_DAY.to_owned(), |day| day.to_string());
        self.arguments.token(head, &format!("{} {day} {end}", pin.revision))
    }
}

/// Text in a token for the day of an answer that does not depend on a day.
const NO_DAY: &str = "-";

/// Parses where a page begins: the state that it must show, and its first row.
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
    let description = "must be a token returned by a call with the same arguments";
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
        let first = PageWindow::read(&audit(String::new()), violations);
        assert_eq!((first.as_of(), first.day(monday)), (AsOf::Latest, monday));
        let pin = Pin { revision: Revision::new(7), day: Some(monday) };
        let (page, token) = first.of(&[1, 2, 3], pin, &head());
        assert_eq!(page, [1, 2]);
        let second = PageWindow::read(&audit(token), violations);
        assert_eq!((second.as_of(), second.day(tuesday)), (AsOf::requested(7), monday));
        assert_eq!(second.given(), Some(&head()));
        assert_eq!(second.of(&[1, 2, 3], pin, &head()), (&[3][..], String::new()));
        assert!(violations.is_empty());
    }

    #[test]
    fn an_answer_of_no_day_pins_none() {
        let violations = &mut Violations::default();
        let pin = Pin { revision: Revision::new(7), day: None };
        let token = PageWindow::read(&audit(String::new()), violations).next(2, 3, pin, &head());
        let day = "2026-11-03".parse().unwrap();
        assert_eq!(PageWindow::read(&audit(token), violations).day(day), day);
        assert!(violations.is_empty());
    }

    #[test]
    fn a_page_that_does_not_say_where_it_begins_is_refused() {
        for last in ["", "7", "7 2", "7 - 2 3", "7 monday 2", "7 - two"] {
            let mut violations = Violations::default();
            let token = Arguments::of(&audit(String::new())).token(&head(), last);
            PageWindow::read(&audit(token), &mut violations);
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
            prop_assert_eq!(read, Some(PagePosition { last, given: head() }));
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
