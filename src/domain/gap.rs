//! Recorded gaps, which someone can own and close.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

mod lifecycle;

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    Actor, Field, Reason, Reference, RelatedRows, Resource, ResourceType, Result, Violations,
    figures, personal_data,
    resource::{RowChange, record, term},
};

pub use lifecycle::{MAX_TRANSITIONS, Transition, Transitions, WAYS, check_reason};

term! {
    /// Kind of gap.
    pub enum GapKind {
        Shortfall,
        OmittedRole,
        OmittedSkill,
        Reported,
    }
}

term! {
    /// Lifecycle state of a gap.
    #[derive(Default)]
    pub enum GapState {
        #[default]
        Open,
        Planned,
        InProgress,
        Closed,
        Accepted,
    }
}

/// Figures that the gap was last found with; `None` if no analysis found it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct StoredFigures(#[serde(deserialize_with = "attributed")] pub Option<figures::Figures>);

/// Reads stored figures, and fills in what is not stored.
fn attributed<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<figures::Figures>, D::Error> {
    let figures: Option<figures::Figures> = Option::deserialize(deserializer)?;
    Ok(figures.map(figures::Figures::attributed))
}

/// A recorded gap.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "gap")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub parent: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub organisation: String,
    pub role: String,
    pub skill: String,
    /// Last day of the period, as `YYYY-MM-DD`; empty if the gap is not of one period. It is text because the
    /// natural key must not contain NULL.
    pub period_end_date: PeriodEnd,
    pub kind: GapKind,
    pub figures: StoredFigures,
    pub state: GapState,
    pub owner: String,
    pub note: String,
    pub due_date: Option<Date>,
    pub first_seen_date: Option<Date>,
    pub last_seen_date: Option<Date>,
    /// Day since when the gap is no longer found, if it is still to be closed.
    #[serde(default)]
    pub closure_proposed_date: Option<Date>,
    /// Figures on the day when the gap was no longer found, if any.
    #[serde(default)]
    pub closure_figures: StoredFigures,
    /// How often the gap was found again after it had been closed.
    #[serde(default)]
    pub reopen_count: i32,
    /// Day of the analysis that last reopened the gap.
    #[serde(default)]
    pub reopened_date: Option<Date>,
    #[serde(default)]
    pub transitions: Transitions,
}

/// A date as text, or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, DeriveValueType)]
#[serde(transparent)]
pub struct PeriodEnd(String);

impl PeriodEnd {
    /// The date; `None` if empty.
    pub fn date(&self) -> Option<Date> {
        self.0.parse().ok()
    }
}

impl From<Option<Date>> for PeriodEnd {
    fn from(date: Option<Date>) -> Self {
        Self(date.map_or_else(String::new, |date| date.to_string()))
    }
}

record!(parent);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::Gap;
    const PARENTS: &'static [ResourceType] = &[ResourceType::Plan];
    const FIELDS: &'static [Field<Self>] = &[
        Field::name_of(Column::Organisation, &[ResourceType::Organisation]),
        Field::name_of(Column::Role, &[ResourceType::Role]),
        Field::name_of(Column::Skill, &[ResourceType::Skill]),
        Field::date(Column::PeriodEndDate).ordered(),
        Field::term::<GapKind>(Column::Kind, "GAP_KIND_"),
        Field::term::<GapState>(Column::State, "GAP_STATE_"),
        Field::text(Column::Owner),
        Field::date(Column::DueDate).ordered(),
        Field::date(Column::ClosureProposedDate).ordered(),
    ];
    const LONG_COLUMNS: &'static [Column] = &[Column::Note, Column::Transitions];
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference::one(Column::Organisation, &[ResourceType::Organisation]),
        Reference::one(Column::Role, &[ResourceType::Role]),
        Reference::one(Column::Skill, &[ResourceType::Skill]),
    ];
    const NATURAL_KEY: &'static [Column] = &[
        Column::Parent,
        Column::Organisation,
        Column::Role,
        Column::Skill,
        Column::PeriodEndDate,
        Column::Kind,
    ];
    const IMMUTABLE: &'static [Column] =
        &[Column::Organisation, Column::Role, Column::Skill, Column::PeriodEndDate, Column::Kind];
    const OUTPUT_ONLY: &'static [Column] = &[
        Column::Figures,
        Column::State,
        Column::FirstSeenDate,
        Column::LastSeenDate,
        Column::ClosureProposedDate,
        Column::ClosureFigures,
        Column::ReopenCount,
        Column::ReopenedDate,
        Column::Transitions,
    ];

    /// Sets the dates of a gap that a caller creates to today: the caller has seen it today.
    fn on_create(&mut self, actor: Actor<'_>) {
        let today = actor.today();
        self.figures = StoredFigures(None);
        self.state = GapState::Open;
        (self.closure_proposed_date, self.closure_figures) = (None, StoredFigures(None));
        (self.reopen_count, self.reopened_date) = (0, None);
        self.transitions = Transitions::default();
        (self.first_seen_date, self.last_seen_date) = (Some(today), Some(today));
    }

    fn validate(&self, violations: &mut Violations) {
        violations.required("organisation", &self.organisation);
        if self.role.is_empty() && self.skill.is_empty() {
            let description = "must not be empty if role is empty";
            violations.add("skill", Reason::Required, description);
        }
        violations.code("owner", &self.owner, 128, |c| {
            c.is_ascii_alphanumeric() || "._:/@+-".contains(c)
        });
        violations.impersonal("owner", personal_data::in_reference(&self.owner));
        violations.prose("note", &self.note);
    }

    fn validate_against(
        change: RowChange<'_, Self>,
        _related: &RelatedRows,
        violations: &mut Violations,
    ) -> Result<()> {
        if let RowChange::Create(row) = change
            && row.kind != GapKind::Reported
        {
            let description = "must be REPORTED: only analyses and audits record other kinds";
            violations.add("kind", Reason::NotAllowed, description);
        }
        Ok(())
    }
}
