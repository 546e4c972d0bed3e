//! The planning engines: gap analysis, plan audit, projection, closure, comparison, mutual aid, trends, and
//! the facts of a report. They are pure functions: no clock, no database, nothing asynchronous.

pub mod analysis;
pub mod audit;
pub mod closure;
pub mod comparison;
#[cfg(test)]
pub(crate) mod example;
pub mod gap_findings;
pub mod projection;
pub mod report;
pub mod surplus;
pub mod trend;
