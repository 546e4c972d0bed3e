//! The digital skills registry: roles, digital skills, workforce plans and people of the NHS, and the
//! gaps between plan and people, over gRPC.
//!
//! The house in one sentence: [`api`] speaks protobuf, [`domain`] speaks NHS, [`store`] speaks SQL;
//! each knows only its right-hand neighbour.
//!
//! ```text
//! proto ──► api ──► domain ──► store ──► SQLite | PostgreSQL
//! ```
//!
//! * [`api`]: wire to noun and back, the standard methods written once for all nouns, and the one
//!   mapping of an error to a status.
//! * [`domain`]: the nouns and their rules, the registry that reads and writes any of them, and the
//!   gap analysis, which is pure.
//! * [`store`]: keeps any record, versions it, and says what changed.
//! * [`report`]: how a board report looks, as HTML and as a spreadsheet; it knows what the domain says,
//!   and nothing else.
//! * [`server`], [`telemetry`], [`config`], [`cli`]: wiring. The command line is a client of the
//!   service like any other.
//!
//! The same noun has the same file name in every layer: `proto/digitalskills/v1/skill.proto`,
//! `api/skill.rs`, `domain/skill.rs`.

pub mod api;
pub mod cli;
pub mod config;
pub mod domain;
pub mod report;
pub mod server;
pub mod store;
pub mod telemetry;
