//! Makes the table of a framework.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000002_framework",
    table: "framework",
    child: false,
    columns: |backend| {
        vec![
            schema::text("title"),
            schema::text("version"),
            schema::text("publisher"),
            schema::text("licence"),
            schema::json("levels"),
            schema::exact(backend, "state"),
            schema::exact(backend, "supersedes"),
        ]
    },
    indexes: &[&["supersedes"]],
    unique: &[],
};
