//! The planning engines: gap analysis, plan audit, projection, closure, comparison, mutual aid, trends, and
//! the facts of a report. They are pure functions: no clock, no database, nothing asynchronous.

pub mod analysis;
pub mod audit;
pub mod closure;
pub mod comparison;
#[cfg(test)]
pub(crate) mod example;
pub mod mutual_aid;
pub mod projection;
pub mod report;
pub mod survey;
pub mod trend;
