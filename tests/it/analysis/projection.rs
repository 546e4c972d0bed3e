//! Projections.

use digital_skills_registry::api::v1::*;
use tonic::{Code, Status};

use crate::{
    both,
    harness::{
        Server,
        example::{Example, client},
        failure,
        fixture::Fixture,
    },
};

const ENDS: [&str; 3] = ["2027-03-31", "2028-03-31", "2029-03-31"];

/// The worked example with targets for three years, looked at on the last day of the year before: three
/// people are skilled in S2, one in S1 whose assessment lapses, and one more.
async fn three_years(server: &Server) -> Example {
    let example = Example::create(server).await;
    for end in &ENDS[1..] {
        let target = example.target(end, 6.0, 5.0);
        Target::create(&server.channel, &example.plan, &end[..4], Some(target)).await.unwrap();
    }
    example
}

fn query(example: &Example) -> GapQuery {
    GapQuery { as_of_date: "2026-03-31".into(), ..example.query() }
}

fn request(example: &Example, scenarios: Vec<ProjectionScenario>) -> ProjectGapsRequest {
    ProjectGapsRequest { query: Some(query(example)), scenarios, ..ProjectGapsRequest::default() }
}

async fn project(
    server: &Server,
    request: ProjectGapsRequest,
) -> Result<ProjectGapsResponse, Status> {
    Ok(client(server).project_gaps(request).await?.into_inner())
}

fn scenario(name: &str, assumptions: Vec<ProjectionAssumption>) -> ProjectionScenario {
    ProjectionScenario { scenario: name.into(), assumptions }
}

/// The leaver rate of the worked example, one who joins in the first year, 0.6 who retire in the second.
fn worked() -> Vec<ProjectionAssumption> {
    let all = ProjectionAssumption { leaver_rate: Some(0.101), ..ProjectionAssumption::default() };
    let first = ProjectionAssumption {
        period_end_date: ENDS[0].into(),
        joiner_fte: Some(1.0),
        ..ProjectionAssumption::default()
    };
    let second = ProjectionAssumption {
        period_end_date: ENDS[1].into(),
        retirement_fte: Some(0.6),
        ..ProjectionAssumption::default()
    };
    vec![all, first, second]
}

async fn movement(
    server: &Server,
    example: &Example,
    role: &str,
    opening: f64,
    joiners: f64,
    leavers: f64,
) {
    let row = Movement {
        role: role.into(),
        first_date: "2025-04-01".into(),
        last_date: "2026-03-31".into(),
        opening_headcount: Some(100),
        opening_fte: Some(opening),
        joiner_headcount: Some(100),
        joiner_fte: Some(joiners),
        leaver_headcount: Some(100),
        leaver_fte: Some(leavers),
        ..Movement::default()
    };
    Movement::create(&server.channel, &example.organisation, "", Some(row)).await.unwrap();
}

/// The sums of a scenario at the end of a period.
fn total(answer: &ProjectGapsResponse, scenario: &str, end: &str) -> ProjectionTotal {
    let total = answer.totals.iter().find(|t| t.scenario == scenario && t.period_end_date == end);
    total.unwrap().clone()
}

both!(the_worked_example_comes_out_to_the_last_digit);
async fn the_worked_example_comes_out_to_the_last_digit(server: &Server) {
    let example = three_years(server).await;
    let before = server.revision().await;
    let answer =
        project(server, request(&example, vec![scenario("worked", worked())])).await.unwrap();
    let outcomes: Vec<_> = answer.rows.iter().map(|row| &row.outcomes[0]).collect();
    let ends: Vec<_> = answer.rows.iter().map(|row| row.period_end_date.as_str()).collect();
    assert_eq!(ends, ENDS);
    let [first, second, third] = outcomes[..] else { panic!() };
    assert_eq!((first.opening_fte, first.leaving_fte, first.joining_fte), (3.4, 0.3434, 1.0));
    assert_eq!(first.in_post_fte, 4.0566);
    assert_eq!((second.opening_fte, second.retiring_fte, second.joining_fte), (4.0566, 0.6, 0.0));
    // 3.4566 × 0.899 = 3.1074834
    assert_eq!((second.leaving_fte, second.in_post_fte), (0.34912, 3.10748));
    assert_eq!(second.gap_fte, Some(2.89252));
    assert_eq!(format!("{:.4}", second.gap_fte.unwrap()), "2.8925");
    assert_eq!(third.opening_fte, 3.10748);
    for outcome in [first, second, third] {
        assert_eq!(outcome.leaver_rate_basis(), LeaverRateBasis::Request);
        assert_eq!((outcome.leaver_rate, outcome.funded_fte), (0.101, Some(5.0)));
    }
    let context = answer.context.unwrap();
    assert_eq!((context.read_revision, context.row_count), (before, 3));
    let echoed = context.query.unwrap();
    assert_eq!(echoed.period_end_dates, ENDS);
    assert_eq!(context.scenarios, [scenario("worked", worked())]);
    assert_eq!(server.revision().await, before);
}

