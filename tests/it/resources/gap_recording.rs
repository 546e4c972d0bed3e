//! How analyses and audits are recorded as gaps: each gap once, and anew where it comes back.

use digital_skills_registry::api::v1::*;
use tonic::Code;

use super::gap::today;
use crate::{
    both,
    harness::{
        Server,
        example::{Example, analyse, client, record, transition},
        failure,
        fixture::{Fixture, ListCall},
    },
};

both!(shortfalls_are_recorded_once);
async fn shortfalls_are_recorded_once(server: &Server) {
    let example = Example::create(server).await;
    let before = server.revision().await;
    let recorded = record(server, example.query()).await.unwrap();
    assert_eq!(
        (recorded.created_count, recorded.updated_count, recorded.unchanged_count),
        (2, 0, 0)
    );
    assert_eq!(recorded.revision, before + 1);
    let gaps = Gap::list(&server.channel, &example.plan, 0, "").await.unwrap().rows;
    assert_eq!(gaps.len(), 2);
    let rows = analyse(server, example.query()).await.unwrap().rows;
    for gap in &gaps {
        let row = rows.iter().find(|row| row.skill == gap.skill).unwrap();
        assert_eq!(gap.figures, row.figures);
        assert_eq!((gap.kind(), gap.state()), (GapKind::Shortfall, GapState::Open));
        assert_eq!(
            (gap.organisation.as_str(), gap.role.as_str()),
            (row.organisation.as_str(), row.role.as_str())
        );
        assert_eq!([&gap.first_seen_date, &gap.last_seen_date], ["2026-07-01"; 2]);
        assert_eq!(gap.revision, recorded.revision);
    }
    // The same analysis again changes nothing.
    let again = record(server, example.query()).await.unwrap();
    assert_eq!((again.unchanged_count, again.revision), (2, 0));
    assert_eq!(server.revision().await, before + 1);
    // Somebody takes a gap on, and a month later it is found with other figures.
    let owned = Gap {
        name: gaps[0].name.clone(),
        owner: "cio".into(),
        note: "Hire.".into(),
        ..Gap::default()
    };
    Gap::update(&server.channel, owned, None, false).await.unwrap();
    let skill = gaps[0].skill.clone();
    example.assess(&server.channel, "b", &skill, 4, "2026-07-15", "").await;
    example.assess(&server.channel, "d", &skill, 4, "2026-07-15", "").await;
    let later =
        GapQuery { as_of_date: "2026-08-01".into(), skills: vec![skill], ..example.query() };
    let updated = record(server, later).await.unwrap();
    assert_eq!((updated.created_count, updated.updated_count), (0, 1));
    let gap = Gap::get(&server.channel, &gaps[0].name).await.unwrap();
    assert_eq!((gap.owner.as_str(), gap.note.as_str()), ("cio", "Hire."));
    assert_eq!([gap.first_seen_date.as_str(), &gap.last_seen_date], ["2026-07-01", "2026-08-01"]);
    assert_ne!(gap.figures, gaps[0].figures);
}

both!(gaps_recorded_at_once_are_recorded_once);
async fn gaps_recorded_at_once_are_recorded_once(server: &Server) {
    let example = Example::create(server).await;
    let record = || record(server, example.query());
    let (a, b, c, d) = tokio::join!(record(), record(), record(), record());
    let created: i32 =
        [a, b, c, d].into_iter().map(|recorded| recorded.unwrap().created_count).sum();
    assert_eq!(created, 2);
    assert_eq!(Gap::list(&server.channel, &example.plan, 0, "").await.unwrap().rows.len(), 2);
}

