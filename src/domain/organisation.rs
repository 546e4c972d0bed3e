//! Organisations, identified by their ODS codes.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Field, Reason, Reference, Resource, ResourceType, Violations,
    resource::{record, term},
};

term! {
    /// Kind of organisation.
    pub enum OrganisationKind {
        NationalBody,
        Region,
        IntegratedCareBoard,
        Trust,
        CareTrust,
        SpecialHealthAuthority,
        CommissioningSupportUnit,
        PrimaryCareNetwork,
        GeneralPractice,
        IndependentProvider,
        LocalAuthority,
        Other,
    }
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "organisation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub title: String,
    pub kind: OrganisationKind,
    /// Resource name of the parent organisation; empty at the top.
    pub parent: String,
    pub region_code: String,
    pub open_date: Option<Date>,
    pub close_date: Option<Date>,
    pub successor: String,
}

record!(; title);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::Organisation;
    const FIELDS: &'static [Field<Self>] = &[
        Field::text(Column::Title).ordered(),
        Field::term::<OrganisationKind>(Column::Kind, "ORGANISATION_KIND_"),
        Field::name_of(Column::Parent, &[ResourceType::Organisation]),
        Field::text(Column::RegionCode),
        Field::date(Column::OpenDate).ordered(),
        Field::date(Column::CloseDate).ordered(),
        Field::name_of(Column::Successor, &[ResourceType::Organisation]),
    ];
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference::chain(Column::Parent, &[ResourceType::Organisation]),
        Reference::one(Column::Successor, &[ResourceType::Organisation]),
    ];
    const RETAINS_NAMES: bool = true;

    fn validate(&self, violations: &mut Violations) {
        violations.title("title", &self.title);
        violations.code("region_code", &self.region_code, 9, |c| {
            c.is_ascii_uppercase() || c.is_ascii_digit()
        });
        if self.close_date.is_some_and(|close| self.open_date.is_some_and(|open| close < open)) {
            violations.add("close_date", Reason::OutOfRange, "must not be before open_date");
        }
    }

    /// A deleted organisation may be created again under its own title; its code is never given to another.
    fn may_reuse_name(&self, former: &Self) -> bool {
        self.title.trim().eq_ignore_ascii_case(former.title.trim())
    }
}
