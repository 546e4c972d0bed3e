//! What is recorded of each skill, and its trends.

use digital_skills_registry::api::v1::*;
use tonic::Code;

use crate::{
    both,
    harness::{
        Server,
        client::Batch,
        example::{Example, record, trends},
        failure,
        fixture::Fixture,
        samples::Samples,
        world::World,
    },
};

fn of(plan: &str) -> ListGapTrendsRequest {
    ListGapTrendsRequest { plan: plan.into(), ..ListGapTrendsRequest::default() }
}

fn on(example: &Example, day: &str) -> GapQuery {
    GapQuery { as_of_date: day.into(), ..example.query() }
}

/// The points of a trend: the day, what was needed, skilled and short, and how many organisations.
fn points(trend: &GapTrend) -> Vec<(&str, [f64; 3], i32)> {
    let point = |point: &'_ GapTrendPoint| {
        let terms = [point.needed_fte, point.skilled_fte, point.shortfall_fte];
        (terms, point.organisation_count)
    };
    let days = trend.points.iter().map(|point| point.as_of_date.as_str());
    days.zip(trend.points.iter().map(point)).map(|(day, (t, count))| (day, t, count)).collect()
}

async fn gap_snapshots(server: &Server, example: &Example) -> Vec<GapSnapshot> {
    GapSnapshot::list(&server.channel, &example.plan, 0, "").await.unwrap().rows
}

both!(an_analysis_is_recorded_and_shows_as_a_trend);
async fn an_analysis_is_recorded_and_shows_as_a_trend(server: &Server) {
    let example = Example::create(server).await;
    let first = record(server, on(&example, "2026-07-01")).await.unwrap();
    assert_eq!(first.gap_snapshot_count, 2);
    let found = gap_snapshots(server, &example).await;
    assert!(
        found.iter().all(|r| r.revision == first.revision && r.kind() == GapSnapshotKind::Analysed)
    );
    // B is trained and D assessed by August, and by September the second skill is met.
    example.assess(&server.channel, "b", &example.skills[0], 4, "2026-07-15", "").await;
    example.assess(&server.channel, "d", &example.skills[0], 3, "2026-07-15", "").await;
    record(server, on(&example, "2026-08-01")).await.unwrap();
    let target = Target {
        name: "plans/p/targets/2027".into(),
        needed_fte: Some(2.4),
        funded_fte: Some(2.4),
        ..Target::default()
    };
    Target::update(&server.channel, target, None, false).await.unwrap();
    record(server, on(&example, "2026-09-01")).await.unwrap();
    let answer = trends(server, of(&example.plan)).await.unwrap();
    assert_eq!(answer.read_revision, server.revision().await);
    let [s1, s2] = &answer.trends[..] else { panic!("{answer:?}") };
    assert_eq!((s1.skill.as_str(), s1.skill_title.as_str()), (example.skills[0].as_str(), "S1"));
    assert_eq!(
        points(s1),
        [
            ("2026-07-01", [6.0, 1.0, 5.0], 1),
            ("2026-08-01", [6.0, 2.4, 3.6], 1),
            ("2026-09-01", [2.4, 2.4, 0.0], 1),
        ]
    );
    assert_eq!(
        points(s2),
        [
            ("2026-07-01", [6.0, 2.4, 3.6], 1),
            ("2026-08-01", [6.0, 2.4, 3.6], 1),
            ("2026-09-01", [2.4, 2.4, 0.0], 1),
        ]
    );
    assert!(s1.points.iter().all(|point| point.period_end_date == "2027-03-31"));
    // The same again changes nothing.
    let before = server.revision().await;
    let again = record(server, on(&example, "2026-09-01")).await.unwrap();
    assert_eq!((again.gap_snapshot_count, again.revision), (0, 0));
    assert_eq!(server.revision().await, before);
}

