//! Skill frameworks and their levels.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    Actor, Error, Field, FieldTest, ForbiddenRows, ForbiddenValues, Reason, Reference, Refusal,
    RelatedRows, Resource, ResourceType, Result, Violations, name,
    resource::{RowChange, record, term},
};

term! {
    /// Lifecycle state of a framework.
    #[derive(Default)]
    pub enum FrameworkState {
        #[default]
        Draft,
        Published,
        Retired,
    }
}

/// A level of a framework.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Rank from 1, the lowest level.
    pub rank: i32,
    pub id: String,
    pub title: String,
    pub description: String,
}

/// Levels of a framework, the lowest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Levels(pub Vec<Level>);

/// A skill framework.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "framework")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub title: String,
    pub version: String,
    pub publisher: String,
    pub licence: String,
    pub levels: Levels,
    pub state: FrameworkState,
    pub supersedes: String,
}

record!(; title, publisher);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::Framework;
    const FIELDS: &'static [Field<Self>] = &[
        Field::text(Column::Title).ordered(),
        Field::text(Column::Publisher),
        Field::term::<FrameworkState>(Column::State, "FRAMEWORK_STATE_"),
        Field::name_of(Column::Supersedes, &[ResourceType::Framework]),
    ];
    const LONG_COLUMNS: &'static [Column] = &[Column::Levels];
    const REFERENCES: &'static [Reference<Self>] =
        &[Reference::chain(Column::Supersedes, &[ResourceType::Framework])];
    const OUTPUT_ONLY: &'static [Column] = &[Column::State];

    fn on_create(&mut self, _actor: Actor<'_>) {
        self.state = FrameworkState::Draft;
    }

    fn validate(&self, violations: &mut Violations) {
        violations.title("title", &self.title);
        violations.line("version", &self.version, 64);
        violations.line("publisher", &self.publisher, 200);
        violations.line("licence", &self.licence, 200);
        self.check_levels(violations);
    }

    fn validate_against(
        change: RowChange<'_, Self>,
        _related: &RelatedRows,
        _violations: &mut Violations,
    ) -> Result<()> {
        match change {
            RowChange::Update(before, after) => match before.state {
                FrameworkState::Draft => Ok(()),
                FrameworkState::Published if before.levels.has_ids_of(&after.levels) => Ok(()),
                FrameworkState::Published => Err(before.frozen(
                    "its levels can no longer change, but for their titles and descriptions",
                )),
                FrameworkState::Retired => Err(before.frozen("it can no longer change")),
            },
            _ => Ok(()),
        }
    }

    /// A rank that any resource names must go on standing for the same level.
    fn forbidden_rows(before: &Self, after: &Self) -> Vec<ForbiddenRows> {
        let reassigned = before.levels.reassigned(&after.levels);
        if reassigned.is_empty() {
            return Vec::new();
        }
        let skills = format!("{}/{}/", before.name, ResourceType::Skill.collection());
        let naming = |kind, fields, lowest: i32| {
            let ranks = reassigned.iter().filter(|rank| **rank >= lowest);
            ForbiddenRows {
                kind,
                tests: vec![
                    FieldTest::new(&["skill"], ForbiddenValues::NamesBelow(skills.clone())),
                    FieldTest::new(
                        fields,
                        ForbiddenValues::OneOf(ranks.map(|rank| (*rank).into()).collect()),
                    ),
                ],
                refusal: Refusal::LevelInUse,
                message: "it names a rank that would stand for another level; ranks in use keep their level ids",
            }
        };
        // Only in an assessment does 0 depend on the levels: there it means below the lowest.
        vec![
            naming(ResourceType::Requirement, &["minimum_level"], 1),
            naming(ResourceType::Assessment, &["level"], 0),
            naming(ResourceType::ClosureOption, &["from_level", "to_level"], 1),
        ]
    }
}

impl Levels {
    /// Id of the level of this rank.
    fn id(&self, rank: usize) -> Option<&str> {
        self.0.get(rank.checked_sub(1)?).map(|level| level.id.as_str())
    }

    /// Whether every rank stands for the same level in both.
    fn has_ids_of(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.reassigned(other).is_empty()
    }

    /// Ranks that stand for another level in `after`, or for none; among them 0, below every level, if the
    /// lowest level is another.
    fn reassigned(&self, after: &Self) -> Vec<i32> {
        let is_kept = |rank: usize| self.id(rank.max(1)) == after.id(rank.max(1));
        let ranks = (0..=self.0.len()).filter(|rank| !is_kept(*rank));
        ranks.filter_map(|rank| i32::try_from(rank).ok()).collect()
    }
}

impl Model {
    fn check_levels(&self, violations: &mut Violations) {
        violations.items("levels", &self.levels.0, 20);
        for (i, level) in self.levels.0.iter().enumerate() {
            let at = |field| format!("levels[{i}].{field}");
            if usize::try_from(level.rank) != Ok(i + 1) {
                let description = "must be the position of the level, from 1";
                violations.add(&at("rank"), Reason::OutOfRange, description);
            }
            if name::parse_id(ResourceType::Framework, &level.id).is_none() {
                let form = name::id_form(ResourceType::Framework);
                violations.add(&at("id"), Reason::Malformed, form);
            }
            let personal = name::personal_data_in_id(ResourceType::Framework, &level.id);
            violations.impersonal(&at("id"), personal);
            if self.levels.0[..i].iter().any(|other| other.id == level.id) {
                violations.add(&at("id"), Reason::Duplicate, "must not repeat an earlier id");
            }
            violations.title(&at("title"), &level.title);
            violations.prose(&at("description"), &level.description);
        }
    }

    /// Adds a violation unless the level is 0 or a rank of this framework.
    pub(super) fn check_level(&self, field: &str, level: i32, violations: &mut Violations) {
        let most = i32::try_from(self.levels.0.len()).unwrap_or(i32::MAX);
        if !(0..=most).contains(&level) {
            let description = format!("must be from 0 to {most}, the levels of {}", self.name);
            violations.add(field, Reason::UnknownLevel, description);
        }
    }

    /// Error for a change that the framework's state forbids.
    pub(super) fn frozen(&self, message: &str) -> Error {
        Error::Refused {
            reason: Refusal::FrameworkFrozen,
            subject: self.name.clone(),
            message: format!("{} is {}: {message}", self.name, self.state_name()),
        }
    }

    /// Publishes a draft.
    pub fn publish(self) -> Result<Self> {
        self.step(FrameworkState::Draft, FrameworkState::Published)
    }

    /// Retires a published framework.
    pub fn retire(self) -> Result<Self> {
        self.step(FrameworkState::Published, FrameworkState::Retired)
    }

    fn step(mut self, from: FrameworkState, to: FrameworkState) -> Result<Self> {
        if self.state != from {
            return Err(Error::Refused {
                reason: Refusal::FrameworkState,
                subject: self.name.clone(),
                message: format!("{} is {}", self.name, self.state_name()),
            });
        }
        self.state = to;
        Ok(self)
    }

    fn state_name(&self) -> &'static str {
        match self.state {
            FrameworkState::Draft => "a draft",
            FrameworkState::Published => "published",
            FrameworkState::Retired => "retired",
        }
    }
}
