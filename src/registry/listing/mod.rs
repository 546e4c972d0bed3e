//! Filters, orders and page marks of lists.

mod condition;
pub mod fields;
mod filter;
mod mark;
mod order;
mod parse;
mod predicate;
mod query;

pub use condition::Past;
pub use filter::{Filter, Way, Wrong, misread};
pub use mark::mark;
pub use query::ListQuery;