both!(only_what_was_looked_at_whole_is_recorded);
async fn only_what_was_looked_at_whole_is_recorded(server: &Server) {
    let example = Example::create(server).await;
    for query in [
        GapQuery { roles: vec![example.role.clone()], ..example.query() },
        GapQuery { families: vec!["DATA".into()], ..example.query() },
        GapQuery { importance: Importance::Essential as i32, ..example.query() },
    ] {
        assert_eq!(record(server, query).await.unwrap().gap_snapshot_count, 0);
    }
    assert!(gap_snapshots(server, &example).await.is_empty());
    // A skill, or a severity, leaves no role out.
    let query = GapQuery {
        skills: vec![example.skills[0].clone()],
        minimum_severity: GapSeverity::Critical as i32,
        ..example.query()
    };
    assert_eq!(record(server, query).await.unwrap().gap_snapshot_count, 1);
    // What is not required any more on that day was not so: its gap snapshot goes.
    record(server, example.query()).await.unwrap();
    assert_eq!(gap_snapshots(server, &example).await.len(), 2);
    let requirement = format!("{}/requirements/s2", example.role);
    Requirement::delete(&server.channel, &requirement, "", false).await.unwrap();
    assert_eq!(record(server, example.query()).await.unwrap().gap_snapshot_count, 1);
    assert_eq!(gap_snapshots(server, &example).await.len(), 1);
}

both!(trends_can_be_narrowed_and_paged);
async fn trends_can_be_narrowed_and_paged(server: &Server) {
    let world = World::create(server).await;
    let row = |id: usize, organisation: &str, skill: &str, end: &str, needed_fte| GapSnapshot {
        name: format!("{}/gapSnapshots/r{id}", world.plan),
        organisation: organisation.into(),
        skill: skill.into(),
        period_end_date: end.into(),
        as_of_date: "2026-11-01".into(),
        needed_fte: Some(needed_fte),
        shortfall_fte: Some(needed_fte),
        ..GapSnapshot::default()
    };
    let rows = vec![
        row(1, &world.trust, &world.skill, "2027-03-31", 1.0),
        row(2, &world.other_trust, &world.skill, "2027-03-31", 2.0),
        row(3, &world.trust, &world.skill, "2028-03-31", 4.0),
        row(4, &world.board, &world.other_skill, "2027-03-31", 8.0),
    ];
    GapSnapshot::import_all(&server.channel, vec![Batch::of(&world.plan, rows)]).await.unwrap();
    let needed = async |request: ListGapTrendsRequest| {
        let trends = trends(server, request).await.unwrap().trends;
        trends.iter().map(|trend| trend.points[0].needed_fte).collect::<Vec<_>>()
    };
    let all = || of(&world.plan);
    assert_eq!(needed(all()).await, [3.0, 8.0]);
    assert_eq!(
        needed(ListGapTrendsRequest { period_end_date: "2028-03-31".into(), ..all() }).await,
        [4.0]
    );
    assert_eq!(
        needed(ListGapTrendsRequest { skills: vec![world.other_skill.clone()], ..all() }).await,
        [8.0]
    );
    let trust = ListGapTrendsRequest { organisations: vec![world.trust.clone()], ..all() };
    assert_eq!(needed(trust).await, [1.0]);
    let board = ListGapTrendsRequest { organisations: vec![world.board.clone()], ..all() };
    assert_eq!(needed(board.clone()).await, [8.0]);
    assert_eq!(
        needed(ListGapTrendsRequest { include_descendants: true, ..board }).await,
        [3.0, 8.0]
    );
    let first = trends(server, ListGapTrendsRequest { page_size: 1, ..all() }).await.unwrap();
    assert_eq!(first.trends.len(), 1);
    let page_token = first.next_page_token;
    let second = trends(server, ListGapTrendsRequest { page_token, ..all() }).await.unwrap();
    assert_eq!(
        (second.trends[0].skill.as_str(), second.next_page_token.as_str()),
        (world.other_skill.as_str(), "")
    );
    for (request, name) in [
        (of("plans/none"), "plans/none"),
        (
            ListGapTrendsRequest { organisations: vec!["organisations/NONE".into()], ..all() },
            "organisations/NONE",
        ),
        (
            ListGapTrendsRequest { skills: vec!["frameworks/x/skills/none".into()], ..all() },
            "frameworks/x/skills/none",
        ),
    ] {
        assert_eq!(failure(trends(server, request).await, Code::NotFound).fact("resource"), name);
    }
    let bad = ListGapTrendsRequest {
        plan: "x".into(),
        page_size: -1,
        page_token: "x".into(),
        organisations: vec!["x".into()],
        skills: vec!["x".into()],
        period_end_date: "x".into(),
        ..ListGapTrendsRequest::default()
    };
    let bad = failure(trends(server, bad).await, Code::InvalidArgument);
    for field in ["plan", "page_token", "organisations[0]", "skills[0]", "period_end_date"] {
        assert!(bad.violates(field, "MALFORMED"), "{field}: {bad:?}");
    }
    assert!(bad.violates("page_size", "OUT_OF_RANGE"));
}

