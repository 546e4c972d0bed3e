//! A gap from state to state: how callers take it on, and how it is found, no longer found, and found
//! again.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::domain::{Caller, Error, Refusal, Result};

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

/// Who does something, and when.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// The caller.
    pub caller: &'a Caller,
    /// When.
    pub now: DateTime<Utc>,
}

impl GapState {
    /// Whether whoever takes a gap to this state must say why.
    pub fn wants_reason(self) -> bool {
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
        let closed = last.map(|closing| closing.time.date_naive());
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
mod tests {
    use proptest::prelude::*;

    use crate::domain::{
        Exact, analysis,
        example::{day, fte},
        gap::GapKind,
    };

    use super::*;

    const STATES: [GapState; 5] = [
        GapState::Open,
        GapState::Planned,
        GapState::InProgress,
        GapState::Closed,
        GapState::Accepted,
    ];

    fn gap() -> Model {
        Model {
            name: "plans/p/gaps/g".into(),
            parent: "plans/p".into(),
            revision: 1,
            create_time: DateTime::UNIX_EPOCH,
            update_time: DateTime::UNIX_EPOCH,
            organisation: "organisations/RX1".into(),
            role: "roles/r".into(),
            skill: "frameworks/f/skills/s".into(),
            period_end_date: Some(day("2027-03-31")).into(),
            kind: GapKind::Shortfall,
            figures: short(3.0),
            state: GapState::Open,
            owner: "cio".into(),
            note: "Hire.".into(),
            due_date: None,
            first_seen_date: Some(day("2026-07-01")),
            last_seen_date: Some(day("2026-07-01")),
            closure_proposed_date: None,
            closure_figures: Figures(None),
            reopen_count: 0,
            reopened_date: None,
            transitions: Transitions::default(),
        }
    }

    fn short(number: f64) -> Figures {
        let needed = Exact::whole(6);
        let shortfall = fte(number);
        let skilled = needed - shortfall;
        Figures(Some(analysis::Figures { needed, skilled, shortfall, ..Default::default() }))
    }

    fn at(date: &str) -> DateTime<Utc> {
        day(date).and_hms_opt(12, 0, 0).unwrap_or_default().and_utc()
    }

    #[test]
    fn a_gap_that_is_gone_waits_to_be_closed_and_one_that_comes_back_is_open_again() {
        let caller = Caller::operator("planner");
        let on = |date: &str| Actor { caller: &caller, now: at(date) };
        let gone = gap().not_found(short(0.0), day("2026-08-01"));
        assert_eq!(gone.state, GapState::Open);
        assert_eq!(gone.closure_proposed_date, Some(day("2026-08-01")));
        assert_eq!((&gone.closure_figures, &gone.figures), (&short(0.0), &short(3.0)));
        // Still gone a month later: proposed since August.
        assert_eq!(gone.clone().not_found(short(0.0), day("2026-09-01")), gone);
        let closed = gone.transition(GapState::Closed, "Two hired.", on("2026-09-02")).unwrap();
        assert_eq!((closed.state, closed.closure_proposed_date), (GapState::Closed, None));
        assert_eq!(closed.closure_figures, short(0.0));
        // An analysis of a day before it was closed does not open it again.
        let before = closed.clone().found(short(2.0), day("2026-08-31"), on("2026-09-05"));
        assert_eq!(before, closed);
        let back = closed.found(short(1.0), day("2026-10-01"), on("2026-10-01"));
        assert_eq!((back.state, back.reopen_count), (GapState::Open, 1));
        assert_eq!(back.reopened_date, Some(day("2026-10-01")));
        assert_eq!((&back.figures, &back.closure_figures), (&short(1.0), &Figures(None)));
        assert_eq!((back.owner.as_str(), back.note.as_str()), ("cio", "Hire."));
        let [closing, opening] = &back.transitions.0[..] else { panic!() };
        assert_eq!((closing.from, closing.to), (GapState::Open, GapState::Closed));
        assert_eq!((closing.caller.as_str(), closing.reason.as_str()), ("planner", "Two hired."));
        assert_eq!(closing.time, at("2026-09-02"));
        assert_eq!((opening.from, opening.to), (GapState::Closed, GapState::Open));
        assert!(opening.found_again && !closing.found_again);
    }

    #[test]
    fn what_is_proposed_for_closing_and_found_again_is_not_proposed_any_more() {
        let caller = Caller::operator("planner");
        let actor = Actor { caller: &caller, now: at("2026-09-01") };
        let gone = gap().not_found(Figures(None), day("2026-08-01"));
        let older = gone.clone().found(short(2.0), day("2026-07-15"), actor);
        assert_eq!(older, gone);
        let back = gone.found(short(2.0), day("2026-08-01"), actor);
        assert_eq!((back.closure_proposed_date, back.reopen_count), (None, 0));
        assert_eq!((back.state, back.last_seen_date), (GapState::Open, Some(day("2026-08-01"))));
        // A day before the last on which it was seen proposes nothing.
        let kept = back.clone().not_found(short(0.0), day("2026-07-31"));
        assert_eq!(kept, back);
    }

    #[test]
    fn a_gap_that_was_written_before_it_had_a_life_can_be_read() {
        let mut written = serde_json::to_value(gap()).unwrap();
        let fields = written.as_object_mut().unwrap();
        for field in [
            "closure_proposed_date",
            "closure_figures",
            "reopen_count",
            "reopened_date",
            "transitions",
        ] {
            assert!(fields.remove(field).is_some(), "{field}");
        }
        assert_eq!(serde_json::from_value::<Model>(written).unwrap(), gap());
    }

    #[test]
    fn the_ways_are_those_of_the_table() {
        let caller = Caller::operator("planner");
        let actor = Actor { caller: &caller, now: at("2026-09-01") };
        let mut ways = 0;
        for from in STATES {
            for to in STATES {
                let gone = Model { state: from, ..gap() }.transition(to, "Why.", actor);
                match gone {
                    Ok(gap) => {
                        ways += 1;
                        assert!(from != to && gap.state == to && from.allows(to));
                    }
                    Err(Error::Refused { reason: Refusal::GapState, .. }) => {
                        assert!(!from.allows(to));
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
        assert_eq!(ways, 15);
        assert_eq!(STATES.map(GapState::wants_reason), [true, false, false, true, true]);
    }

    proptest! {
        #[test]
        fn the_history_is_bounded_and_unbroken(steps in prop::collection::vec(0..5usize, 0..300)) {
            let caller = Caller::operator("planner");
            let actor = Actor { caller: &caller, now: at("2026-09-01") };
            let walk = |gap: Model, to: &usize| gap.clone().transition(STATES[*to], "Why.", actor).unwrap_or(gap);
            let gap = steps.iter().fold(gap(), walk);
            let list = &gap.transitions.0;
            prop_assert!(list.len() <= MOST_TRANSITIONS);
            prop_assert!(list.windows(2).all(|pair| pair[0].to == pair[1].from));
            prop_assert_eq!(list.last().map_or(GapState::Open, |last| last.to), gap.state);
        }

        #[test]
        fn recording_the_same_again_changes_nothing(days in prop::collection::vec((0..60u64, any::<bool>()), 1..20)) {
            let caller = Caller::operator("planner");
            let actor = Actor { caller: &caller, now: at("2026-07-02") };
            let see = |gap: Model, (after, there): &(u64, bool)| {
                let as_of = day("2026-07-01") + chrono::Days::new(*after);
                match there {
                    true => gap.found(short(2.0), as_of, actor),
                    false => gap.not_found(short(0.0), as_of),
                }
            };
            let gap = days.iter().fold(gap(), see);
            prop_assert_eq!(see(gap.clone(), &days[days.len() - 1]), gap);
        }
    }
}
