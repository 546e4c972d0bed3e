//! Creates the table of gaps.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000010_gap",
    table: "gap",
    child: true,
    columns: |backend| {
        vec![
            schema::exact(backend, "organisation"),
            schema::exact(backend, "role"),
            schema::exact(backend, "skill"),
            schema::exact(backend, "period_end_date"),
            schema::exact(backend, "kind"),
            schema::json("figures"),
            schema::exact(backend, "state"),
            schema::exact(backend, "owner"),
            schema::text("note"),
            schema::optional_date("due_date"),
            schema::optional_date("first_seen_date"),
            schema::optional_date("last_seen_date"),
        ]
    },
    filtered: &["organisation", "role", "skill", "kind", "state", "owner"],
    ordered: &["period_end_date", "due_date"],
    unique: &["parent", "organisation", "role", "skill", "period_end_date", "kind"],
};
