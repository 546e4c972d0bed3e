use proptest::prelude::*;

use crate::domain::{Caller, Fte, figures, gap::GapKind};

use super::*;

const STATES: [GapState; 5] =
    [GapState::Open, GapState::Planned, GapState::InProgress, GapState::Closed, GapState::Accepted];

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn fte(number: f64) -> Fte {
    Fte::read(number).unwrap()
}

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
        closure_figures: StoredFigures(None),
        reopen_count: 0,
        reopened_date: None,
        transitions: Transitions::default(),
    }
}

fn short(number: f64) -> StoredFigures {
    let needed = Fte::whole(6);
    let shortfall = fte(number);
    let skilled = needed - shortfall;
    let figures = figures::Figures { needed, skilled, shortfall, ..Default::default() };
    StoredFigures(Some(figures.attributed()))
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
    // Still not found a month later: proposed since August.
    assert_eq!(gone.clone().not_found(short(0.0), day("2026-09-01")), gone);
    let closed = gone.transition(GapState::Closed, "Two hired.", on("2026-09-02")).unwrap();
    assert_eq!((closed.state, closed.closure_proposed_date), (GapState::Closed, None));
    assert_eq!(closed.closure_figures, short(0.0));
    // An analysis of a day before the closing does not reopen the gap.
    let before = closed.clone().found(short(2.0), day("2026-08-31"), on("2026-09-05"));
    assert_eq!(before, closed);
    let back = closed.found(short(1.0), day("2026-10-01"), on("2026-10-01"));
    assert_eq!((back.state, back.reopen_count), (GapState::Open, 1));
    assert_eq!(back.reopened_date, Some(day("2026-10-01")));
    assert_eq!((&back.figures, &back.closure_figures), (&short(1.0), &StoredFigures(None)));
    assert_eq!((back.owner.as_str(), back.note.as_str()), ("cio", "Hire."));
    let [closing, opening] = &back.transitions.0[..] else { panic!() };
    assert_eq!((closing.from, closing.to), (GapState::Open, GapState::Closed));
    assert_eq!((closing.actor.as_str(), closing.reason.as_str()), ("planner", "Two hired."));
    assert_eq!(closing.time, at("2026-09-02"));
    assert_eq!((opening.from, opening.to), (GapState::Closed, GapState::Open));
    assert!(opening.found_again && !closing.found_again);
}

#[test]
fn what_is_proposed_for_closing_and_found_again_is_not_proposed_any_more() {
    let caller = Caller::operator("planner");
    let actor = Actor { caller: &caller, now: at("2026-09-01") };
    let gone = gap().not_found(StoredFigures(None), day("2026-08-01"));
    let older = gone.clone().found(short(2.0), day("2026-07-15"), actor);
    assert_eq!(older, gone);
    let back = gone.found(short(2.0), day("2026-08-01"), actor);
    assert_eq!((back.closure_proposed_date, back.reopen_count), (None, 0));
    assert_eq!((back.state, back.last_seen_date), (GapState::Open, Some(day("2026-08-01"))));
    // An analysis of a day before the gap was last seen proposes nothing.
    let kept = back.clone().not_found(short(0.0), day("2026-07-31"));
    assert_eq!(kept, back);
}

#[test]
fn a_gap_that_was_written_before_it_had_a_life_can_be_read() {
    let mut written = serde_json::to_value(gap()).unwrap();
    let fields = written.as_object_mut().unwrap();
    for field in
        ["closure_proposed_date", "closure_figures", "reopen_count", "reopened_date", "transitions"]
    {
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
        prop_assert!(list.len() <= MAX_TRANSITIONS);
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
