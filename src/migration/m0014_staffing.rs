//! Creates the table of staffing.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000008_staffing",
    table: "staffing",
    child: true,
    columns: |backend| {
        vec![
            schema::exact(backend, "subject"),
            schema::exact(backend, "role"),
            schema::integer("headcount"),
            schema::number("fte"),
            schema::date("start_date"),
            schema::optional_date("end_date"),
            schema::text("source"),
        ]
    },
    filtered: &["subject", "role"],
    ordered: &["start_date", "end_date"],
    unique: &[],
};
