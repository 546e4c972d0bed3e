//! Staffing: people in post, without their identity.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Field, Fte, Reason, Reference, Resource, ResourceType, Violations, resource::record};

/// A person or a group of people in post.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "staffing")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub parent: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub subject: String,
    pub role: String,
    /// 1 for a person, more for a group.
    pub headcount: i32,
    pub fte: Fte,
    pub start_date: Date,
    /// First day no longer in post.
    pub end_date: Option<Date>,
    pub source: String,
}

record!(parent);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::Staffing;
    const PARENTS: &'static [ResourceType] = &[ResourceType::Organisation];
    const FIELDS: &'static [Field<Self>] = &[
        Field::text(Column::Subject),
        Field::name_of(Column::Role, &[ResourceType::Role]),
        Field::date(Column::StartDate).ordered(),
        Field::date(Column::EndDate).ordered(),
    ];
    const REFERENCES: &'static [Reference<Self>] =
        &[Reference::one(Column::Role, &[ResourceType::Role])];
    const IMMUTABLE: &'static [Column] = &[Column::Subject];

    fn validate(&self, violations: &mut Violations) {
        violations.required("subject", &self.subject);
        violations.opaque("subject", &self.subject);
        violations.required("role", &self.role);
        violations.range("headcount", self.headcount, 1..=10_000_000);
        if !violations.has("headcount") {
            violations.fte("fte", self.fte, self.headcount);
        }
        violations.line("source", &self.source, 200);
        if self.end_date.is_some_and(|end| end <= self.start_date) && !violations.has("start_date")
        {
            violations.add("end_date", Reason::OutOfRange, "must be after start_date");
        }
    }
}
