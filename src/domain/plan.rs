//! Workforce plans and their approval.

#![allow(missing_docs, reason = "the proto of the same name says what each field is")]

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Actor, Caller, Error, Field, FieldTest, ForbiddenRows, ForbiddenValues, Reason, Reference,
    Refusal, RelatedRows, Resource, ResourceType, Result, Violations,
    resource::{RowChange, record, term},
};

term! {
    /// Lifecycle state of a plan.
    #[derive(Default)]
    pub enum PlanState {
        #[default]
        Draft,
        Submitted,
        Approved,
        Superseded,
        Withdrawn,
    }
}

/// A workforce plan.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "plan")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub revision: i64,
    pub create_time: DateTimeUtc,
    pub update_time: DateTimeUtc,
    pub title: String,
    pub owner: String,
    pub first_period_end_date: Date,
    pub last_period_end_date: Date,
    pub state: PlanState,
    pub supersedes: String,
    pub baseline_plan: String,
    /// Principal that created the plan.
    pub author: String,
    /// Principal that approved the plan.
    pub approver: String,
}

record!(; title);

impl Resource for Model {
    const TYPE: ResourceType = ResourceType::Plan;
    const FIELDS: &'static [Field<Self>] = &[
        Field::text(Column::Title).ordered(),
        Field::name_of(Column::Owner, &[ResourceType::Organisation]),
        Field::date(Column::FirstPeriodEndDate).ordered(),
        Field::date(Column::LastPeriodEndDate).ordered(),
        Field::term::<PlanState>(Column::State, "PLAN_STATE_"),
        Field::name_of(Column::Supersedes, &[ResourceType::Plan]),
        Field::name_of(Column::BaselinePlan, &[ResourceType::Plan]),
        Field::text(Column::Author),
    ];
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference::one(Column::Owner, &[ResourceType::Organisation]),
        Reference::chain(Column::Supersedes, &[ResourceType::Plan]),
        Reference::one(Column::BaselinePlan, &[ResourceType::Plan]),
    ];
    const IMMUTABLE: &'static [Column] = &[Column::Owner];
    const OUTPUT_ONLY: &'static [Column] = &[Column::State, Column::Author, Column::Approver];

    fn on_create(&mut self, actor: Actor<'_>) {
        self.state = PlanState::Draft;
        self.author = actor.caller.principal().to_owned();
        self.approver = String::new();
    }

    fn validate(&self, violations: &mut Violations) {
        violations.title("title", &self.title);
        violations.required("owner", &self.owner);
        if self.last_period_end_date < self.first_period_end_date
            && !violations.has("first_period_end_date")
        {
            let description = "must not be before first_period_end_date";
            violations.add("last_period_end_date", Reason::OutOfRange, description);
        }
        if !self.name.is_empty() && self.baseline_plan == self.name {
            let description = "must not be the plan itself";
            violations.add("baseline_plan", Reason::ReferenceNotAllowed, description);
        }
    }

    fn validate_against(
        change: RowChange<'_, Self>,
        related: &RelatedRows,
        violations: &mut Violations,
    ) -> Result<()> {
        let row = change.row();
        let superseded = related.get::<Self>(&row.supersedes);
        if superseded.is_some_and(|other| other.owner != row.owner) {
            let description = "must be a plan of the same owner";
            violations.add("supersedes", Reason::ReferenceNotAllowed, description);
        }
        match change {
            RowChange::Create(_) => Ok(()),
            RowChange::Update(before, _) | RowChange::Delete(before) => before.require_draft(),
        }
    }

    /// No target may be outside the plan's periods.
    fn forbidden_rows(before: &Self, after: &Self) -> Vec<ForbiddenRows> {
        let (first, last) = (after.first_period_end_date, after.last_period_end_date);
        if first <= before.first_period_end_date && last >= before.last_period_end_date {
            return Vec::new();
        }
        vec![ForbiddenRows {
            kind: ResourceType::Target,
            tests: vec![
                FieldTest::new(&["parent"], ForbiddenValues::Equal(before.name.as_str().into())),
                FieldTest::new(
                    &["period_end_date"],
                    ForbiddenValues::Outside(first.into(), last.into()),
                ),
            ],
            refusal: Refusal::TargetOutsidePlan,
            message: "its period would be outside the plan's",
        }]
    }
}

