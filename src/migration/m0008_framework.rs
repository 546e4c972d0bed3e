//! Creates the table of frameworks.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000002_framework",
    table: "framework",
    child: false,
    columns: |backend| {
        vec![
            schema::exact(backend, "title"),
            schema::text("version"),
            schema::exact(backend, "publisher"),
            schema::text("licence"),
            schema::json("levels"),
            schema::exact(backend, "state"),
            schema::exact(backend, "supersedes"),
        ]
    },
    filtered: &["publisher", "state", "supersedes"],
    ordered: &["title"],
    unique: &[],
};
