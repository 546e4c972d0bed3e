//! The digital skills registry: roles, digital skills, workforce plans and people of the NHS, and the
//! gaps between plan and people, served over gRPC.
//!
//! The layers in one sentence: [`api`] speaks protobuf, [`registry`] acts, [`planning`] thinks, [`domain`] names,
//! [`store`] keeps. Imports run one way, and so does a call:
//!
//! ```text
//! proto ──► api ──► registry ──► planning ──► domain
//!                       └──────► store ──► SQLite | PostgreSQL
//! ```
//!
//! * [`api`]: conversion between messages and resources, the standard methods written once for all types, and the
//!   one mapping of an error to a status.
//! * [`registry`]: the use cases: reads, writes, imports, the lifecycle of plans and gaps, the change feed,
//!   history, caches. The only asynchronous layer between the socket and the database.
//! * [`planning`]: the engines: gap analysis, plan audit, projection, closures, comparison, surplus, trends, the
//!   facts of a report. Values in, values out.
//! * [`domain`]: the resource types and their own rules. A row of the database is the resource itself.
//! * [`store`]: keeps any record, versions it, and says what changed. It knows no resource type.
//! * [`migration`]: the history of the database schema.
//! * [`report`]: the layout of a board report, as HTML and as a spreadsheet.
//! * [`server`], [`telemetry`], [`cli`]: wiring. The command line is a client of the
//!   service like any other.
//!
//! The same resource type has the same file name in every layer: `proto/digitalskills/v1/skill.proto`,
//! `api/skill.rs`, `domain/skill.rs`.

pub mod api;
pub mod cli;
pub mod domain;
pub mod migration;
pub mod planning;
pub mod registry;
pub mod report;
pub mod server;
pub mod store;
pub mod telemetry;
