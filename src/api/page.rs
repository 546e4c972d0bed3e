//! Pages: their size, and the tokens that lead from one to the next.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
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
            let description = "is not a token that a call with these arguments gave";
            violations.add_outside("page_token", Reason::Malformed, description);
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

/// A page of rows that are computed whole for every call.
pub struct Window {
    arguments: Arguments,
    /// The revision that the rows of the page before were of, where that is to stay.
    revision: Option<Revision>,
    given: Option<Position>,
    start: usize,
    size: usize,
}

impl Window {
    /// Reads which page a request asks for.
    pub fn read<R: PagedRequest>(request: &R, violations: &mut Violations) -> Self {
        let size = usize::try_from(size(request.page_size(), violations)).unwrap_or(usize::MAX);
        let arguments = Arguments::of(request);
        let after = arguments.after(request.page_token(), violations);
        let place = after.as_ref().and_then(|after| after.last.split_once(' '));
        let place = place.and_then(|(at, start)| Some((at.parse().ok()?, start.parse().ok()?)));
        let (revision, start) = place.unwrap_or((0, 0));
        let revision = Some(Revision::new(revision)).filter(|revision| *revision > Revision::NONE);
        Self { arguments, revision, given: after.map(|after| after.given), start, size }
    }

    /// The revision of the page before: the rows of this one are to be of it too, whatever is written
    /// meanwhile. The newest on the first.
    pub fn as_of(&self) -> AsOf {
        self.revision.map_or(AsOf::Latest, AsOf::At)
    }

    /// The position that the token was given out with. None on the first page.
    pub fn given(&self) -> Option<&Position> {
        self.given.as_ref()
    }

    /// The rows of the page, and the token of the next; empty on the last. `revision` is what the rows
    /// are of, and none where the next page may be of a later one; `head` is the newest position.
    pub fn of<'a, T>(
        &self,
        rows: &'a [T],
        revision: Revision,
        head: &Position,
    ) -> (&'a [T], String) {
        let end = rows.len().min(self.start.saturating_add(self.size));
        let page = rows.get(self.start..end).unwrap_or_default();
        let next = match end < rows.len() {
            true => self.arguments.token(head, &format!("{revision} {end}")),
            false => String::new(),
        };
        (page, next)
    }
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
