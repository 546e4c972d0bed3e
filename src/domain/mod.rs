//! The resource types of digital workforce planning and their rules: values, names, exact numbers, violations, errors.
//!
//! Each resource type is a file: its row (which is the resource type), what it refers to, and what must hold for it. What every
//! resource type has in common is written once, for any [`Resource type`]. Nothing here waits, or reads a database.

pub mod around;
mod as_of;
mod caller;
pub mod change;
mod error;
mod exact;
#[cfg(test)]
pub mod example;
mod field;
pub mod figures;
mod forbidden;
mod mutation;
pub mod name;
pub mod natural_key;
pub mod noun;
pub mod reference;
mod violation;

pub use around::Around;
pub use as_of::AsOf;
pub use caller::{Call, Caller, Right};
pub use change::{Change, ChangeFilter, Position};
pub use error::{Error, Refusal, Result};
pub use exact::{Exact, Fte, Inexact, Ratio};
pub use field::{Field, Holds};
pub use forbidden::{FieldTest, ForbiddenRows, Values};
pub use mutation::{Draft, Fields, Mutation, Outcome, RequestId, Writing, Written};
pub use noun::{Noun, Texts, etag};
pub use reference::Reference;
pub use violation::{Reason, Violation, Violations};

noun::nouns! {
    ($)
    Organisation in organisation,
    Framework in framework,
    Skill in skill,
    Role in role,
    Requirement in requirement,
    Plan in plan,
    Target in target,
    Staffing in staffing,
    Assessment in assessment,
    Gap in gap,
    GapSnapshot in gap_snapshot,
    Movement in movement,
    ClosureOption in closure_option,
}
