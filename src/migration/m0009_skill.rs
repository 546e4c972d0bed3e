//! Creates the table of skills.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000003_skill",
    table: "skill",
    child: true,
    columns: |backend| {
        vec![
            schema::exact(backend, "title"),
            schema::text("description"),
            schema::exact(backend, "category"),
            schema::text("external_uri"),
            schema::json("alternative_labels"),
            schema::exact(backend, "broader_skill"),
            schema::flag("core"),
            schema::exact(backend, "state"),
            schema::exact(backend, "replaced_by"),
            schema::json("alignments"),
        ]
    },
    filtered: &["category", "broader_skill", "core", "state", "replaced_by"],
    ordered: &["title"],
    unique: &[],
};
