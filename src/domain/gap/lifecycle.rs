//! Lifecycle of a gap: callers change its state, and analyses find it, no longer find it, and find it again.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::domain::{Actor, Error, Refusal, Result, Violations, day_in_london};

use super::{GapState, Model, StoredFigures};

/// States that a caller can move a gap to, by its current state. A closed or accepted gap must be reopened
/// before any other change, except that an accepted gap can be closed directly.
pub const WAYS: [(GapState, &[GapState]); 5] = {
    use GapState::{Accepted, Closed, InProgress, Open, Planned};
    [
        (Open, &[Planned, InProgress, Closed, Accepted]),
        (Planned, &[Open, InProgress, Closed, Accepted]),
        (InProgress, &[Open, Planned, Closed, Accepted]),
        (Closed, &[Open]),
        (Accepted, &[Open, Closed]),
    ]
};

/// Maximum number of transitions stored with a gap; older ones are dropped.
pub const MAX_TRANSITIONS: usize = 100;

/// Maximum number of characters in the reason for a transition.
const MAX_REASON: usize = 1_000;

/// A change of a gap's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    pub from: GapState,
    pub to: GapState,
    pub time: DateTime<Utc>,
    /// Principal that changed the state. Stored under the name that it had first.
    #[serde(rename = "caller")]
    pub actor: String,
    pub reason: String,
    /// Whether the gap was reopened because an analysis found it again.
    pub found_again: bool,
}

/// Transitions of a gap, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Transitions(pub Vec<Transition>);

impl GapState {
    /// Whether a transition to this state needs a reason.
    fn wants_reason(self) -> bool {
        matches!(self, Self::Open | Self::Closed | Self::Accepted)
    }

    fn allows(self, to: Self) -> bool {
        WAYS.iter().any(|(from, ways)| *from == self && ways.contains(&to))
    }

    fn words(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Planned => "planned",
            Self::InProgress => "in progress",
            Self::Closed => "closed",
            Self::Accepted => "accepted",
        }
    }
}

/// Validates the reason for a transition; `to` is the new state, if it is known.
pub fn check_reason(to: Option<GapState>, reason: &str, violations: &mut Violations) {
    if to.is_some_and(GapState::wants_reason) {
        violations.visible("reason", reason);
    }
    violations.line("reason", reason, MAX_REASON);
}

impl Model {
    /// Moves the gap to another state. Fails if its current state does not allow it. A gap that is closed
    /// retains the figures that its closure was proposed with.
    pub fn transition(self, to: GapState, reason: &str, actor: Actor<'_>) -> Result<Self> {
        if !self.state.allows(to) {
            let (name, state, to) = (&self.name, self.state.words(), to.words());
            return Err(Error::Refused {
                reason: Refusal::GapState,
                message: format!("{name} is {state}: it cannot change to {to}"),
                subject: self.name,
            });
        }
        let mut gap = self.step(to, reason, false, actor);
        if to == GapState::Closed {
            gap.closure_proposed_date = None;
        }
        Ok(gap)
    }

    /// Updates the gap after an analysis of day `as_of` has found it; a closed gap is reopened. If the gap is
    /// already known on a later day, only the first day seen may change.
    pub fn found(self, figures: StoredFigures, as_of: NaiveDate, actor: Actor<'_>) -> Self {
        let first_seen_date = self.first_seen_date.min(Some(as_of));
        if self.known_on().is_some_and(|known| as_of < known) {
            return Self { first_seen_date, ..self };
        }
        let gap = Self {
            figures,
            first_seen_date,
            last_seen_date: Some(as_of),
            closure_proposed_date: None,
            closure_figures: StoredFigures(None),
            ..self
        };
        match gap.state {
            GapState::Closed => Self {
                reopen_count: gap.reopen_count.saturating_add(1),
                reopened_date: Some(as_of),
                ..gap.step(GapState::Open, "", true, actor)
            },
            _ => gap,
        }
    }

    /// Updates the gap after an analysis of day `as_of` has not found it: proposes it for closing, which a
    /// caller must then do. `figures` are those found instead, if any.
    pub fn not_found(self, figures: StoredFigures, as_of: NaiveDate) -> Self {
        let known = self.known_on().is_some_and(|known| as_of < known);
        if known || self.state == GapState::Closed || self.closure_proposed_date.is_some() {
            return self;
        }
        Self { closure_proposed_date: Some(as_of), closure_figures: figures, ..self }
    }

    /// Last day on which it is known whether the gap existed.
    fn known_on(&self) -> Option<NaiveDate> {
        let last = self.transitions.0.last().filter(|_| self.state == GapState::Closed);
        let closed = last.map(|closing| day_in_london(closing.time));
        self.last_seen_date.max(self.closure_proposed_date).max(closed)
    }

    fn step(mut self, to: GapState, reason: &str, found_again: bool, actor: Actor<'_>) -> Self {
        let list = &mut self.transitions.0;
        list.push(Transition {
            from: self.state,
            to,
            time: actor.now.trunc_subsecs(6),
            actor: actor.caller.principal().to_owned(),
            reason: reason.to_owned(),
            found_again,
        });
        list.drain(..list.len().saturating_sub(MAX_TRANSITIONS));
        Self { state: to, ..self }
    }
}

#[cfg(test)]
mod tests;