both!(a_gap_that_is_gone_is_proposed_for_closing_and_opened_again_when_it_comes_back);
async fn a_gap_that_is_gone_is_proposed_for_closing_and_opened_again_when_it_comes_back(
    server: &Server,
) {
    let example = Example::create(server).await;
    // As a gap is closed today, what comes back comes back from today on.
    let today = today();
    let on = |after: u64| GapQuery {
        as_of_date: (today + chrono::Days::new(after)).to_string(),
        period_end_dates: vec!["-".into()],
        ..example.query()
    };
    record(server, on(0)).await.unwrap();
    let gaps = Gap::list(&server.channel, &example.plan, 0, "").await.unwrap().rows;
    let gap = gaps.iter().find(|gap| gap.skill == example.skills[1]).unwrap();
    let target = |needed_fte| Target {
        name: "plans/p/targets/2027".into(),
        needed_fte: Some(needed_fte),
        funded_fte: Some(2.0),
        ..Target::default()
    };
    Target::update(&server.channel, target(2.0), None, false).await.unwrap();
    // An analysis that does not look for it proposes nothing.
    let elsewhere = GapQuery { skills: vec![example.skills[0].clone()], ..on(1) };
    assert_eq!(record(server, elsewhere).await.unwrap().closure_proposed_count, 0);
    let severe = GapQuery { minimum_severity: GapSeverity::Critical as i32, ..on(1) };
    let recorded = record(server, severe).await.unwrap();
    assert_eq!((recorded.closure_proposed_count, recorded.updated_count), (1, 1));
    let proposed = Gap::get(&server.channel, &gap.name).await.unwrap();
    assert_eq!((proposed.state(), &proposed.figures), (GapState::Open, &gap.figures));
    assert_eq!(proposed.closure_proposed_date, (today + chrono::Days::new(1)).to_string());
    let figures = proposed.closure_figures.unwrap();
    assert_eq!((figures.needed_fte, figures.skilled_fte, figures.shortfall_fte), (2.0, 2.4, 0.0));
    // Whoever looks for these finds it.
    let listing = ListCall {
        parent: example.plan.clone(),
        filter: "closure_proposed_date:*".into(),
        ..ListCall::default()
    };
    let listed = Gap::list_as(&server.channel, listing).await.unwrap().rows;
    assert_eq!(listed.iter().map(|gap| &gap.name).collect::<Vec<_>>(), [&gap.name]);
    let close = TransitionGapRequest {
        name: gap.name.clone(),
        state: GapState::Closed as i32,
        reason: "Enough now.".into(),
        ..Default::default()
    };
    let closed = transition(server, "cio", close).await.unwrap();
    assert_eq!((closed.state(), closed.closure_proposed_date.as_str()), (GapState::Closed, ""));
    // Nothing is proposed of what is closed, and it comes back with its history.
    assert_eq!(record(server, on(2)).await.unwrap().updated_count, 1);
    Target::update(&server.channel, target(3.0), None, false).await.unwrap();
    let recorded = record(server, on(3)).await.unwrap();
    assert_eq!(recorded.reopened_count, 1);
    let back = Gap::get(&server.channel, &gap.name).await.unwrap();
    assert_eq!((back.state(), back.reopen_count), (GapState::Open, 1));
    assert_eq!(back.reopened_date, (today + chrono::Days::new(3)).to_string());
    assert_eq!(back.figures.unwrap().shortfall_fte, 0.6);
    assert!(back.closure_figures.is_none());
    let steps: Vec<_> =
        back.transitions.iter().map(|step| (step.from(), step.to(), step.found_again)).collect();
    assert_eq!(
        steps,
        [(GapState::Open, GapState::Closed, false), (GapState::Closed, GapState::Open, true),]
    );
    // What is not required any more has no figures, and is proposed all the same.
    let requirement = format!("{}/requirements/s2", example.role);
    Requirement::delete(&server.channel, &requirement, "", false).await.unwrap();
    let essential = GapQuery { importance: Importance::Essential as i32, ..on(4) };
    assert_eq!(record(server, essential).await.unwrap().closure_proposed_count, 0);
    assert_eq!(record(server, on(4)).await.unwrap().closure_proposed_count, 1);
    let gone = Gap::get(&server.channel, &gap.name).await.unwrap();
    assert_eq!(gone.closure_proposed_date, (today + chrono::Days::new(4)).to_string());
    assert!(gone.closure_figures.is_none());
}

