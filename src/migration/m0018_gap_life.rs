//! Adds columns to gaps for closing, reopening and the record of transitions.

use crate::store::schema::{self, RecordColumns};

pub const MIGRATION: RecordColumns = RecordColumns {
    migration: "m20261123_000014_gap_life",
    table: "gap",
    child: true,
    columns: |_| {
        vec![
            schema::optional_date("closure_proposed_date"),
            schema::json("closure_figures").default("null").take(),
            schema::integer("reopen_count").default(0).take(),
            schema::optional_date("reopened_date"),
            schema::json("transitions").default("[]").take(),
        ]
    },
    filtered: &[],
    ordered: &["closure_proposed_date"],
};
