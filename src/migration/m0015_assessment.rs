//! Creates the table of assessments.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000009_assessment",
    table: "assessment",
    child: true,
    columns: |backend| {
        vec![
            schema::exact(backend, "subject"),
            schema::exact(backend, "skill"),
            schema::integer("level"),
            schema::integer("headcount"),
            schema::optional_number("fte"),
            schema::date("assessed_date"),
            schema::optional_date("valid_until_date"),
            schema::exact(backend, "source"),
            schema::exact(backend, "assessor"),
            schema::text("evidence_uri"),
        ]
    },
    filtered: &["subject", "skill"],
    ordered: &["assessed_date", "valid_until_date"],
    unique: &[],
};
