//! Violations of a request, each with its field path. All are collected before the request fails.

use std::fmt;

use super::{Fte, personal_data, text};

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

    /// Requires a text that shows something.
    pub fn visible(&mut self, field: &str, value: &str) {
        self.required(field, value);
        if !text::is_visible(value) {
            self.add(field, Reason::Required, "must have a character that can be seen");
        }
    }

    /// Requires a text of one line and at most `most` characters that shows something, or an empty one.
    pub fn line(&mut self, field: &str, value: &str, most: usize) {
        let allowed =
            |c: char| !c.is_control() && !text::separates_lines(c) && !text::overrides_direction(c);
        let what = "control characters, line separators or direction overrides";
        self.characters(field, value, most, allowed, what);
        if !value.is_empty() && !text::is_visible(value) {
            let description = "must be empty or have a character that can be seen";
            self.add(field, Reason::Malformed, description);
        }
    }

    /// Requires a text of one line and at most 200 characters that shows something.
    pub fn title(&mut self, field: &str, value: &str) {
        self.visible(field, value);
        self.line(field, value, 200);
    }

    /// Requires a text of at most 10,000 characters; line breaks and tabs are allowed.
    pub fn prose(&mut self, field: &str, value: &str) {
        let allowed = |c: char| {
            matches!(c, '\n' | '\r' | '\t') || !c.is_control() && !text::overrides_direction(c)
        };
        let what = "control characters or direction overrides";
        self.characters(field, value, 10_000, allowed, what);
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
        } else {
            self.impersonal(field, personal_data::in_text(value));
        }
    }

    /// Adds a violation if personal data was found.
    pub fn impersonal(&mut self, field: &str, found: Option<&str>) {
        self.impersonal_outside(format!("{}{field}", self.prefix), found);
    }

    /// Adds a violation of a field that is not below the prefix if personal data was found.
    pub fn impersonal_outside(&mut self, field: impl Into<String>, found: Option<&str>) {
        if let Some(what) = found {
            let description = format!("must not contain what looks like {what}");
            self.add_outside(field, Reason::PersonalData, description);
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
        self.impersonal(field, personal_data::in_uri(value));
    }

    /// Requires an opaque reference to a person or a group, or an empty text. Rejects what looks like personal
    /// data; the characters allowed leave out names with spaces.
    pub fn opaque(&mut self, field: &str, value: &str) {
        self.code(field, value, 128, |c| c.is_ascii_alphanumeric() || "._:/-".contains(c));
        self.impersonal(field, personal_data::in_reference(value));
    }

    /// Requires FTE of at most 3 × headcount: 1.0 is 37.5 hours a week, and nobody works three times that.
    pub fn fte(&mut self, field: &str, fte: Fte, headcount: i32) {
        if fte > Fte::whole(3 * i64::from(headcount.max(0))) {
            let description = "must be at most 3 × headcount";
            self.add(field, Reason::OutOfRange, description);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opaque_reference_has_neither_personal_data_nor_spaces() {
        for (value, reason) in [
            ("1980-02-29", Reason::PersonalData),
            ("QQ123456C", Reason::PersonalData),
            ("Jo Bloggs", Reason::Malformed),
            ("a@b.uk", Reason::Malformed),
        ] {
            let mut violations = Violations::default();
            violations.opaque("subject", value);
            let reasons: Vec<_> = violations.iter().map(|violation| violation.reason).collect();
            assert_eq!(reasons, [reason], "{value}");
        }
    }

    #[test]
    fn a_title_shows_something_on_one_line() {
        for (title, reason) in [
            ("\u{200b}", Reason::Required),
            ("\u{202e}evil", Reason::Malformed),
            ("para\u{2028}sep", Reason::Malformed),
            ("a\nb", Reason::Malformed),
        ] {
            let mut violations = Violations::default();
            violations.title("title", title);
            let reasons: Vec<_> = violations.iter().map(|violation| violation.reason).collect();
            assert_eq!(reasons, [reason], "{title:?}");
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
