//! The violations of a request, all at once, each with its field path.

use std::fmt;

use super::Fte;

/// Which rule a field breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is required and empty.
    Required,
    /// It has more characters, items or digits than allowed.
    TooLong,
    /// It does not have the form that it must have.
    Malformed,
    /// The number or date is outside the range allowed.
    OutOfRange,
    /// The enum has no such value.
    UnknownValue,
    /// The mask names a field that does not exist.
    UnknownField,
    /// It cannot change.
    Immutable,
    /// It names a resource that does not exist.
    ReferenceNotFound,
    /// It names a resource that cannot be used here.
    ReferenceNotAllowed,
    /// It stands twice.
    Duplicate,
    /// Following it leads back.
    Loop,
    /// It must be empty here.
    NotAllowed,
    /// The framework's scale has no such level.
    UnknownLevel,
    /// It may hold personal data.
    PersonalData,
}

/// A field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field in the request.
    pub field: String,
    /// Which rule it breaks.
    pub reason: Reason,
    /// The rule in words. It never repeats the value.
    pub description: String,
}

/// The violations found so far. Each field is reported for the first rule that it breaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations {
    /// The path of the part of the request that is being read.
    part: String,
    /// The path of the resource in it.
    prefix: String,
    list: Vec<Violation>,
}

/// More are not worth collecting: a caller is told of the first few.
const MOST: usize = 50;

impl Violations {
    /// No violation yet; those found will have `prefix` before their path.
    pub fn within(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    /// No violation yet; those found will have `part` before their path, and those of the resource in
    /// it `prefix` too.
    pub fn within_part(part: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self { part: part.into(), prefix: prefix.into(), ..Self::default() }
    }

    /// One violation.
    pub fn one(field: &str, reason: Reason, description: impl Into<String>) -> Self {
        let mut violations = Self::default();
        violations.add(field, reason, description);
        violations
    }

    /// Adds a violation of `field`, a path under the prefix, unless it has one.
    pub fn add(&mut self, field: &str, reason: Reason, description: impl Into<String>) {
        self.add_outside(format!("{}{field}", self.prefix), reason, description);
    }

    /// Adds a violation of a field that does not lie under the prefix.
    pub fn add_outside(
        &mut self,
        field: impl Into<String>,
        reason: Reason,
        description: impl Into<String>,
    ) {
        let field = format!("{}{}", self.part, field.into());
        self.push(Violation { field, reason, description: description.into() });
    }

    fn push(&mut self, violation: Violation) {
        let known = self.list.iter().any(|other| other.field == violation.field);
        if self.list.len() < MOST && !known {
            self.list.push(violation);
        }
    }

    /// Adds those of a part of the request.
    pub fn extend(&mut self, part: Self) {
        part.list.into_iter().for_each(|violation| self.push(violation));
    }

    /// The same, told as of the part of this path, unless they are already.
    #[must_use]
    pub fn told_of(mut self, part: &str) -> Self {
        for violation in &mut self.list {
            if !violation.field.starts_with(part) {
                violation.field.insert_str(0, part);
            }
        }
        self
    }

    /// Adds those of a part of the request, whose paths are put behind `prefix` unless they have it.
    pub fn extend_within(&mut self, prefix: &str, part: Self) {
        for Violation { field, reason, description } in part.list {
            let field = if field.starts_with(prefix) { field } else { format!("{prefix}{field}") };
            self.add_outside(field, reason, description);
        }
    }

    /// Whether `field`, a path under the prefix, has one.
    pub fn has(&self, field: &str) -> bool {
        let path = format!("{}{}{field}", self.part, self.prefix);
        self.list.iter().any(|violation| violation.field == path)
    }

    /// Drops those of fields under the prefix that `keep` does not want.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        let prefix = format!("{}{}", self.part, self.prefix);
        self.list.retain(|violation| match violation.field.strip_prefix(&prefix) {
            Some(field) => keep(field.split(['.', '[']).next().unwrap_or(field)),
            None => true,
        });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Each of them, in the order found.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.list.iter()
    }

    /// The text must not be empty.
    pub fn required(&mut self, field: &str, value: &str) {
        if value.is_empty() {
            self.add(field, Reason::Required, "must not be empty");
        }
    }

    /// A text of one line and at most `most` characters.
    pub fn line(&mut self, field: &str, value: &str, most: usize) {
        self.characters(field, value, most, |c| !c.is_control(), "control characters");
    }

    /// A required text of one line and at most 200 characters.
    pub fn title(&mut self, field: &str, value: &str) {
        self.required(field, value.trim());
        self.line(field, value, 200);
    }

    /// A text of at most 10,000 characters, with line breaks and tabs.
    pub fn prose(&mut self, field: &str, value: &str) {
        let allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        self.characters(field, value, 10_000, allowed, "control characters");
    }

    /// A text of machines: of at most `most` characters, all `allowed`.
    pub fn code(&mut self, field: &str, value: &str, most: usize, allowed: fn(char) -> bool) {
        self.characters(field, value, most, allowed, "characters that are not allowed");
    }

