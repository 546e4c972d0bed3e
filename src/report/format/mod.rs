//! File formats of a report.

pub mod html;
pub mod xlsx;
