//! Rows that must not exist for a change of another resource to be allowed, told as data: the registry makes a
//! query of it.

use sea_orm::Value;

use super::{Kind, Refusal};

/// Rows that must not exist for a change to be allowed: where one does, the change is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct ForbiddenRows {
    /// The type of the rows.
    pub kind: Kind,
    /// What the rows hold: each of these tests must pass.
    pub tests: Vec<FieldTest>,
    /// The rule that the change would break.
    pub refusal: Refusal,
    /// The rule in words, said of the row that was found.
    pub message: &'static str,
}

/// A test of a row that passes where at least one of some fields holds such a value. Fields have the names that
/// they have in the proto, for the rule that asks belongs to another type.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTest {
    /// The fields.
    pub fields: &'static [&'static str],
    /// What one of them must hold.
    pub values: Values,
}

/// Values of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// This one.
    Equal(Value),
    /// Any but these.
    NoneOf(Vec<Value>),
    /// Those above this one.
    Above(Value),
    /// Those from this one on.
    AtLeast(Value),
    /// Those up to this one.
    AtMost(Value),
    /// Those below the first, or above the second.
    Outside(Value, Value),
    /// The names that begin with this prefix, which ends in `/`.
    NamesBelow(String),
}

impl FieldTest {
    /// Whether a field, or one of several, holds such a value.
    pub const fn new(fields: &'static [&'static str], values: Values) -> Self {
        Self { fields, values }
    }
}
