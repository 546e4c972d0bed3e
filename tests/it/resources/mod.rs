//! The rules of each resource type, in a file of its name.

mod assessment;
mod closure_option;
mod framework;
mod gap;
mod gap_snapshot;
mod movement;
mod organisation;
mod plan;
mod requirement;
mod role;
mod skill;
mod staffing;
mod target;
