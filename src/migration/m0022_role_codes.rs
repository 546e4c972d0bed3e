//! Indexes the codes of roles, so that lists can be filtered by them.

use crate::store::schema::ListIndex;

pub const MIGRATION: ListIndex =
    ListIndex { migration: "m0022_role_codes", table: "role", column: "codes" };
