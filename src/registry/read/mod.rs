//! Queries beyond single rows by name, one file per subject.

mod audit;
mod changed;
mod closure_options;
mod existence;
mod families;
mod gaps;
mod input_rows;
mod movements;
mod organisation_rows;
mod organisations;
mod past;
mod people;
mod plan;
mod related;
mod retention;
mod rows_as_of;
mod trends;
mod view;

pub(super) use audit::audit_inputs;
pub(super) use closure_options::closure_options;
pub(super) use existence::{get, not_found, require};
pub(super) use families::role_counts;
pub(super) use gaps::{known_gap_snapshots, known_gaps};
pub(super) use input_rows::{InputRows, ReplacedRows};
pub(super) use movements::movements;
pub(super) use organisations::organisations_at;
pub(super) use past::{Cursor, RowSelection};
pub(super) use plan::{has_targets, lying_under};
pub(super) use retention::{after_all, recognised, retained};
pub(super) use trends::gap_snapshots;
pub(super) use view::View;
