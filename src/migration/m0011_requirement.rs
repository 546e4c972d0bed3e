//! Creates the table of requirements.

use crate::store::schema::{self, RecordTable};

pub const MIGRATION: RecordTable = RecordTable {
    migration: "m20261123_000005_requirement",
    table: "requirement",
    child: true,
    columns: |backend| {
        vec![
            schema::exact(backend, "skill"),
            schema::integer("minimum_level"),
            schema::exact(backend, "importance"),
            schema::number("weight"),
            schema::integer("minimum_holders"),
            schema::optional_date("needed_from_date"),
            schema::exact(backend, "role"),
            schema::exact(backend, "family"),
        ]
    },
    filtered: &["skill", "role", "family", "minimum_level", "importance", "needed_from_date"],
    ordered: &[],
    unique: &["parent", "role", "family", "skill"],
};
