//! The tests of the service: the real server on a real socket, called through the generated client,
//! on SQLite and on PostgreSQL.

mod harness;

mod contract;

mod analysis;
mod assessment;
mod framework;
mod gap;
mod import_files;
mod layers;
mod organisation;
mod plan;
mod program;
mod requirement;
mod role;
mod rpcs;
mod schema;
mod skill;
mod staffing;
mod target;
mod telemetry;
