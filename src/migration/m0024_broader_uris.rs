//! Adds the addresses of broader concepts to skills.

use crate::store::schema::{self, RecordColumns};

pub const MIGRATION: RecordColumns = RecordColumns {
    migration: "m0024_broader_uris",
    table: "skill",
    child: true,
    columns: |_| vec![schema::json("broader_uris").default("[]").take()],
    filtered: &[],
    ordered: &[],
};