both!(callers_report_what_adds_up_and_leave_alone_what_was_analysed);
async fn callers_report_what_adds_up_and_leave_alone_what_was_analysed(server: &Server) {
    let world = World::create(server).await;
    for shortfall_fte in [57.5, 60.00002] {
        let row = GapSnapshot { shortfall_fte: Some(shortfall_fte), ..GapSnapshot::nth(&world, 1) };
        let made = GapSnapshot::create(&server.channel, &world.plan, "", Some(row)).await;
        assert!(
            failure(made, Code::InvalidArgument)
                .violates("gap_snapshot.shortfall_fte", "OUT_OF_RANGE")
        );
    }
    for shortfall_fte in [57.50001, 60.00001] {
        let n = shortfall_fte as usize;
        let row = GapSnapshot { shortfall_fte: Some(shortfall_fte), ..GapSnapshot::nth(&world, n) };
        let made = GapSnapshot::create(&server.channel, &world.plan, "", Some(row)).await.unwrap();
        assert_eq!(made.kind(), GapSnapshotKind::Reported);
    }
    let another = server.another().await;
    let example = Example::create(&another).await;
    record(&another, example.query()).await.unwrap();
    let row = gap_snapshots(&another, &example).await.remove(0);
    let changed = GapSnapshot {
        skilled_fte: Some(6.0),
        shortfall_fte: Some(0.5),
        etag: String::new(),
        ..row.clone()
    };
    let changed = GapSnapshot::update(&another.channel, changed, None, false).await;
    let changed = failure(changed, Code::InvalidArgument);
    assert!(changed.violates("gap_snapshot.skilled_fte", "NOT_ALLOWED"), "{changed:?}");
    assert!(changed.violates("gap_snapshot.shortfall_fte", "NOT_ALLOWED"), "{changed:?}");
    // It can go, and one that was reported gives way to what an analysis finds.
    GapSnapshot::delete(&another.channel, &row.name, "", false).await.unwrap();
    let reported = GapSnapshot {
        needed_fte: Some(1.0),
        skilled_fte: Some(1.0),
        shortfall_fte: Some(0.0),
        ..row.clone()
    };
    let reported =
        GapSnapshot::create(&another.channel, &example.plan, "mine", Some(reported)).await.unwrap();
    assert_eq!(record(&another, example.query()).await.unwrap().gap_snapshot_count, 1);
    let now = GapSnapshot::get(&another.channel, &reported.name).await.unwrap();
    assert_eq!(
        (now.needed_fte, now.shortfall_fte, now.kind()),
        (row.needed_fte, row.shortfall_fte, row.kind())
    );
    another.stop().await;
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::GapSnapshot;

    use crate::harness::{
        samples::{Samples, days_after},
        world::World,
    };

    impl Samples for GapSnapshot {
        const MUTABLE: &'static str = "skilled_fte";

        fn nth(world: &World, n: usize) -> Self {
            Self {
                organisation: world.trust.clone(),
                skill: world.skill.clone(),
                period_end_date: "2027-03-31".into(),
                as_of_date: days_after(2026, 3, 31, n),
                needed_fte: Some(60.00001),
                skilled_fte: Some(2.5),
                shortfall_fte: Some(59.0),
                ..Self::default()
            }
        }

        fn change_identity(&mut self, world: &World) {
            self.organisation = world.other_trust.clone();
            self.skill = world.other_skill.clone();
            self.period_end_date = "2080-03-31".into();
            self.as_of_date = "2080-03-31".into();
        }
    }
}
