//! Creates the table of closure options.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000012_closure_option",
    table: "closure_option",
    child: false,
    columns: |backend| {
        vec![
            schema::exact(backend, "title"),
            schema::exact(backend, "kind"),
            schema::exact(backend, "organisation"),
            schema::exact(backend, "role"),
            schema::exact(backend, "family"),
            schema::exact(backend, "skill"),
            schema::integer("from_level"),
            schema::integer("to_level"),
            schema::number("cost_per_head_pence"),
            schema::number("fte_per_head"),
            schema::number("success_probability"),
            schema::integer("capacity_per_period"),
            schema::integer("lead_time_days"),
            schema::json("relations"),
            schema::text("description"),
        ]
    },
    filtered: &["kind", "organisation", "role", "family", "skill"],
    ordered: &["title", "cost_per_head_pence"],
    unique: &[],
};
