//! Creates the table of targets.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000007_target",
    table: "target",
    child: true,
    columns: |backend| {
        vec![
            schema::exact(backend, "organisation"),
            schema::exact(backend, "role"),
            schema::date("period_end_date"),
            schema::number("needed_fte"),
            schema::number("funded_fte"),
        ]
    },
    filtered: &["organisation", "role"],
    ordered: &["period_end_date", "needed_fte", "funded_fte"],
    unique: &["parent", "organisation", "role", "period_end_date"],
};
