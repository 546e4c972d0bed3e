//! Analysis inputs and their caches.
//!
//! An analysis reads many thousands of records and needs a few columns of each. Its inputs are therefore
//! assembled from entries, each built once from the rows and cached in memory until a record that it is built
//! from changes. Entries that are slow to build are also cached in the database. Past revisions use the same
//! path: what has not changed since is the same entry, and what has is built from the rows of that revision.
//!
//! From the bottom up: `key` says what is cached and which changes make it stale, `versions` since when it is
//! unchanged, `entry` what the caches hold; `memory` and `persisted` are the caches; `reader` reads one state of
//! the registry; `organisations` loads the data of organisations, and `assemble` puts everything together. The
//! rows themselves are read by `registry/read`.

mod assemble;
mod entry;
mod key;
mod memory;
mod organisations;
mod persisted;
mod reader;
mod versions;

pub(super) use assemble::InputCaches;
