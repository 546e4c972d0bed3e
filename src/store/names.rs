//! Names as the databases compare them, byte by byte, and names of tables.

use std::ops::Range;

/// The range of all names that begin with a prefix; every name for an empty prefix, so that its end comes after
/// them all.
pub fn name_range(prefix: &str) -> Range<String> {
    let end = match prefix.char_indices().next_back() {
        // Names are ASCII, so that every last character has one after it.
        Some((at, last)) => {
            let next = char::from_u32(u32::from(last) + 1).unwrap_or(char::MAX);
            format!("{}{next}", &prefix[..at])
        }
        None => char::MAX.to_string(),
    };
    prefix.to_owned()..end
}

/// Table of the items of a list column, with the columns `name` of the record and `value`.
pub(super) fn list_table(table: &str, column: &str) -> String {
    format!("{table}_{column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_the_names_that_begin_with_its_prefix() {
        let roles = name_range("roles/a/requirements/");
        for (name, within) in [
            ("roles/a/requirements/", true),
            ("roles/a/requirements/0", true),
            ("roles/a/requirements/zz", true),
            ("roles/a/requirements-b/c", false),
            ("roles/a/requirements0", false),
            ("roles/a0/requirements/a", false),
            ("roles/a", false),
        ] {
            assert_eq!(roles.contains(&name.to_owned()), within, "{name}");
        }
        assert!(name_range("").contains(&"roles/zzz".to_owned()));
    }
}
