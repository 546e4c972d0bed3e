//! Rows that must not exist for a change of another resource to be allowed. Rules describe them as data; the
//! registry builds the query.

use sea_orm::Value;

use super::{Refusal, ResourceType};

/// Rows that must not exist for a change to be allowed; if one does, the change is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct ForbiddenRows {
    /// Type of the rows.
    pub kind: ResourceType,
    /// Tests that a row must all pass to count.
    pub tests: Vec<FieldTest>,
    /// Rule that the change would break.
    pub refusal: Refusal,
    /// The rule in words; the error puts the name of the row found before it.
    pub message: &'static str,
}

/// Test of a row that passes if at least one of the fields has such a value. Fields are named as in the
/// proto, because the rule may belong to another resource type.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTest {
    /// Names of the fields.
    pub fields: &'static [&'static str],
    /// Values to test for.
    pub values: ForbiddenValues,
}

/// Set of values of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum ForbiddenValues {
    /// This value.
    Equal(Value),
    /// One of these values.
    OneOf(Vec<Value>),
    /// Any value but these.
    NoneOf(Vec<Value>),
    /// Values from this one on.
    AtLeast(Value),
    /// Values up to this one.
    AtMost(Value),
    /// Values below the first or above the second.
    Outside(Value, Value),
    /// Resource names that begin with this prefix, which ends in `/`.
    NamesBelow(String),
}

impl FieldTest {
    /// Tests whether at least one of the fields has such a value.
    pub const fn new(fields: &'static [&'static str], values: ForbiddenValues) -> Self {
        Self { fields, values }
    }
}