both!(skilled_people_leave_lapse_and_are_trained);
async fn skilled_people_leave_lapse_and_are_trained(server: &Server) {
    let example = three_years(server).await;
    let [s1, s2] = example.skills.clone();
    let mut assumptions = worked();
    // Of C's assessment it is true until 30 June 2026 only.
    assumptions.push(ProjectionAssumption {
        skill: s1.clone(),
        trained_fte: Some(0.8),
        training_success: Some(0.85),
        joiner_skilled_share: Some(0.5),
        ..ProjectionAssumption::default()
    });
    let doubled =
        ProjectionAssumption { training_factor: Some(2.0), ..ProjectionAssumption::default() };
    let more = [assumptions.clone(), vec![doubled]].concat();
    let scenarios = vec![scenario("as planned", assumptions), scenario("training doubled", more)];
    let answer = project(server, request(&example, scenarios)).await.unwrap();
    let skill = |row: usize, scenario: usize, skill: &str| {
        let skills = &answer.rows[row].outcomes[scenario].skills;
        skills.iter().find(|other| other.skill == skill).unwrap().clone()
    };
    let first = skill(0, 0, &s1);
    assert_eq!((first.opening_fte, first.leaving_fte), (2.0, 0.202));
    assert_eq!((first.trained_fte, first.hired_fte, first.expiring_fte), (0.68, 0.5, 1.0));
    // 2 × 0.899 + 0.68 + 0.5 − 1
    assert_eq!((first.skilled_fte, first.shortfall_fte), (1.978, Some(4.022)));
    assert_eq!((first.minimum_level, first.weight), (3, 3.0));
    let second = skill(1, 0, &s1);
    assert_eq!((second.opening_fte, second.expiring_fte, second.hired_fte), (1.978, 0.0, 0.0));
    // 1.978 × 0.899 + 0.68 = 2.458222
    assert_eq!(second.skilled_fte, 2.45822);
    assert_eq!(skill(0, 1, &s1).trained_fte, 1.36);
    assert_eq!(skill(0, 1, &s1).skilled_fte, 2.658);
    // 2.4 × 0.899: nobody is trained in the other skill, and joiners are not taken to be skilled.
    assert_eq!(skill(0, 1, &s2).skilled_fte, 2.1576);
    let flows = |scenario: &str| {
        let total = total(&answer, scenario, ENDS[0]);
        [
            total.skill_leaving_fte,
            total.skill_trained_fte,
            total.skill_hired_fte,
            total.skill_expiring_fte,
        ]
    };
    // 2 × 0.101 + 2.4 × 0.101
    assert_eq!(flows("as planned"), [0.4444, 0.68, 0.5, 1.0]);
    assert_eq!(flows("training doubled"), [0.4444, 1.36, 0.5, 1.0]);
    // Never more than are in post.
    assert_eq!(skill(2, 1, &s1).skilled_fte, 2.79362);
    assert_eq!(answer.rows[2].outcomes[1].in_post_fte, 2.79362);
}

