//! Creates the table of gap snapshots, then called recordings.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000013_recording",
    table: "recording",
    child: true,
    columns: |backend| {
        vec![
            schema::exact(backend, "organisation"),
            schema::exact(backend, "skill"),
            schema::date("period_end_date"),
            schema::date("as_of_date"),
            schema::number("needed_fte"),
            schema::number("skilled_fte"),
            schema::number("shortfall_fte"),
            schema::exact(backend, "kind"),
        ]
    },
    filtered: &["organisation", "skill", "period_end_date", "kind"],
    ordered: &["as_of_date"],
    unique: &["parent", "organisation", "skill", "period_end_date", "as_of_date"],
};
