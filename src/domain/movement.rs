//! Movements: joiners and leavers by role and time span. Turnover rates follow from them.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use chrono::Months;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Field, Fte, Reason, Reference, Resource, ResourceType, Violations, resource::record};

/// Maximum length of a movement, in months.
const MAX_MONTHS: Months = Months::new(120);

/// Number of people in post at the start of a time span, and of joiners and leavers during it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "movement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub parent: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    /// Resource name; empty for all staff together.
    pub role: String,
    pub first_date: Date,
    /// Last day of the time span.
    pub last_date: Date,
    pub opening_headcount: i32,
    pub opening_fte: Fte,
    pub joiner_headcount: i32,
    pub joiner_fte: Fte,
    pub leaver_headcount: i32,
    pub leaver_fte: Fte,
    pub source: String,
}

record!(parent);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::Movement;
    const PARENTS: &'static [ResourceType] = &[ResourceType::Organisation];
    const FIELDS: &'static [Field<Self>] = &[
        Field::name_of(Column::Role, &[ResourceType::Role]),
        Field::date(Column::FirstDate).ordered(),
        Field::date(Column::LastDate).ordered(),
    ];
    const REFERENCES: &'static [Reference<Self>] =
        &[Reference::one(Column::Role, &[ResourceType::Role])];
    const NATURAL_KEY: &'static [Column] =
        &[Column::Parent, Column::Role, Column::FirstDate, Column::LastDate];
    const IMMUTABLE: &'static [Column] = &[Column::Role, Column::FirstDate, Column::LastDate];

    fn validate(&self, violations: &mut Violations) {
        let dated = !violations.has("first_date") && !violations.has("last_date");
        if dated && self.last_date < self.first_date {
            violations.add("last_date", Reason::OutOfRange, "must not be before first_date");
        }
        let latest = self.first_date.checked_add_months(MAX_MONTHS);
        if dated && latest.is_some_and(|latest| self.last_date >= latest) {
            let description = "must be less than ten years after first_date";
            violations.add("last_date", Reason::OutOfRange, description);
        }
        for (people, headcount, field, fte) in [
            ("opening_headcount", self.opening_headcount, "opening_fte", self.opening_fte),
            ("joiner_headcount", self.joiner_headcount, "joiner_fte", self.joiner_fte),
            ("leaver_headcount", self.leaver_headcount, "leaver_fte", self.leaver_fte),
        ] {
            violations.range(people, headcount, 0..=10_000_000);
            if !violations.has(people) {
                violations.fte(field, fte, headcount);
            }
        }
        violations.line("source", &self.source, 200);
    }
}
