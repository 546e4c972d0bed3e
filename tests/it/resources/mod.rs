//! Rules of the resource types, one file each; the levels of frameworks and how gaps are recorded have a second
//! one.

mod assessment;
mod closure_option;
mod framework;
mod framework_levels;
mod gap;
mod gap_recording;
mod gap_snapshot;
mod movement;
mod organisation;
mod plan;
mod requirement;
mod role;
mod skill;
mod staffing;
mod target;
