//! Violations of a request, each with its field path. All are collected before the request fails.

use std::fmt;

use super::Fte;

/// Rule that a field breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The field is required but empty.
    Required,
    /// It has too many characters, items or digits.
    TooLong,
    /// It does not have the required form.
    Malformed,
    /// The number or date is out of range.
    OutOfRange,
    /// The enum has no such value.
    UnknownValue,
    /// The update mask names a field that does not exist.
    UnknownField,
    /// The field cannot change.
    Immutable,
    /// It names a resource that does not exist.
    ReferenceNotFound,
    /// It names a resource that cannot be used here.
    ReferenceNotAllowed,
    /// It repeats an earlier value.
    Duplicate,
    /// Following it from resource to resource forms a cycle.
    Loop,
    /// It must be empty here.
    NotAllowed,
    /// The framework has no such level.
    UnknownLevel,
    /// It may contain personal data.
    PersonalData,
}

/// A field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field in the request.
    pub field: String,
    /// Rule that it breaks.
    pub reason: Reason,
    /// The rule in words. It never repeats the value, which may be personal data.
    pub description: String,
}

/// Violations found so far. For each field, only the first rule it breaks is reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations {
    /// Path of the part of the request being validated.
    part: String,
    /// Path of the resource within that part.
    prefix: String,
    list: Vec<Violation>,
}

/// Maximum number of violations collected; a caller gets the first few.
const MAX: usize = 50;

impl Violations {
    /// No violations yet; `prefix` is put before the path of those added.
    pub fn within(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    /// No violations yet; `part` is put before the path of those added, followed by `prefix` for fields of
    /// the resource.
    pub fn within_part(part: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self { part: part.into(), prefix: prefix.into(), ..Self::default() }
    }

    /// A single violation.
    pub fn one(field: &str, reason: Reason, description: impl Into<String>) -> Self {
        let mut violations = Self::default();
        violations.add(field, reason, description);
        violations
    }

    /// Adds a violation of `field`, a path below the prefix, unless the field has one already.
    pub fn add(&mut self, field: &str, reason: Reason, description: impl Into<String>) {
        self.add_outside(format!("{}{field}", self.prefix), reason, description);
    }

    /// Adds a violation of a field that is not below the prefix.
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
        if self.list.len() < MAX && !known {
            self.list.push(violation);
        }
    }

    /// Adds the violations of a part of the request.
    pub fn extend(&mut self, part: Self) {
        part.list.into_iter().for_each(|violation| self.push(violation));
    }

    /// Puts the path of this part of the request before those that do not have it yet.
    #[must_use]
    pub fn prefixed(mut self, part: &str) -> Self {
        for violation in &mut self.list {
            if !violation.field.starts_with(part) {
                violation.field.insert_str(0, part);
            }
        }
        self
    }

    /// Adds the violations of a part of the request, with `prefix` before paths that do not have it yet.
    pub fn extend_within(&mut self, prefix: &str, part: Self) {
        for Violation { field, reason, description } in part.list {
            let field = if field.starts_with(prefix) { field } else { format!("{prefix}{field}") };
            self.add_outside(field, reason, description);
        }
    }

    /// Whether `field`, a path below the prefix, has a violation.
    pub fn has(&self, field: &str) -> bool {
        let path = format!("{}{}{field}", self.part, self.prefix);
        self.list.iter().any(|violation| violation.field == path)
    }

    /// Drops violations of fields below the prefix for which `keep` returns false.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        let prefix = format!("{}{}", self.part, self.prefix);
        self.list.retain(|violation| match violation.field.strip_prefix(&prefix) {
            Some(field) => keep(field.split(['.', '[']).next().unwrap_or(field)),
            None => true,
        });
    }

    /// Number of violations.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are no violations.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Violations in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.list.iter()
    }

    /// Requires a text that is not empty.
    pub fn required(&mut self, field: &str, value: &str) {
        if value.is_empty() {
            self.add(field, Reason::Required, "must not be empty");
        }
    }

    /// Requires a text of one line and at most `most` characters.
    pub fn line(&mut self, field: &str, value: &str, most: usize) {
        self.characters(field, value, most, |c| !c.is_control(), "control characters");
    }

    /// Requires a non-empty text of one line and at most 200 characters.
    pub fn title(&mut self, field: &str, value: &str) {
        self.required(field, value.trim());
        self.line(field, value, 200);
    }

    /// Requires a text of at most 10,000 characters; line breaks and tabs are allowed.
    pub fn prose(&mut self, field: &str, value: &str) {
        let allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        self.characters(field, value, 10_000, allowed, "control characters");
    }

    /// Requires a machine-readable text of at most `most` characters that are all `allowed`.
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
        // Compares bytes first: counting the characters of megabytes of text costs too much.
        if value.len() > most * 4 || value.chars().count() > most {
            let description = format!("must have at most {most} characters");
            self.add(field, Reason::TooLong, description);
        } else if !value.chars().all(allowed) {
            self.add(field, Reason::Malformed, format!("must not contain {what}"));
        }
    }

    /// Requires a list of at most `most` items.
    pub fn items<T>(&mut self, field: &str, list: &[T], most: usize) {
        if list.len() > most {
            let description = format!("must have at most {most} items");
            self.add(field, Reason::TooLong, description);
        }
    }

    /// Requires a number within `range`.
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

    /// Requires an absolute URI or an empty text.
    pub fn uri(&mut self, field: &str, value: &str) {
        self.line(field, value, 2_000);
        let blank = value.contains(char::is_whitespace);
        if !value.is_empty() && (blank || url::Url::parse(value).is_err()) {
            let description = "must be an absolute URI such as https://example.org/a";
            self.add(field, Reason::Malformed, description);
        }
    }

    /// Requires an opaque reference to a person or a group, or an empty text. Rejects what looks like a date
    /// of birth or a National Insurance number; names and e-mail addresses do not fit the characters allowed.
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

    /// Requires FTE of at most 3 × headcount: 1.0 is 37.5 hours a week, and nobody works three times that.
    pub fn fte(&mut self, field: &str, fte: Fte, headcount: i32) {
        if fte > Fte::whole(3 * i64::from(headcount.max(0))) {
            let description = "must be at most 3 × headcount";
            self.add(field, Reason::OutOfRange, description);
        }
    }
}

/// Two letters, six digits and a letter, with or without separators.
fn looks_like_ni_number(value: &str) -> bool {
    let bare: Vec<u8> = value.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let (letters, digits) = (u8::is_ascii_alphabetic, u8::is_ascii_digit);
    bare.len() == 9
        && bare[..2].iter().all(letters)
        && bare[2..8].iter().all(digits)
        && letters(&bare[8])
}

/// Day, month and year, in either order, with separators.
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
