//! Answers of the planning engines: gaps, projections, closures, comparisons, audits and reports, and the caches
//! that they read from.

mod closure;
mod comparison;
mod gap_analysis;
mod memory_cache;
mod model;
mod paged_answers;
mod persisted_cache;
mod plan_audit;
mod projection;
mod properties;
mod random_inputs;
mod report;
mod wide;
