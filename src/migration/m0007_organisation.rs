//! Creates the table of organisations.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000001_organisation",
    table: "organisation",
    child: false,
    columns: |backend| {
        vec![
            schema::exact(backend, "title"),
            schema::exact(backend, "kind"),
            schema::exact(backend, "parent"),
            schema::exact(backend, "region_code"),
            schema::optional_date("open_date"),
            schema::optional_date("close_date"),
            schema::exact(backend, "successor"),
        ]
    },
    filtered: &["kind", "parent", "region_code", "successor"],
    ordered: &["title", "open_date", "close_date"],
    unique: &[],
};