both!(scenarios_stand_side_by_side);
async fn scenarios_stand_side_by_side(server: &Server) {
    let example = three_years(server).await;
    let cut = ProjectionAssumption { funded_factor: Some(0.7), ..ProjectionAssumption::default() };
    let join = ProjectionAssumption { joiner_fte: Some(1.0), ..ProjectionAssumption::default() };
    let half = ProjectionAssumption { joiner_factor: Some(0.5), ..ProjectionAssumption::default() };
    let scenarios = vec![
        scenario("recorded", vec![]),
        scenario("hire", vec![join.clone()]),
        scenario("funding cut by 30 %", vec![join.clone(), cut]),
        scenario("half", vec![join, half]),
    ];
    let answer = project(server, request(&example, scenarios)).await.unwrap();
    let outcome = |row: usize, scenario: usize| {
        let outcome = &answer.rows[row].outcomes[scenario];
        (outcome.joining_fte, outcome.in_post_fte, outcome.funded_fte.unwrap())
    };
    assert_eq!(outcome(0, 0), (0.0, 3.4, 5.0));
    assert_eq!(
        [outcome(0, 1), outcome(1, 1), outcome(2, 1)],
        [(1.0, 4.4, 5.0), (1.0, 5.4, 5.0), (1.0, 6.4, 5.0)]
    );
    // Posts for 3.5: 0.1 joins, and then nobody.
    assert_eq!([outcome(0, 2), outcome(1, 2)], [(0.1, 3.5, 3.5), (0.0, 3.5, 3.5)]);
    assert_eq!(outcome(2, 3), (0.5, 4.9, 5.0));
    let people = |scenario: &str| {
        let total = total(&answer, scenario, ENDS[2]);
        (total.needed_fte, total.funded_fte, total.in_post_fte, total.shortfall_fte)
    };
    assert_eq!(people("hire"), (6.0, 5.0, 6.4, 0.0));
    assert_eq!(people("funding cut by 30 %"), (6.0, 3.5, 3.5, 2.5));
    assert_eq!(answer.totals.len(), 12);
    // Two skills are required: the post counts once for each.
    let last = total(&answer, "recorded", ENDS[2]);
    assert_eq!(
        (last.skill_needed_fte, last.skilled_fte, last.skill_shortfall_fte),
        (12.0, 3.4, 8.6)
    );
}

both!(rates_come_from_recorded_movements);
async fn rates_come_from_recorded_movements(server: &Server) {
    let example = three_years(server).await;
    let recorded = || async {
        let answer = project(server, request(&example, vec![])).await.unwrap();
        assert_eq!(answer.context.unwrap().scenarios, [scenario("recorded", vec![])]);
        answer.rows[0].outcomes[0].clone()
    };
    let nothing = recorded().await;
    assert_eq!((nothing.leaver_rate, nothing.leaver_rate_basis()), (0.0, LeaverRateBasis::Nothing));
    assert_eq!((nothing.in_post_fte, nothing.basis_first_date.as_str()), (3.4, ""));
    movement(server, &example, "", 50.0, 10.0, 10.0).await;
    let organisation = recorded().await;
    assert_eq!(
        (organisation.leaver_rate, organisation.leaver_rate_basis()),
        (0.2, LeaverRateBasis::Organisation)
    );
    assert_eq!((organisation.leaving_fte, organisation.joining_fte), (0.68, 0.68));
    let other = Role { title: "Engineer".into(), family: "DATA".into(), ..Role::default() };
    let other = Role::create(&server.channel, "", "engineer", Some(other)).await.unwrap().name;
    movement(server, &example, &other, 10.0, 0.0, 1.5).await;
    let family = recorded().await;
    assert_eq!((family.leaver_rate, family.leaver_rate_basis()), (0.15, LeaverRateBasis::Family));
    movement(server, &example, &example.role, 10.0, 2.0, 1.01).await;
    let role = recorded().await;
    assert_eq!((role.leaver_rate, role.leaver_rate_basis()), (0.101, LeaverRateBasis::Role));
    assert_eq!(
        [role.basis_first_date.as_str(), &role.basis_last_date],
        ["2025-04-01", "2026-03-31"]
    );
    // 3.4 × 0.899 + 3.4 × 0.2
    assert_eq!((role.leaving_fte, role.joining_fte, role.in_post_fte), (0.3434, 0.68, 3.7366));
}

