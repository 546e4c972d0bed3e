//! Targets: the FTE that a plan needs and funds.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Field, Fte, Plan, Reason, Reference, RelatedRows, Resource, ResourceType, Result, Violations,
    plan,
    resource::{RowChange, record},
};

/// Needed and funded FTE of a role in an organisation at the end of a period.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "target")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub parent: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub organisation: String,
    pub role: String,
    pub period_end_date: Date,
    pub needed_fte: Fte,
    pub funded_fte: Fte,
}

record!(parent);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::Target;
    const PARENTS: &'static [ResourceType] = &[ResourceType::Plan];
    const FIELDS: &'static [Field<Self>] = &[
        Field::name_of(Column::Organisation, &[ResourceType::Organisation]),
        Field::name_of(Column::Role, &[ResourceType::Role]),
        Field::date(Column::PeriodEndDate).ordered(),
        Field::exact(Column::NeededFte).ordered(),
        Field::exact(Column::FundedFte).ordered(),
    ];
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference::one(Column::Organisation, &[ResourceType::Organisation]),
        Reference::one(Column::Role, &[ResourceType::Role]),
    ];
    const NATURAL_KEY: &'static [Column] =
        &[Column::Parent, Column::Organisation, Column::Role, Column::PeriodEndDate];
    const IMMUTABLE: &'static [Column] =
        &[Column::Organisation, Column::Role, Column::PeriodEndDate];

    fn validate(&self, violations: &mut Violations) {
        violations.required("organisation", &self.organisation);
        violations.required("role", &self.role);
    }

    fn validate_against(
        change: RowChange<'_, Self>,
        related: &RelatedRows,
        violations: &mut Violations,
    ) -> Result<()> {
        let row = change.row();
        if let (RowChange::Create(_), Some(plan)) = (&change, related.get::<Plan>(&row.parent)) {
            let periods = plan.first_period_end_date..=plan.last_period_end_date;
            if !periods.contains(&row.period_end_date) {
                let description = "must be from the plan's first to its last period end date";
                violations.add("period_end_date", Reason::OutOfRange, description);
            }
        }
        plan::require_draft_parent(&row.parent, related)
    }
}
