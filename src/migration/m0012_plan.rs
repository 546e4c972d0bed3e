//! Creates the table of plans.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000006_plan",
    table: "plan",
    child: false,
    columns: |backend| {
        vec![
            schema::exact(backend, "title"),
            schema::exact(backend, "owner"),
            schema::date("first_period_end_date"),
            schema::date("last_period_end_date"),
            schema::exact(backend, "state"),
            schema::exact(backend, "supersedes"),
            schema::exact(backend, "baseline_plan"),
            schema::exact(backend, "author"),
            schema::exact(backend, "approver"),
        ]
    },
    filtered: &["owner", "state", "supersedes", "baseline_plan", "author"],
    ordered: &["title", "first_period_end_date", "last_period_end_date"],
    unique: &[],
};
