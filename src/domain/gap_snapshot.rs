//! Gap snapshots: the shortfall of a skill in an organisation as recorded on a day. Trends are drawn from
//! them.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Actor, Field, Fte, Reason, Reference, RelatedRows, Resource, ResourceType, Result, Violations,
    resource::{RowChange, record, term},
};

term! {
    /// Source of a gap snapshot.
    #[derive(Default)]
    pub enum GapSnapshotKind {
        Analysed,
        #[default]
        Reported,
    }
}

/// Needed, skilled and missing FTE of a skill in an organisation on a day, summed over roles.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "gap_snapshot")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub parent: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub organisation: String,
    pub skill: String,
    /// Last day of the period whose targets are measured against.
    pub period_end_date: Date,
    /// Day of the figures.
    pub as_of_date: Date,
    pub needed_fte: Fte,
    pub skilled_fte: Fte,
    /// Sum of the shortfalls of roles. It exceeds needed − skilled if a role has a surplus.
    pub shortfall_fte: Fte,
    pub kind: GapSnapshotKind,
}

record!(parent);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::GapSnapshot;
    const PARENTS: &'static [ResourceType] = &[ResourceType::Plan];
    const FIELDS: &'static [Field<Self>] = &[
        Field::name_of(Column::Organisation, &[ResourceType::Organisation]),
        Field::name_of(Column::Skill, &[ResourceType::Skill]),
        Field::date(Column::PeriodEndDate),
        Field::date(Column::AsOfDate).ordered(),
        Field::term::<GapSnapshotKind>(Column::Kind, "GAP_SNAPSHOT_KIND_"),
    ];
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference::one(Column::Organisation, &[ResourceType::Organisation]),
        Reference::one(Column::Skill, &[ResourceType::Skill]),
    ];
    const NATURAL_KEY: &'static [Column] = &[
        Column::Parent,
        Column::Organisation,
        Column::Skill,
        Column::PeriodEndDate,
        Column::AsOfDate,
    ];
    const IMMUTABLE: &'static [Column] =
        &[Column::Organisation, Column::Skill, Column::PeriodEndDate, Column::AsOfDate];
    const OUTPUT_ONLY: &'static [Column] = &[Column::Kind];

    fn on_create(&mut self, _actor: Actor<'_>) {
        self.kind = GapSnapshotKind::Reported;
    }

    fn validate(&self, violations: &mut Violations) {
        violations.required("organisation", &self.organisation);
        violations.required("skill", &self.skill);
        let least = (self.needed_fte - self.skilled_fte).or_zero();
        if !(least..=self.needed_fte).contains(&self.shortfall_fte)
            && !violations.has("needed_fte")
            && !violations.has("skilled_fte")
        {
            let description = "must be from max(0, needed_fte − skilled_fte) to needed_fte";
            violations.add("shortfall_fte", Reason::OutOfRange, description);
        }
    }

    /// The figures of an analysis cannot be changed by callers.
    fn validate_against(
        change: RowChange<'_, Self>,
        _related: &RelatedRows,
        violations: &mut Violations,
    ) -> Result<()> {
        if let RowChange::Update(before, after) = change
            && before.kind == GapSnapshotKind::Analysed
        {
            for (field, changed) in [
                ("needed_fte", before.needed_fte != after.needed_fte),
                ("skilled_fte", before.skilled_fte != after.skilled_fte),
                ("shortfall_fte", before.shortfall_fte != after.shortfall_fte),
            ] {
                if changed {
                    let description = "must not change: an analysis recorded it";
                    violations.add(field, Reason::NotAllowed, description);
                }
            }
        }
        Ok(())
    }
}