both!(an_audit_is_recorded_as_gaps);
async fn an_audit_is_recorded_as_gaps(server: &Server) {
    let example = Example::create(server).await;
    let tester = Role {
        title: "Tester".into(),
        family: "QUALITY_ASSURANCE_TESTING".into(),
        ..Role::default()
    };
    let tester = Role::create(&server.channel, "", "tester", Some(tester)).await.unwrap().name;
    let staffing = Staffing {
        subject: "t".into(),
        role: tester.clone(),
        headcount: Some(1),
        fte: Some(1.0),
        start_date: "2024-01-01".into(),
        ..Staffing::default()
    };
    Staffing::create(&server.channel, &example.organisation, "t", Some(staffing)).await.unwrap();
    let core = Skill { title: "Core".into(), core: Some(true), ..Skill::default() };
    let core =
        Skill::create(&server.channel, "frameworks/scale", "core", Some(core)).await.unwrap().name;
    record(server, example.query()).await.unwrap();
    let audit = |as_of: &str| RecordGapsRequest {
        audit: Some(PlanAuditQuery {
            plan: example.plan.clone(),
            as_of_date: as_of.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let record = async |request: RecordGapsRequest| {
        Ok(client(server).record_gaps(request).await?.into_inner())
    };
    let request_id = uuid::Uuid::now_v7().to_string();
    let once = RecordGapsRequest { request_id, ..audit("2026-07-01") };
    let recorded: RecordGapsResponse = record(once.clone()).await.unwrap();
    assert_eq!(
        (recorded.created_count, recorded.closure_proposed_count, recorded.gap_snapshot_count),
        (2, 0, 0)
    );
    assert_eq!(
        (recorded.context.is_none(), recorded.audit_context.as_ref().unwrap().omission_count),
        (true, 2)
    );
    assert_eq!(record(once).await.unwrap(), recorded);
    let gaps = Gap::list(&server.channel, &example.plan, 0, "").await.unwrap().rows;
    let of = |kind: GapKind| gaps.iter().find(|gap| gap.kind() == kind).unwrap();
    let role = of(GapKind::OmittedRole);
    assert_eq!([&role.organisation, &role.role, &role.skill], [&example.organisation, &tester, ""]);
    assert_eq!(
        (role.period_end_date.as_str(), role.figures, role.state()),
        ("", None, GapState::Open)
    );
    let skill = of(GapKind::OmittedSkill);
    assert_eq!(
        [&skill.organisation, &skill.role, &skill.skill],
        [&example.organisation, &example.role, &core]
    );
    // The plan learns of the tester; the shortfalls are not touched by an audit.
    let target = Target { role: tester, ..example.target("2027-03-31", 1.0, 1.0) };
    Target::create(&server.channel, &example.plan, "tester", Some(target)).await.unwrap();
    let later = record(audit("2026-08-01")).await.unwrap();
    assert_eq!((later.created_count, later.updated_count, later.closure_proposed_count), (1, 2, 1));
    let role = Gap::get(&server.channel, &role.name).await.unwrap();
    assert_eq!(
        (role.state(), role.closure_proposed_date.as_str(), role.closure_figures),
        (GapState::Open, "2026-08-01", None)
    );
    let both = RecordGapsRequest { query: Some(example.query()), ..audit("") };
    assert!(
        failure::<RecordGapsResponse>(record(both).await, Code::InvalidArgument)
            .violates("query", "NOT_ALLOWED")
    );
    let other = PlanAuditQuery {
        plan: "x".into(),
        baseline_plan: "plans/other".into(),
        ..Default::default()
    };
    let other = RecordGapsRequest { audit: Some(other), ..Default::default() };
    let other = failure::<RecordGapsResponse>(record(other).await, Code::InvalidArgument);
    assert!(
        other.violates("audit.baseline_plan", "NOT_ALLOWED")
            && other.violates("audit.plan", "MALFORMED")
    );
}
