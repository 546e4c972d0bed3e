//! Assessments: the skills that people were assessed in, at which level, and until when each counts.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use std::sync::LazyLock;

use sea_orm::{ActiveEnum, Iterable, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    Field, Framework, Fte, Reason, Reference, RelatedRows, Resource, ResourceType, Result,
    Violations, name,
    resource::{RowChange, record, term},
};

term! {
    /// How the level was determined.
    pub enum AssessmentSource {
        Oneself,
        Manager,
        Assessor,
        Test,
        Certificate,
        Course,
        System,
    }
}

impl AssessmentSource {
    /// Reads a source as it is stored.
    pub fn stored(text: &str) -> Option<Self> {
        static KNOWN: LazyLock<Vec<(String, AssessmentSource)>> = LazyLock::new(|| {
            AssessmentSource::iter().map(|source| (source.to_value(), source)).collect()
        });
        KNOWN.iter().find(|(stored, _)| stored == text).map(|(_, source)| *source)
    }
}

/// Result of assessing a person, or some people of a group, in a skill.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "assessment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub parent: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub subject: String,
    pub skill: String,
    /// Rank of the level; 0 means assessed and below every level.
    pub level: i32,
    pub headcount: i32,
    /// FTE of a part of a group; `None` otherwise, since it follows from the staffing record.
    pub fte: Option<Fte>,
    pub assessed_date: Date,
    /// Last day on which the assessment is valid.
    pub valid_until_date: Option<Date>,
    pub source: AssessmentSource,
    pub assessor: String,
    pub evidence_uri: String,
}

record!(parent);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::Assessment;
    const PARENTS: &'static [ResourceType] = &[ResourceType::Organisation];
    const FIELDS: &'static [Field<Self>] = &[
        Field::text(Column::Subject),
        Field::name_of(Column::Skill, &[ResourceType::Skill]),
        Field::date(Column::AssessedDate).ordered(),
        Field::date(Column::ValidUntilDate).ordered(),
    ];
    const REFERENCES: &'static [Reference<Self>] =
        &[Reference::one(Column::Skill, &[ResourceType::Skill])];
    const IMMUTABLE: &'static [Column] = &[Column::Subject, Column::Skill];

    fn validate(&self, violations: &mut Violations) {
        violations.required("subject", &self.subject);
        violations.opaque("subject", &self.subject);
        violations.required("skill", &self.skill);
        violations.range("headcount", self.headcount, 1..=10_000_000);
        if let Some(fte) = self.fte.filter(|_| !violations.has("headcount")) {
            violations.fte("fte", fte, self.headcount);
        }
        if self.valid_until_date.is_some_and(|until| until < self.assessed_date)
            && !violations.has("assessed_date")
        {
            let description = "must not be before assessed_date";
            violations.add("valid_until_date", Reason::OutOfRange, description);
        }
        violations.opaque("assessor", &self.assessor);
        violations.uri("evidence_uri", &self.evidence_uri);
    }

    /// What has not happened yet cannot be recorded.
    fn validate_on(&self, today: Date, violations: &mut Violations) {
        if self.assessed_date > today {
            let description = format!("must not be after today, {today}");
            violations.add("assessed_date", Reason::OutOfRange, description);
        }
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
            framework.check_level("level", row.level, violations);
        }
        Ok(())
    }
}
