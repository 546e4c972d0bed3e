//! The engines: gap analysis, plan audit, projection, the choice of what closes gaps, comparison, surplus,
//! trends, and the facts of a report. Values in, values out: no clock, no database, nothing that waits.

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
