//! The nouns of digital workforce planning and their rules.
//!
//! Each noun is a file: its row (which is the noun), what it refers to, and what must hold for it.
//! What every noun has in common is written once, for any [`Noun`]: how a change is worked out and
//! judged (`step`), and how it is read and written ([`Registry`], the only async part). The gap
//! analysis ([`analysis`]), the plan audit ([`audit`]), projections ([`projection`]) and the choice of what
//! closes gaps ([`closure`]) are pure: values in, values out; so is the board report ([`report`]) made of
//! them.

pub mod analysis;
mod around;
pub mod audit;
mod caller;
pub mod change;
pub mod closure;
pub mod comparison;
mod error;
mod exact;
#[cfg(test)]
mod example;
mod listing;
pub mod migration;
mod mutation;
pub mod mutual_aid;
pub mod name;
mod noun;
pub mod projection;
mod reference;
mod registry;
pub mod report;
mod staged;
mod step;
pub mod trend;
mod violation;

pub use around::{Around, Probe};
pub use caller::{Call, Caller, Right};
pub use change::{Change, ChangeFilter, Position};
pub use error::{Error, Refusal, Result};
pub use exact::{Exact, Fte, Inexact};
pub use listing::{Field, Filter, Holds, ListQuery, mark};
pub use mutation::{Draft, Fields, Mutation, Outcome, RequestId, Writing, Written};
pub use noun::{Noun, Texts, etag};
pub use reference::Reference;
pub use registry::{
    Absent, Audited, BATCH, ChangesPage, Event, Export, FeedLimits, ImportSession, Page,
    Recommended, Recorded, Registry, RoleFamilyCount, Start, Watch, WatchPlace, WatchQuery, seat,
};
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
    Recording in recording,
    Movement in movement,
    ClosureOption in closure_option,
}
