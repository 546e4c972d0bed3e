//! The tests of the service: the real server on a real socket, called through the generated client,
//! on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails says so by panicking"
)]

mod harness;

mod contract;

mod analysis;
mod analysis_memory_cache;
mod analysis_persisted_cache;
mod assessment;
mod catalogue;
mod changes;
mod clock;
mod closure;
mod closure_option;
mod comparison;
mod doors;
mod exports;
mod faults;
mod filters;
mod framework;
mod gap;
mod gap_analysis;
mod gap_snapshot;
mod generate;
mod histories;
mod import_files;
mod imports;
mod layers;
mod limits;
mod migrations;
mod movement;
mod operating;
mod organisation;
mod paging;
mod plan;
mod plan_audit;
mod program;
mod projection;
mod published;
mod report;
mod requests;
mod requirement;
mod robustness;
mod role;
mod rpcs;
mod schema;
mod skill;
mod staffing;
mod target;
mod telemetry;
mod together;
mod torture;
mod waiting;
mod wide;
