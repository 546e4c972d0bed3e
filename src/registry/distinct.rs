//! Names without repetition.

use std::collections::HashSet;

/// The names, each once, in order.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let names: HashSet<&String> = names.collect();
    let mut names: Vec<String> = names.into_iter().cloned().collect();
    names.sort_unstable();
    names
}
