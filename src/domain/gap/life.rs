//! A gap from state to state: how callers take it on, and how it is found, no longer found, and found
//! again.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::domain::{Actor, Error, Refusal, Result, Violations, day_in_london};

use super::{Figures, GapState, Model};

/// The states that a caller can take a gap to, from each. A closed or accepted gap is opened again
/// before anything else is done about it; an accepted one may close by itself.
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

/// How many of its last transitions a gap keeps.
pub const MOST_TRANSITIONS: usize = 100;

/// Maximum number of characters of why a caller takes a gap to a state.
const MAX_REASON: usize = 1_000;

/// A step of a gap from a state to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    pub from: GapState,
    pub to: GapState,
    pub time: DateTime<Utc>,
    /// The subject of the caller.
    pub caller: String,
    pub reason: String,
    /// Whether it was opened because it was found again.
    pub found_again: bool,
}

/// The transitions of a gap, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Transitions(pub Vec<Transition>);

impl GapState {
    /// Whether whoever takes a gap to this state must say why.
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

/// Checks why a caller takes a gap to a state, if it is known to which.
pub fn check_reason(to: Option<GapState>, reason: &str, violations: &mut Violations) {
    violations.line("reason", reason, MAX_REASON);
    if to.is_some_and(GapState::wants_reason) {
        violations.required("reason", reason.trim());
    }
}

impl Model {
    /// This gap, taken to another state by a caller. What it was proposed for closing with stays with a
    /// gap that is closed.
    pub fn transition(self, to: GapState, reason: &str, actor: Actor<'_>) -> Result<Self> {
        if !self.state.allows(to) {
            let (name, state, to) = (&self.name, self.state.words(), to.words());
            return Err(Error::Refused {
                reason: Refusal::GapState,
                message: format!("{name} is {state}: it cannot become {to}"),
                subject: self.name,
            });
        }
        let mut gap = self.step(to, reason, false, actor);
        if to == GapState::Closed {
            gap.closure_proposed_date = None;
        }
        Ok(gap)
    }

    /// This gap, found on a day. A closed one is open again. A day before what is known of it already
    /// only says that it was there.
    pub fn found(self, figures: Figures, as_of: NaiveDate, actor: Actor<'_>) -> Self {
        let first_seen_date = self.first_seen_date.min(Some(as_of));
        if self.known_on().is_some_and(|known| as_of < known) {
            return Self { first_seen_date, ..self };
        }
        let gap = Self {
            figures,
            first_seen_date,
            last_seen_date: Some(as_of),
            closure_proposed_date: None,
            closure_figures: Figures(None),
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

    /// This gap, looked for on a day and not found; `figures` are what was found in its place, if
    /// anything. It is proposed for closing, and somebody must close it.
    pub fn not_found(self, figures: Figures, as_of: NaiveDate) -> Self {
        let known = self.known_on().is_some_and(|known| as_of < known);
        if known || self.state == GapState::Closed || self.closure_proposed_date.is_some() {
            return self;
        }
        Self { closure_proposed_date: Some(as_of), closure_figures: figures, ..self }
    }

    /// The last day of which it is known whether the gap was there.
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
            caller: actor.caller.subject().to_owned(),
            reason: reason.to_owned(),
            found_again,
        });
        list.drain(..list.len().saturating_sub(MOST_TRANSITIONS));
        Self { state: to, ..self }
    }
}

#[cfg(test)]
mod tests;
