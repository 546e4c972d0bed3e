//! The gap analysis over the wire.

mod answers;
mod causes;
mod figures;
mod queries;
