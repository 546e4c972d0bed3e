//! Skills, each in a framework.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    Field, Framework, Reason, Reference, RelatedRows, Resource, ResourceType, Result, TextList,
    Violations,
    framework::FrameworkState,
    name,
    resource::{RowChange, record, term},
};

term! {
    /// Lifecycle state of a skill.
    pub enum SkillState {
        Active,
        Retired,
    }
}

term! {
    /// How closely a skill matches another.
    pub enum SkillAlignmentKind {
        Exact,
        Close,
        Broad,
        Narrow,
        Related,
    }
}

/// An alignment to a skill of another framework.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alignment {
    pub skill: String,
    pub kind: SkillAlignmentKind,
}

/// Alignments of a skill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Alignments(pub Vec<Alignment>);

/// A skill.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "skill")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub parent: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub title: String,
    pub description: String,
    pub category: String,
    pub external_uri: String,
    pub alternative_labels: TextList,
    pub broader_skill: String,
    pub core: bool,
    pub state: SkillState,
    pub replaced_by: String,
    pub alignments: Alignments,
    #[serde(default)]
    pub broader_uris: TextList,
}

record!(parent; title, category);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::Skill;
    const PARENTS: &'static [ResourceType] = &[ResourceType::Framework];
    const FIELDS: &'static [Field<Self>] = &[
        Field::text(Column::Title).ordered(),
        Field::text(Column::Category),
        Field::name_of(Column::BroaderSkill, &[ResourceType::Skill]),
        Field::flag(Column::Core),
        Field::term::<SkillState>(Column::State, "SKILL_STATE_"),
        Field::name_of(Column::ReplacedBy, &[ResourceType::Skill]),
    ];
    const LONG_COLUMNS: &'static [Column] =
        &[Column::Description, Column::AlternativeLabels, Column::Alignments, Column::BroaderUris];
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference::chain(Column::BroaderSkill, &[ResourceType::Skill]),
        Reference::chain(Column::ReplacedBy, &[ResourceType::Skill]),
        Reference::each(Column::Alignments, "skill", &[ResourceType::Skill]),
    ];

    fn validate(&self, violations: &mut Violations) {
        violations.title("title", &self.title);
        violations.prose("description", &self.description);
        violations.line("category", &self.category, 200);
        violations.uri("external_uri", &self.external_uri);
        violations.items("alternative_labels", &self.alternative_labels.0, 200);
        for (i, label) in self.alternative_labels.0.iter().enumerate() {
            violations.title(&format!("alternative_labels[{i}]"), label);
        }
        violations.items("broader_uris", &self.broader_uris.0, 20);
        for (i, uri) in self.broader_uris.0.iter().enumerate() {
            let field = format!("broader_uris[{i}]");
            violations.required(&field, uri);
            violations.uri(&field, uri);
        }
        if !self.broader_skill.is_empty()
            && name::parent_of(&self.broader_skill) != Some(&self.parent)
            && !self.parent.is_empty()
        {
            let description = "must be a skill of the same framework";
            violations.add("broader_skill", Reason::ReferenceNotAllowed, description);
        }
        if !self.replaced_by.is_empty() && self.state != SkillState::Retired {
            let description = "must be empty unless state is RETIRED";
            violations.add("replaced_by", Reason::NotAllowed, description);
        }
        self.check_alignments(violations);
    }

    /// Skills of a published framework can be retired and their texts corrected; nothing else of them changes.
    fn validate_against(
        change: RowChange<'_, Self>,
        related: &RelatedRows,
        _violations: &mut Violations,
    ) -> Result<()> {
        let Some(framework) = related.get::<Framework>(&change.row().parent) else {
            return Ok(());
        };
        let allowed = match (&change, framework.state) {
            (_, FrameworkState::Draft) => true,
            (RowChange::Update(before, after), FrameworkState::Published) => {
                let content = Self {
                    state: before.state,
                    replaced_by: before.replaced_by.clone(),
                    title: before.title.clone(),
                    description: before.description.clone(),
                    alternative_labels: before.alternative_labels.clone(),
                    ..(*after).clone()
                };
                content == **before
            }
            _ => false,
        };
        if allowed {
            return Ok(());
        }
        Err(framework.frozen(
            "its skills can no longer change, but for titles, descriptions and alternative labels, \
             and to be retired",
        ))
    }
}

impl Model {
    fn check_alignments(&self, violations: &mut Violations) {
        let list = &self.alignments.0;
        violations.items("alignments", list, 100);
        for (i, alignment) in list.iter().enumerate() {
            let field = format!("alignments[{i}].skill");
            violations.required(&field, &alignment.skill);
            if alignment.skill == self.name {
                let description = "must not be the skill itself";
                violations.add(&field, Reason::ReferenceNotAllowed, description);
            }
            if list[..i].iter().any(|other| other.skill == alignment.skill) {
                violations.add(&field, Reason::Duplicate, "must not name a skill twice");
            }
        }
    }
}
