//! Filters, orders and page marks of lists.

mod condition;
pub mod fields;
mod filter;
mod mark;
mod order;
pub mod order_by;
mod parse;
mod predicate;
mod query;

pub use condition::PastCondition;
pub use filter::{Filter, FilterError, FilterPath, misread};
pub use mark::mark;
pub use query::ListQuery;
