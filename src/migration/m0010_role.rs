//! Creates the table of roles.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000004_role",
    table: "role",
    child: false,
    columns: |backend| {
        vec![
            schema::exact(backend, "title"),
            schema::exact(backend, "family"),
            schema::exact(backend, "group"),
            schema::integer("seniority"),
            schema::optional_exact(backend, "afc_band_from"),
            schema::optional_exact(backend, "afc_band_to"),
            schema::json("codes"),
            schema::text("description"),
        ]
    },
    filtered: &["family", "group"],
    ordered: &["title", "seniority"],
    unique: &[],
};