impl Model {
    fn require_draft(&self) -> Result<()> {
        match self.state {
            PlanState::Draft => Ok(()),
            _ => Err(self.refused(
                Refusal::PlanFrozen,
                "the plan, its targets and its requirements can no longer change",
            )),
        }
    }

    fn refused(&self, reason: Refusal, message: &str) -> Error {
        let state = match self.state {
            PlanState::Draft => "a draft",
            PlanState::Submitted => "submitted",
            PlanState::Approved => "approved",
            PlanState::Superseded => "superseded",
            PlanState::Withdrawn => "withdrawn",
        };
        Error::Refused {
            reason,
            subject: self.name.clone(),
            message: format!("{} is {state}: {message}", self.name),
        }
    }

    fn require_state(&self, states: &[PlanState], verb: &str) -> Result<()> {
        match states.contains(&self.state) {
            true => Ok(()),
            false => Err(self.refused(Refusal::PlanState, &format!("it cannot be {verb}"))),
        }
    }

    /// Submits a draft. Fails if it has no target.
    pub fn submit(mut self, has_targets: bool) -> Result<Self> {
        self.require_state(&[PlanState::Draft], "submitted")?;
        if !has_targets {
            return Err(self.refused(Refusal::PlanEmpty, "it has no target"));
        }
        self.state = PlanState::Submitted;
        Ok(self)
    }

    /// Approves a submitted plan. Fails if the caller is its author.
    pub fn approve(mut self, caller: &Caller) -> Result<Self> {
        self.require_state(&[PlanState::Submitted], "approved")?;
        if self.author == caller.principal() {
            let message = "its author cannot approve it";
            return Err(self.refused(Refusal::ApproverIsAuthor, message));
        }
        self.state = PlanState::Approved;
        self.approver = caller.principal().to_owned();
        Ok(self)
    }

    /// Marks the plan as superseded by another.
    pub fn supersede(mut self) -> Self {
        self.state = PlanState::Superseded;
        self
    }

    /// Withdraws a submitted or approved plan.
    pub fn withdraw(mut self) -> Result<Self> {
        self.require_state(&[PlanState::Submitted, PlanState::Approved], "withdrawn")?;
        self.state = PlanState::Withdrawn;
        Ok(self)
    }

    /// Returns a draft that copies and supersedes this plan, not yet named.
    pub fn revise(&self) -> Result<Self> {
        let states = [PlanState::Approved, PlanState::Superseded, PlanState::Withdrawn];
        self.require_state(&states, "revised")?;
        Ok(Self { supersedes: self.name.clone(), state: PlanState::Draft, ..self.clone() })
    }

    /// Other approved plans of the owner that cover one of its periods, except the one that it supersedes.
    pub fn overlapping(&self) -> ForbiddenRows {
        let own = vec![self.name.as_str().into(), self.supersedes.as_str().into()];
        let (first, last) = (self.first_period_end_date, self.last_period_end_date);
        ForbiddenRows {
            kind: ResourceType::Plan,
            tests: vec![
                FieldTest::new(&["owner"], ForbiddenValues::Equal(self.owner.as_str().into())),
                FieldTest::new(&["state"], ForbiddenValues::Equal(PlanState::Approved.into())),
                FieldTest::new(&["name"], ForbiddenValues::NoneOf(own)),
                FieldTest::new(&["first_period_end_date"], ForbiddenValues::AtMost(last.into())),
                FieldTest::new(&["last_period_end_date"], ForbiddenValues::AtLeast(first.into())),
            ],
            refusal: Refusal::PlanOverlaps,
            message: "it is already approved for the same owner and one of the same periods",
        }
    }
}

/// Fails if the parent is a plan that is no longer a draft.
pub(super) fn require_draft_parent(parent: &str, related: &RelatedRows) -> Result<()> {
    related.get::<Model>(parent).map_or(Ok(()), Model::require_draft)
}
