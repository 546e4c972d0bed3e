//! Requirements: skills that a role requires, or that a plan requires in addition.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Field, Framework, Ratio, Reason, Reference, RelatedRows, Resource, ResourceType, Result, Skill,
    Violations,
    framework::FrameworkState,
    name, plan,
    resource::{RowChange, record, term},
    role,
    skill::SkillState,
};

term! {
    /// Importance of a requirement; the greater is the stricter.
    pub enum Importance {
        Desirable,
        Essential,
    }
}

/// A required skill.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "requirement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub parent: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub skill: String,
    /// Minimum rank; 0 if any level is enough.
    pub minimum_level: i32,
    pub importance: Importance,
    pub weight: Ratio,
    pub minimum_holders: i32,
    pub needed_from_date: Option<Date>,
    /// On a plan, the role that the requirement applies to.
    pub role: String,
    /// On a plan, the family of roles that the requirement applies to.
    pub family: String,
}

record!(parent);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::Requirement;
    const PARENTS: &'static [ResourceType] = &[ResourceType::Role, ResourceType::Plan];
    const FIELDS: &'static [Field<Self>] = &[
        Field::name_of(Column::Skill, &[ResourceType::Skill]),
        Field::name_of(Column::Role, &[ResourceType::Role]),
        Field::text(Column::Family),
        Field::number(Column::MinimumLevel),
        Field::term::<Importance>(Column::Importance, "IMPORTANCE_"),
        Field::date(Column::NeededFromDate),
    ];
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference::one(Column::Skill, &[ResourceType::Skill]),
        Reference::one(Column::Role, &[ResourceType::Role]),
    ];
    const NATURAL_KEY: &'static [Column] =
        &[Column::Parent, Column::Role, Column::Family, Column::Skill];
    const IMMUTABLE: &'static [Column] = &[Column::Skill, Column::Role, Column::Family];

    fn validate(&self, violations: &mut Violations) {
        violations.required("skill", &self.skill);
        violations.range("minimum_level", self.minimum_level, 0..=20);
        violations.range("minimum_holders", self.minimum_holders, 1..=1_000);
        violations.range("weight", self.weight, Ratio::parts(1)..=Ratio::whole(1_000));
        role::check_family("family", &self.family, violations);
        let collection = name::collection_of(&self.parent);
        let on_role = collection == Some(ResourceType::Role.collection());
        let on_plan = collection == Some(ResourceType::Plan.collection());
        for (field, value) in [("role", &self.role), ("family", &self.family)] {
            if on_role && !value.is_empty() {
                let description = "must be empty on a role's requirement";
                violations.add(field, Reason::NotAllowed, description);
            }
        }
        if on_plan && self.role.is_empty() && self.family.is_empty() {
            let description = "must not be empty on a plan's requirement if family is empty";
            violations.add("role", Reason::Required, description);
        }
        if on_plan && !self.role.is_empty() && !self.family.is_empty() {
            violations.add("family", Reason::NotAllowed, "must be empty if role is set");
        }
    }

    fn validate_against(
        change: RowChange<'_, Self>,
        related: &RelatedRows,
        violations: &mut Violations,
    ) -> Result<()> {
        let row = change.row();
        if let RowChange::Create(_) | RowChange::Update(..) = change {
            let framework =
                name::parent_of(&row.skill).and_then(|name| related.get::<Framework>(name));
            if let Some(framework) = framework {
                framework.check_level("minimum_level", row.minimum_level, violations);
            }
            let retired =
                related.get::<Skill>(&row.skill).is_some_and(|s| s.state == SkillState::Retired)
                    || framework.is_some_and(|f| f.state == FrameworkState::Retired);
            if retired && matches!(change, RowChange::Create(_)) {
                let description = "must be an active skill of a framework that is not retired";
                violations.add("skill", Reason::ReferenceNotAllowed, description);
            }
        }
        plan::require_draft_parent(&row.parent, related)
    }
}

impl Model {
    /// Whether it applies to `role`, of `family`, in the period of `plan` that ends on that day: as a
    /// requirement of the role itself, or of the plan for the role or its family.
    pub fn falls_on(&self, plan: &str, role: &str, family: &str, period_end: Date) -> bool {
        let counts = self.needed_from_date.is_none_or(|from| from <= period_end);
        let of_role = self.parent == role;
        let of_plan = self.parent == plan
            && (self.role == role || (!self.family.is_empty() && self.family == family));
        counts && (of_role || of_plan)
    }
}
