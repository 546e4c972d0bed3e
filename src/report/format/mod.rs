//! The files that a report is written as.

pub mod html;
pub mod xlsx;