both!(rows_come_in_pages);
async fn rows_come_in_pages(server: &Server) {
    let example = three_years(server).await;
    let whole = project(server, request(&example, vec![])).await.unwrap();
    let (mut rows, mut page_token) = (Vec::new(), String::new());
    loop {
        let page = ProjectGapsRequest { page_size: 2, page_token, ..request(&example, vec![]) };
        let page = project(server, page).await.unwrap();
        assert_eq!(page.totals, whole.totals);
        rows.extend(page.rows);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        let other = ProjectGapsRequest {
            page_token: page_token.clone(),
            ..request(&example, vec![scenario("x", vec![])])
        };
        let other = failure(project(server, other).await, Code::InvalidArgument);
        assert!(other.violates("page_token", "MALFORMED"));
    }
    assert_eq!(rows, whole.rows);
    let one = GapQuery { period_end_dates: vec![ENDS[1].into()], ..query(&example) };
    let one = project(server, ProjectGapsRequest { query: Some(one), ..Default::default() })
        .await
        .unwrap();
    assert_eq!(one.rows, whole.rows[1..2]);
}

both!(what_is_wrong_with_a_projection_is_told_at_once);
async fn what_is_wrong_with_a_projection_is_told_at_once(server: &Server) {
    let example = Example::create(server).await;
    let assumption = ProjectionAssumption {
        organisation: "RX1".into(),
        skill: example.skills[0].clone(),
        period_end_date: "31/03/2027".into(),
        leaver_rate: Some(1.5),
        joiner_fte: Some(-1.0),
        joiner_skilled_share: Some(0.123456),
        ..ProjectionAssumption::default()
    };
    let query = GapQuery {
        group_by: vec![GapDimension::Role as i32],
        order_by: "priority".into(),
        minimum_severity: GapSeverity::Low as i32,
        ..example.query()
    };
    let scenarios =
        vec![scenario("a", vec![assumption]), scenario("a", vec![]), scenario(" ", vec![])];
    let bad =
        ProjectGapsRequest { query: Some(query), scenarios, page_size: -1, ..Default::default() };
    let failure1 = failure(project(server, bad).await, Code::InvalidArgument);
    for (field, reason) in [
        ("query.group_by", "NOT_ALLOWED"),
        ("query.order_by", "NOT_ALLOWED"),
        ("query.minimum_severity", "NOT_ALLOWED"),
        ("page_size", "OUT_OF_RANGE"),
        ("scenarios[0].assumptions[0].organisation", "MALFORMED"),
        ("scenarios[0].assumptions[0].period_end_date", "MALFORMED"),
        ("scenarios[0].assumptions[0].leaver_rate", "OUT_OF_RANGE"),
        ("scenarios[0].assumptions[0].joiner_fte", "OUT_OF_RANGE"),
        ("scenarios[0].assumptions[0].joiner_skilled_share", "TOO_LONG"),
        ("scenarios[1].scenario", "DUPLICATE"),
        ("scenarios[2].scenario", "REQUIRED"),
    ] {
        assert!(failure1.violates(field, reason), "{field}: {failure1:?}");
    }
    let of_skill = ProjectionAssumption {
        skill: example.skills[0].clone(),
        leaver_rate: Some(0.1),
        ..ProjectionAssumption::default()
    };
    let bad = request(&example, vec![scenario("a", vec![of_skill])]);
    let bad = failure(project(server, bad).await, Code::InvalidArgument);
    assert!(bad.violates("scenarios[0].assumptions[0].leaver_rate", "NOT_ALLOWED"));
    let none =
        ProjectionAssumption { role: "roles/none".into(), ..ProjectionAssumption::default() };
    let none = request(&example, vec![scenario("a", vec![none])]);
    assert_eq!(failure(project(server, none).await, Code::NotFound).fact("resource"), "roles/none");
    let many = (0..11).map(|i| scenario(&i.to_string(), vec![])).collect();
    let many = failure(project(server, request(&example, many)).await, Code::InvalidArgument);
    assert!(many.violates("scenarios", "TOO_LONG"));
}
