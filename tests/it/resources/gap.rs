//! The gaps that are kept: those that callers create, and their states.

use chrono::{NaiveDate, Utc};
use digital_skills_registry::{api::v1::*, domain::day_in_london};
use tonic::Code;

use crate::{
    both,
    harness::{
        Server,
        example::{client, transition},
        failure,
        fixture::Fixture,
        samples::Samples,
        world::World,
    },
};

/// Day of a call made now.
pub(super) fn today() -> NaiveDate {
    day_in_london(Utc::now())
}

both!(callers_create_gaps_that_they_report_and_no_others);
async fn callers_create_gaps_that_they_report_and_no_others(server: &Server) {
    let world = World::create(server).await;
    for kind in [GapKind::Shortfall, GapKind::OmittedRole, GapKind::OmittedSkill] {
        let gap = Gap { kind: kind as i32, ..Gap::nth(&world, 1) };
        let made = Gap::create(&server.channel, &world.plan, "", Some(gap)).await;
        assert!(failure(made, Code::InvalidArgument).violates("gap.kind", "NOT_ALLOWED"));
    }
    let gap = Gap { role: String::new(), skill: String::new(), ..Gap::nth(&world, 1) };
    let made = Gap::create(&server.channel, &world.plan, "", Some(gap)).await;
    assert!(failure(made, Code::InvalidArgument).violates("gap.skill", "REQUIRED"));
    let gap = Gap { role: String::new(), period_end_date: String::new(), ..Gap::nth(&world, 1) };
    let made = Gap::create(&server.channel, &world.plan, "", Some(gap)).await.unwrap();
    assert_eq!(made.state(), GapState::Open);
    assert_eq!(made.first_seen_date, today().to_string());
}

both!(a_gap_is_taken_from_state_to_state_and_tells_by_whom);
async fn a_gap_is_taken_from_state_to_state_and_tells_by_whom(server: &Server) {
    let world = World::create(server).await;
    let gap = Gap::made(&server.channel, &world, 1).await;
    let to = |state: GapState, reason: &str| TransitionGapRequest {
        name: gap.name.clone(),
        state: state as i32,
        reason: reason.into(),
        ..Default::default()
    };
    // Nothing is written where it is only checked.
    let check = TransitionGapRequest { validate_only: true, ..to(GapState::Planned, "") };
    let checked = transition(server, "cio", check).await.unwrap();
    assert_eq!((checked.state(), checked.etag.as_str()), (GapState::Planned, ""));
    assert_eq!(Gap::get(&server.channel, &gap.name).await.unwrap(), gap);
    // A request that comes again is done once.
    let request_id = uuid::Uuid::now_v7().to_string();
    let once = TransitionGapRequest {
        etag: gap.etag.clone(),
        request_id,
        ..to(GapState::Planned, "Two posts.")
    };
    let planned = transition(server, "cio", once.clone()).await.unwrap();
    assert_eq!(transition(server, "cio", once).await.unwrap(), planned);
    let [step] = &planned.transitions[..] else { panic!() };
    assert_eq!((step.from(), step.to()), (GapState::Open, GapState::Planned));
    assert_eq!(
        (step.actor.as_str(), step.reason.as_str(), step.found_again),
        ("cio", "Two posts.", false)
    );
    assert!(step.time.unwrap().seconds >= gap.create_time.unwrap().seconds);
    assert_eq!((&planned.owner, &planned.note), (&gap.owner, &gap.note));
    let stale = TransitionGapRequest { etag: gap.etag.clone(), ..to(GapState::InProgress, "") };
    failure(transition(server, "cio", stale).await, Code::Aborted);
    transition(server, "cio", to(GapState::InProgress, "")).await.unwrap();
    transition(server, "board", to(GapState::Accepted, "Too dear.")).await.unwrap();
    for state in [GapState::Planned, GapState::InProgress, GapState::Accepted] {
        let refused =
            failure(transition(server, "cio", to(state, "Why.")).await, Code::FailedPrecondition);
        assert_eq!(
            (refused.reason.as_str(), refused.fact("resource")),
            ("GAP_STATE", gap.name.as_str())
        );
    }
    let open = transition(server, "cio", to(GapState::Open, "Money came.")).await.unwrap();
    assert_eq!((open.state(), open.reopen_count, open.transitions.len()), (GapState::Open, 0, 4));
    // An update leaves the way alone.
    let owned = Gap {
        name: gap.name.clone(),
        owner: "coo".into(),
        transitions: Vec::new(),
        ..Gap::default()
    };
    let owned = Gap::update(&server.channel, owned, None, false).await.unwrap();
    assert_eq!(owned.transitions, open.transitions);
    for state in [GapState::Open, GapState::Closed, GapState::Accepted] {
        let why = failure(transition(server, "cio", to(state, " ")).await, Code::InvalidArgument);
        assert!(why.violates("reason", "REQUIRED"));
    }
    let bad = TransitionGapRequest {
        name: "x".into(),
        reason: "x".repeat(1_001),
        request_id: "x".into(),
        ..Default::default()
    };
    let bad = failure(transition(server, "cio", bad).await, Code::InvalidArgument);
    for (field, reason) in [
        ("name", "MALFORMED"),
        ("state", "REQUIRED"),
        ("reason", "TOO_LONG"),
        ("request_id", "MALFORMED"),
    ] {
        assert!(bad.violates(field, reason), "{bad:?}");
    }
    let none = TransitionGapRequest {
        name: format!("{}/gaps/none", world.plan),
        ..to(GapState::Planned, "")
    };
    failure(transition(server, "cio", none).await, Code::NotFound);
    let mut reader = tonic::Request::new(to(GapState::Planned, ""));
    reader.metadata_mut().insert("registry-rights", "read".parse().unwrap());
    failure(client(server).transition_gap(reader).await, Code::PermissionDenied);
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::{Gap, GapKind};

    use crate::harness::{
        samples::{Samples, days_after},
        world::World,
    };

    impl Samples for Gap {
        const MUTABLE: &'static str = "note";

        fn nth(world: &World, n: usize) -> Self {
            Self {
                organisation: world.trust.clone(),
                role: world.role.clone(),
                skill: world.skill.clone(),
                period_end_date: days_after(2027, 3, 31, n),
                kind: GapKind::Reported as i32,
                owner: "role:cio".into(),
                note: "Nobody can do it.".into(),
                due_date: "2027-01-31".into(),
                ..Self::default()
            }
        }

        fn change_identity(&mut self, world: &World) {
            self.organisation = world.other_trust.clone();
            self.role = world.other_role.clone();
            self.skill = world.other_skill.clone();
            self.period_end_date = "2080-03-31".into();
            self.kind = GapKind::Shortfall as i32;
        }
    }
}
