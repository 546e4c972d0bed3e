//! Closure options: ways to close a gap, with their cost and effect.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use std::collections::HashSet;

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    Field, Framework, Fte, Ratio, Reason, Reference, RelatedRows, Resource, ResourceType, Result,
    Violations, name,
    resource::{RowChange, record, term},
    role,
};

term! {
    /// Kind of closure option.
    pub enum ClosureOptionKind {
        Assess,
        Recertify,
        Train,
        Recruit,
        Share,
    }
}

term! {
    /// Kind of dependency on another option.
    pub enum DependencyKind {
        Excludes,
        Requires,
    }
}

/// Dependency on another option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    pub option: String,
    pub kind: DependencyKind,
}

/// Dependencies on other options.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Dependencies(pub Vec<Dependency>);

/// A way to close gaps.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "closure_option")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub title: String,
    pub kind: ClosureOptionKind,
    /// Resource name; empty for every organisation.
    pub organisation: String,
    /// Resource name; empty for every role, or every role of the family.
    pub role: String,
    pub family: String,
    pub skill: String,
    /// Rank that people must have to be trained.
    pub from_level: i32,
    /// Rank that they have afterwards; 0 for whatever level is required.
    pub to_level: i32,
    pub cost_per_head_pence: i64,
    pub fte_per_head: Fte,
    pub success_probability: Ratio,
    /// Maximum headcount in a period; 0 for no limit.
    pub capacity_per_period: i32,
    pub lead_time_days: i32,
    pub relations: Dependencies,
    pub description: String,
}

record!(; title);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::ClosureOption;
    const FIELDS: &'static [Field<Self>] = &[
        Field::text(Column::Title).ordered(),
        Field::term::<ClosureOptionKind>(Column::Kind, "CLOSURE_OPTION_KIND_"),
        Field::name_of(Column::Organisation, &[ResourceType::Organisation]),
        Field::name_of(Column::Role, &[ResourceType::Role]),
        Field::text(Column::Family),
        Field::name_of(Column::Skill, &[ResourceType::Skill]),
        Field::number(Column::CostPerHeadPence).ordered(),
    ];
    const LONG_COLUMNS: &'static [Column] = &[Column::Relations, Column::Description];
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference::one(Column::Organisation, &[ResourceType::Organisation]),
        Reference::one(Column::Role, &[ResourceType::Role]),
        Reference::one(Column::Skill, &[ResourceType::Skill]),
        Reference::each(Column::Relations, "option", &[ResourceType::ClosureOption]),
    ];

    fn validate(&self, violations: &mut Violations) {
        violations.title("title", &self.title);
        role::check_family("family", &self.family, violations);
        if !self.role.is_empty() && !self.family.is_empty() {
            violations.add("family", Reason::NotAllowed, "must be empty if role is set");
        }
        violations.required("skill", &self.skill);
        if self.kind != ClosureOptionKind::Train && self.from_level != 0 {
            let description = "must be 0 unless kind is TRAIN";
            violations.add("from_level", Reason::NotAllowed, description);
        }
        if self.to_level != 0 && self.from_level > self.to_level {
            let description = "must not be lower than from_level";
            violations.add("to_level", Reason::OutOfRange, description);
        }
        violations.range("cost_per_head_pence", self.cost_per_head_pence, 0..=1_000_000_000_000);
        violations.range("fte_per_head", self.fte_per_head, Fte::parts(1)..=Fte::whole(3));
        let possible = Ratio::parts(1)..=Ratio::ONE;
        violations.range("success_probability", self.success_probability, possible);
        violations.range("capacity_per_period", self.capacity_per_period, 0..=10_000_000);
        violations.range("lead_time_days", self.lead_time_days, 0..=3_650);
        violations.prose("description", &self.description);
        self.check_relations(violations);
    }

    fn validate_against(
        change: RowChange<'_, Self>,
        related: &RelatedRows,
        violations: &mut Violations,
    ) -> Result<()> {
        let row = change.row();
        let framework = name::parent_of(&row.skill).and_then(|name| related.get::<Framework>(name));
        if let (Some(framework), RowChange::Create(_) | RowChange::Update(..)) =
            (framework, &change)
        {
            framework.check_level("from_level", row.from_level, violations);
            framework.check_level("to_level", row.to_level, violations);
        }
        Ok(())
    }
}

impl Model {
    fn check_relations(&self, violations: &mut Violations) {
        violations.items("relations", &self.relations.0, 50);
        let mut seen = HashSet::new();
        for (i, relation) in self.relations.0.iter().enumerate() {
            let field = format!("relations[{i}].option");
            violations.required(&field, &relation.option);
            if relation.option == self.name && !self.name.is_empty() {
                violations.add(&field, Reason::ReferenceNotAllowed, "must be another option");
            }
            if !seen.insert(&relation.option) {
                violations.add(&field, Reason::Duplicate, "must not name an option twice");
            }
        }
    }
}
