//! Creates the table of movements.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000011_movement",
    table: "movement",
    child: true,
    columns: |backend| {
        vec![
            schema::exact(backend, "role"),
            schema::date("first_date"),
            schema::date("last_date"),
            schema::integer("opening_headcount"),
            schema::number("opening_fte"),
            schema::integer("joiner_headcount"),
            schema::number("joiner_fte"),
            schema::integer("leaver_headcount"),
            schema::number("leaver_fte"),
            schema::text("source"),
        ]
    },
    filtered: &["role"],
    ordered: &["first_date", "last_date"],
    unique: &["parent", "role", "first_date", "last_date"],
};
