//! The resource types of digital workforce planning and their rules: values, names, exact numbers, violations
//! and errors.
//!
//! Each resource type has a file with its row (which is the resource), the resources it refers to, and the
//! rules it must satisfy. What all resource types share is written once, for any [`Resource`]. Nothing here is
//! asynchronous or reads a database.

mod any_resource;
mod as_of;
mod caller;
pub mod change;
mod day;
mod error;
mod exact;
mod field;
pub mod figures;
mod forbidden;
mod mutation;
pub mod name;
pub mod name_form;
pub mod natural_key;
pub mod personal_data;
pub mod reference;
pub mod related_rows;
pub mod resource;
mod resource_name;
mod resource_type;
mod right;
pub mod text;
mod violation;

pub mod assessment;
pub mod closure_option;
pub mod framework;
pub mod gap;
pub mod gap_snapshot;
pub mod movement;
pub mod organisation;
pub mod plan;
pub mod requirement;
pub mod role;
pub mod skill;
pub mod staffing;
pub mod target;

pub use any_resource::AnyResource;
pub(crate) use any_resource::for_resource_type;
pub use as_of::{AsOf, Revision};
pub use caller::{Actor, Call, Caller};
pub use change::{Change, ChangeFilter, Position};
pub use day::day_in_london;
pub use error::{Error, Refusal, Result};
pub use exact::{Apportionment, Fte, FteError, Ratio};
pub use field::{Field, FieldType};
pub use forbidden::{FieldTest, ForbiddenRows, ForbiddenValues};
pub use mutation::{
    CommittedAnswer, Input, Mutation, Outcome, RequestId, UpdateFields, WriteOptions,
};
pub use reference::Reference;
pub use related_rows::RelatedRows;
pub use resource::{Resource, TextList, etag};
pub use resource_name::{ExpectedResource, ResourceName};
pub use resource_type::ResourceType;
pub use right::Right;
pub use violation::{Reason, Violation, Violations};

pub use assessment::Model as Assessment;
pub use closure_option::Model as ClosureOption;
pub use framework::Model as Framework;
pub use gap::Model as Gap;
pub use gap_snapshot::Model as GapSnapshot;
pub use movement::Model as Movement;
pub use organisation::Model as Organisation;
pub use plan::Model as Plan;
pub use requirement::Model as Requirement;
pub use role::Model as Role;
pub use skill::Model as Skill;
pub use staffing::Model as Staffing;
pub use target::Model as Target;
