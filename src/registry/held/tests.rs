//! What is given, and what is not any more.

use super::*;

const ROLES: Place = Place::Roles;

fn people(organisation: &str) -> Place {
    Place::People(format!("organisations/{organisation}"))
}

fn targets(plan: &str, organisation: &str) -> Place {
    Place::Establishment(format!("plans/{plan}"), format!("organisations/{organisation}"))
}

impl Held {
    fn keep_one(&self, place: Place, at: i64) {
        self.keep(place, at, Arc::new(at), 10);
    }

    fn has(&self, place: &Place, at: i64) -> bool {
        self.get::<i64>(place, at).is_some()
    }

    fn size(&self) -> (usize, usize) {
        let state = self.state();
        (state.bytes, state.pieces.len())
    }

    fn advance(&self, to: i64, names: &[(i64, &str)]) {
        let mut state = self.state();
        let from = state.revision;
        state.advance(from, to, Some(names.iter().copied()));
    }
}

/// All changes up to 5 are heeded, and nothing is held.
fn held() -> Held {
    let held = Held::new(100);
    held.state().forget_everything(5);
    held
}

#[test]
fn a_piece_is_given_until_something_of_it_changes() {
    let held = held();
    let all = [ROLES, people("RX1"), people("RX2"), targets("p", "RX1"), targets("q", "RX1")];
    let given = |at| all.each_ref().map(|place| held.has(place, at));
    all.iter().for_each(|place| held.keep_one(place.clone(), 5));
    assert_eq!(given(5), [true; 5]);
    // It is not known of what is not heeded yet.
    assert_eq!(given(6), [false; 5]);
    held.advance(6, &[(6, "plans/p/gaps/g"), (6, "frameworks/f")]);
    assert_eq!(given(6), [true; 5]);
    held.advance(7, &[(7, "organisations/RX1/assessments/a")]);
    assert_eq!(given(7), [true, false, true, true, true]);
    held.advance(9, &[(8, "plans/p/targets/t"), (9, "roles/r")]);
    assert_eq!(given(9), [false, false, true, false, true]);
    held.advance(10, &[(10, "of/another/release/x")]);
    assert_eq!(given(10), [false; 5]);
}

#[test]
fn what_was_read_before_a_change_is_not_kept_after_it() {
    let held = held();
    held.advance(9, &[(7, "roles/r"), (8, "plans/p/targets/t")]);
    for (place, change) in [(ROLES, 7), (targets("p", "RX1"), 8), (people("RX1"), 5)] {
        held.keep_one(place.clone(), change - 1);
        assert!(!held.has(&place, change - 1) && !held.has(&place, 9), "{place:?}");
        // Read after the change, and not the newest: nothing has changed since.
        held.keep_one(place.clone(), change);
        assert!(held.has(&place, 9), "{place:?}");
        // Read by another later: it was the same since the change.
        held.keep_one(place.clone(), 9);
        assert!(held.has(&place, change) && !held.has(&place, change - 1), "{place:?}");
    }
    held.keep_one(people("RX3"), 10);
    assert!(!held.has(&people("RX3"), 10), "what is not heeded yet may have changed it");
}

#[test]
fn changes_that_are_heeded_twice_take_nothing_that_was_read_after_them() {
    let held = held();
    held.advance(8, &[(6, "roles/r"), (8, "roles/r")]);
    held.keep_one(ROLES, 8);
    held.advance(9, &[(6, "roles/r"), (8, "roles/r"), (9, "skills/s")]);
    assert!(!held.has(&ROLES, 9), "what cannot be read takes everything");
    held.keep_one(ROLES, 9);
    held.advance(11, &[(9, "plans/p"), (10, "plans/p"), (11, "plans/p")]);
    assert!(held.has(&ROLES, 11));
    held.advance(10, &[(10, "roles/r")]);
    assert!(held.has(&ROLES, 11), "an older snapshot tells nothing new");
}

#[test]
fn what_was_made_before_it_began_is_kept_where_nothing_has_changed_since() {
    let held = Held::new(100);
    let begin = |from, to, names: &[(i64, &str)]| {
        held.state().advance(from, to, Some(names.iter().copied()));
    };
    begin(5, 9, &[(7, "organisations/RX1/staffing/s"), (8, "plans/p/targets/t")]);
    for (place, current) in [
        (people("RX1"), [false, false, true, true]),
        (targets("p", "RX1"), [false, false, false, true]),
        (targets("q", "RX1"), [false, true, true, true]),
        (people("RX2"), [false, true, true, true]),
    ] {
        assert_eq!([4, 6, 7, 9].map(|at| held.is_current(&place, at)), current, "{place:?}");
        held.keep_one(place.clone(), 6);
        assert_eq!(held.has(&place, 9), current[1], "{place:?}");
    }
    assert!(!held.is_current(&people("RX2"), 10), "what is not heeded yet may have changed it");
    // Another begins with what was kept later: what was between is not known.
    begin(12, 14, &[(13, "roles/r")]);
    assert!(!held.has(&people("RX2"), 14) && !held.is_current(&people("RX2"), 11));
    assert!(held.is_current(&people("RX2"), 12));
    // And one who begins earlier tells nothing new.
    begin(3, 14, &[(14, "organisations/RX2/staffing/s")]);
    assert!(held.is_current(&people("RX2"), 12));
}

#[test]
fn what_was_not_used_for_the_longest_time_makes_room() {
    let held = held();
    let place = |n: usize| people(&format!("RX{n}"));
    (0..10).for_each(|n| held.keep_one(place(n), 5));
    assert!(held.has(&place(0), 5));
    held.keep_one(place(10), 5);
    // To seven eighths.
    let given: Vec<usize> = (0..11).filter(|n| held.has(&place(*n), 5)).collect();
    assert_eq!(given, [0, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(held.size(), (80, 8));
    held.keep(place(11), 5, Arc::new(0), 101);
    assert!(!held.has(&place(11), 5), "more than there is room for at all");
    held.advance(6, &[(6, "organisations/RX4/staffing/s")]);
    assert_eq!(held.size(), (70, 7));
    (0..20).for_each(|_| held.keep_one(place(4), 6));
    assert_eq!(held.size(), (80, 8));
}
