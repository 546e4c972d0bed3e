//! What analyses look at, and the caches of it.
//!
//! An analysis reads many thousands of records and needs a few columns of each. Its inputs are therefore put
//! together from entries, each of which is built once from the rows and then kept in memory until something
//! that it is made of changes; what takes long to build is also kept in the database. A state of the past
//! takes the same way: what has not changed since is the same entry, and what has is built from the rows of
//! then.
//!
//! From the ground up: `key` says what is cached and which changes make it stale, `versions` since when
//! it is unchanged, `entry` what the caches hold; `memory` and `persisted` are the caches; `reader` reads one
//! state of the registry; `organisations` loads what there is much of, and `assemble` puts everything together.
//! The rows themselves are read by `registry/read`.

mod assemble;
mod entry;
mod key;
mod memory;
mod organisations;
mod persisted;
mod reader;
mod versions;

pub(super) use assemble::InputCaches;
