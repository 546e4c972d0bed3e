//! The gap analysis over the wire.

mod answers;
mod causes;
mod counted_assessments;
mod figures;
mod groups;
mod minimum_levels;
mod periods;
mod queries;
mod selections;
