//! The tests of the service: the real server on a real socket, called through the generated client,
//! on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails says so by panicking"
)]

mod harness;

mod analysis;
mod cli;
mod contract;
mod faults;
mod feed;
mod limits;
mod meta;
mod protocols;
mod resources;
mod robustness;
