//! The gap analysis over the wire.

mod answers;
mod figures;
mod queries;