    fn characters(
        &mut self,
        field: &str,
        value: &str,
        most: usize,
        allowed: impl Fn(char) -> bool,
        what: &str,
    ) {
        // Bytes first: counting the characters of a text of megabytes is not worth it.
        if value.len() > most * 4 || value.chars().count() > most {
            let description = format!("must have at most {most} characters");
            self.add(field, Reason::TooLong, description);
        } else if !value.chars().all(allowed) {
            self.add(field, Reason::Malformed, format!("has {what}"));
        }
    }

    /// A list of at most `most` items.
    pub fn items<T>(&mut self, field: &str, list: &[T], most: usize) {
        if list.len() > most {
            let description = format!("must have at most {most} items");
            self.add(field, Reason::TooLong, description);
        }
    }

    /// A number from `range`.
    pub fn range<T: PartialOrd + fmt::Display>(
        &mut self,
        field: &str,
        value: T,
        range: std::ops::RangeInclusive<T>,
    ) {
        if !range.contains(&value) {
            let description = format!("must be from {} to {}", range.start(), range.end());
            self.add(field, Reason::OutOfRange, description);
        }
    }

    /// An absolute URI, or nothing.
    pub fn uri(&mut self, field: &str, value: &str) {
        self.line(field, value, 2_000);
        let blank = value.contains(char::is_whitespace);
        if !value.is_empty() && (blank || url::Url::parse(value).is_err()) {
            let description = "must be an absolute URI such as https://example.org/a";
            self.add(field, Reason::Malformed, description);
        }
    }

    /// An opaque reference to a person or a group, or nothing: never a name, a birth date, a
    /// National Insurance number or an e-mail address.
    pub fn opaque(&mut self, field: &str, value: &str) {
        self.code(field, value, 128, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '/' | '-')
        });
        if looks_like_ni_number(value) || looks_like_date(value) {
            let description =
                "must be a pseudonym: it looks like a National Insurance number or a date";
            self.add(field, Reason::PersonalData, description);
        }
    }

    /// FTE of so many people: 1.0 is 37.5 hours, and nobody works three times that.
    pub fn fte(&mut self, field: &str, fte: Fte, headcount: i32) {
        if fte > Fte::whole(3 * i64::from(headcount.max(0))) {
            let description = "must be at most 3 × headcount";
            self.add(field, Reason::OutOfRange, description);
        }
    }
}

/// Two letters, six digits and a letter, however separated.
fn looks_like_ni_number(value: &str) -> bool {
    let bare: Vec<u8> = value.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let (letters, digits) = (u8::is_ascii_alphabetic, u8::is_ascii_digit);
    bare.len() == 9
        && bare[..2].iter().all(letters)
        && bare[2..8].iter().all(digits)
        && letters(&bare[8])
}

/// A day, month and year, in either order, separated.
fn looks_like_date(value: &str) -> bool {
    let parts: Vec<&str> = value.split(['-', '/', '.']).collect();
    let [first, middle, last] = parts[..] else {
        return false;
    };
    let number = |part: &str, low: u32, high: u32| {
        part.bytes().all(|b| b.is_ascii_digit())
            && part.parse().is_ok_and(|n: u32| (low..=high).contains(&n))
    };
    let year = |part: &str| part.len() == 4 && number(part, 1900, 2100);
    let short = |part: &str| part.len() <= 2 && number(part, 1, 31);
    short(middle) && (year(first) && short(last) || short(first) && year(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_personal_is_refused_in_an_opaque_reference() {
        for value in
            ["QQ123456C", "qq-12-34-56-c", "1980-02-29", "29/2/1980", "a@b.uk", "Jo Bloggs"]
        {
            let mut violations = Violations::default();
            violations.opaque("subject", value);
            assert_eq!(violations.len(), 1, "{value}");
        }
        for value in ["p-000123", "3f1c9a7e", "nhs-staff-group:midwives", "10.2.3", "AB1234567"] {
            let mut violations = Violations::default();
            violations.opaque("subject", value);
            assert!(violations.is_empty(), "{value}");
        }
    }

    #[test]
    fn a_field_is_reported_for_the_first_rule_it_breaks() {
        let mut violations = Violations::within("role.");
        violations.title("title", "");
        violations.line("title", "\0", 200);
        violations.add_outside("role_id", Reason::Malformed, "form");
        let fields: Vec<_> = violations.iter().map(|v| (v.field.as_str(), v.reason)).collect();
        assert_eq!(fields, [("role.title", Reason::Required), ("role_id", Reason::Malformed)]);
    }

    #[test]
    fn retaining_fields_keeps_what_lies_outside_the_prefix() {
        let mut violations = Violations::within("framework.");
        violations.add("levels[2].rank", Reason::OutOfRange, "rank");
        violations.add("title", Reason::Required, "title");
        violations.add_outside("update_mask", Reason::UnknownField, "mask");
        violations.retain(|field| field == "levels");
        let fields: Vec<_> = violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["framework.levels[2].rank", "update_mask"]);
    }
}
