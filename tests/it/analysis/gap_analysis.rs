//! The gap analysis over the wire.

use digital_skills_registry::api::v1::*;
use prost::Message;
use tonic::Code;

use crate::{
    both,
    harness::{
        Server,
        client::Batch,
        example::{Example, analyse, client, record, stream},
        failure,
        fixture::Fixture,
    },
};

/// The figures, to be compared to the last digit.
fn figures(numbers: [f64; 11]) -> GapFigures {
    let [
        needed,
        funded,
        in_post,
        skilled,
        unfunded,
        vacant,
        below,
        expired,
        unassessed,
        shortfall,
        surplus,
    ] = numbers;
    GapFigures {
        needed_fte: needed,
        funded_fte: funded,
        in_post_fte: in_post,
        skilled_fte: skilled,
        unfunded_fte: unfunded,
        vacant_fte: vacant,
        below_fte: below,
        expired_fte: expired,
        unassessed_fte: unassessed,
        shortfall_fte: shortfall,
        surplus_fte: surplus,
        ..GapFigures::default()
    }
}

both!(the_worked_example_comes_out_to_the_last_digit);
async fn the_worked_example_comes_out_to_the_last_digit(server: &Server) {
    let example = Example::create(server).await;
    let answer = analyse(server, example.query()).await.unwrap();
    assert_eq!(answer.rows.len(), 2);
    let [first, second] = &answer.rows[..] else { panic!() };
    assert_eq!(first.skill, example.skills[0]);
    assert_eq!(
        first.figures.unwrap(),
        GapFigures {
            coverage: Some(1.0 / 6.0),
            coverage_upper_bound: Some(1.6 / 6.0),
            severity: GapSeverity::Critical as i32,
            priority: 15.0,
            holders: Some(1),
            single_point_of_failure: Some(true),
            ..figures([6.0, 5.0, 3.4, 1.0, 1.0, 1.6, 0.8, 1.0, 0.6, 5.0, 0.0])
        }
    );
    assert_eq!(second.skill, example.skills[1]);
    assert_eq!(
        second.figures.unwrap(),
        GapFigures {
            coverage: Some(0.4),
            coverage_upper_bound: Some(0.4),
            severity: GapSeverity::Critical as i32,
            priority: 3.6,
            holders: Some(3),
            single_point_of_failure: Some(false),
            ..figures([6.0, 5.0, 3.4, 2.4, 1.0, 1.6, 1.0, 0.0, 0.0, 3.6, 0.0])
        }
    );
    assert_eq!(
        first.requirement.clone().unwrap(),
        GapRequirement {
            minimum_level: 3,
            importance: Importance::Essential as i32,
            weight: 3.0,
            minimum_holders: 2,
            requirements: vec!["roles/analyst/requirements/s1".into()],
        }
    );
    assert_eq!(
        (first.organisation_title.as_str(), first.region_code.as_str(), first.role_title.as_str()),
        ("Trust", "Y56", "Analyst")
    );
    assert_eq!((first.family.as_str(), first.category.as_str()), ("DATA", "Data"));
    assert_eq!(first.period_end_date, "2027-03-31");

    let by_role = GapQuery { group_by: vec![GapDimension::Role as i32], ..example.query() };
    let answer = analyse(server, by_role).await.unwrap();
    let [role] = &answer.rows[..] else { panic!() };
    let totals = role.totals.unwrap();
    assert_eq!(totals.weighted_coverage, Some(0.225));
    assert_eq!(
        (totals.part_count, totals.critical_count, totals.single_point_of_failure_count),
        (2, 2, 1)
    );
    let summed = role.figures.unwrap();
    assert_eq!(
        summed,
        GapFigures {
            coverage: Some(3.4 / 12.0),
            coverage_upper_bound: Some(4.0 / 12.0),
            severity: GapSeverity::Critical as i32,
            priority: 18.6,
            ..figures([12.0, 10.0, 6.8, 3.4, 2.0, 3.2, 1.8, 1.0, 0.6, 8.6, 0.0])
        }
    );
    assert_eq!(answer.totals.unwrap().figures, Some(summed));
    assert!(role.requirement.is_none() && role.skill.is_empty() && role.organisation.is_empty());
}

both!(the_answer_says_what_was_compared);
async fn the_answer_says_what_was_compared(server: &Server) {
    let example = Example::create(server).await;
    let query = GapQuery {
        organisations: vec!["organisations/rx1".into()],
        minimum_severity: GapSeverity::Low as i32,
        importance: Importance::Essential as i32,
        ..example.query()
    };
    let context = analyse(server, query).await.unwrap().context.unwrap();
    assert_eq!(context.read_revision, server.revision().await);
    let plan = Plan::get(&server.channel, &example.plan).await.unwrap();
    assert_eq!(context.plan, Some(plan));
    assert_eq!(
        context.query.unwrap(),
        GapQuery {
            plan: example.plan.clone(),
            organisations: vec![example.organisation.clone()],
            period_end_dates: vec!["2027-03-31".into()],
            minimum_severity: GapSeverity::Low as i32,
            importance: Importance::Essential as i32,
            as_of_date: "2026-07-01".into(),
            order_by: "priority desc".into(),
            ..GapQuery::default()
        }
    );
    assert_eq!((context.row_count, context.warning_count), (2, 0));
    let today = GapQuery { as_of_date: String::new(), ..example.query() };
    let today = analyse(server, today).await.unwrap().context.unwrap().query.unwrap();
    assert_eq!(
        today.as_of_date,
        digital_skills_registry::domain::day_in_london(chrono::Utc::now()).to_string()
    );
}

both!(the_same_query_at_the_same_revision_gives_the_same_bytes);
async fn the_same_query_at_the_same_revision_gives_the_same_bytes(server: &Server) {
    let example = Example::create(server).await;
    let query = GapQuery { period_end_dates: vec!["-".into()], ..example.query() };
    let first = analyse(server, query.clone()).await.unwrap().encode_to_vec();
    for _ in 0..5 {
        assert_eq!(analyse(server, query.clone()).await.unwrap().encode_to_vec(), first);
    }
}

both!(the_day_decides_who_is_in_post_and_what_is_valid);
async fn the_day_decides_who_is_in_post_and_what_is_valid(server: &Server) {
    let example = Example::create(server).await;
    let s1 = async |as_of: &str| {
        let query = GapQuery {
            as_of_date: as_of.into(),
            skills: vec![example.skills[0].clone()],
            ..example.query()
        };
        analyse(server, query).await.unwrap().rows[0].figures.unwrap()
    };
    // The last day of validity still counts.
    assert_eq!(s1("2026-06-30").await.skilled_fte, 2.0);
    assert_eq!(s1("2026-07-01").await.skilled_fte, 1.0);
    // Before the assessments nobody was assessed, and before they came nobody was in post.
    assert_eq!(s1("2025-06-29").await.unassessed_fte, 3.4);
    assert_eq!(s1("2023-12-31").await.in_post_fte, 0.0);
    let leaves = Staffing {
        name: format!("{}/staffing/a", example.organisation),
        end_date: "2026-07-01".into(),
        ..Staffing::default()
    };
    Staffing::update(&server.channel, leaves, None, false).await.unwrap();
    assert_eq!(s1("2026-06-30").await.in_post_fte, 3.4);
    assert_eq!(s1("2026-07-01").await.in_post_fte, 2.4);
}

both!(a_later_assessment_supersedes_and_the_last_recorded_of_a_day_counts);
async fn a_later_assessment_supersedes_and_the_last_recorded_of_a_day_counts(server: &Server) {
    let example = Example::create(server).await;
    let skilled = async || {
        let query = GapQuery { skills: vec![example.skills[0].clone()], ..example.query() };
        analyse(server, query).await.unwrap().rows[0].figures.unwrap().skilled_fte
    };
    let assess = async |level, on: &str| {
        example.assess(&server.channel, "b", &example.skills[0], level, on, "").await
    };
    assess(4, "2025-06-29").await;
    assert_eq!(skilled().await, 1.0);
    assess(3, "2026-01-15").await;
    assert_eq!(skilled().await, 1.8);
    assess(2, "2026-01-15").await;
    assert_eq!(skilled().await, 1.0);
    assess(4, "2026-07-02").await;
    assert_eq!(skilled().await, 1.0);
}

both!(a_group_counts_by_its_parts);
async fn a_group_counts_by_its_parts(server: &Server) {
    let example = Example::create(server).await;
    let nurses = Role { title: "Nurse".into(), ..Role::default() };
    let role = Role::create(&server.channel, "", "nurse", Some(nurses)).await.unwrap().name;
    let requirement = Requirement {
        skill: example.skills[0].clone(),
        minimum_level: Some(2),
        minimum_holders: Some(50),
        ..Requirement::default()
    };
    Requirement::create(&server.channel, &role, "s1", Some(requirement)).await.unwrap();
    let target = Target { role: role.clone(), ..example.target("2027-03-31", 100.0, 100.0) };
    Target::create(&server.channel, &example.plan, "nurses", Some(target)).await.unwrap();
    let group = Staffing {
        subject: "group:nurses".into(),
        role: role.clone(),
        headcount: Some(7),
        fte: Some(6.00001),
        start_date: "2024-01-01".into(),
        ..Staffing::default()
    };
    Staffing::create(&server.channel, &example.organisation, "nurses", Some(group)).await.unwrap();
    let assess = async |level, headcount, fte| {
        let part = Assessment {
            subject: "group:nurses".into(),
            skill: example.skills[0].clone(),
            level: Some(level),
            headcount: Some(headcount),
            fte,
            assessed_date: "2026-01-01".into(),
            source: AssessmentSource::System as i32,
            ..Assessment::default()
        };
        Assessment::create(&server.channel, &example.organisation, "", Some(part)).await.unwrap()
    };
    let row = async || {
        let query = GapQuery { roles: vec![role.clone()], ..example.query() };
        analyse(server, query).await.unwrap().rows.remove(0)
    };
    // Shares by headcount are rounded so that the whole group adds up to its FTE.
    assess(4, 3, None).await;
    assess(1, 3, None).await;
    let third = assess(0, 1, None).await;
    let figures = row().await.figures.unwrap();
    assert_eq!(
        (figures.skilled_fte, figures.below_fte, figures.unassessed_fte),
        (2.57143, 3.42858, 0.0)
    );
    assert_eq!((figures.holders, figures.single_point_of_failure), (Some(3), Some(true)));
    // A part may give its own FTE, and may give too much.
    let much = Assessment { name: third.name, fte: Some(1.5), ..Assessment::default() };
    Assessment::update(&server.channel, much, None, false).await.unwrap();
    let over = row().await;
    assert_eq!(over.figures.unwrap().unassessed_fte, -0.64286);
    assert_eq!(over.warnings, [GapWarningKind::OverAssessed as i32]);
    let answer = analyse(server, example.query()).await.unwrap();
    assert_eq!(
        answer.warnings,
        [GapWarning {
            kind: GapWarningKind::OverAssessed as i32,
            organisation: example.organisation.clone(),
            role,
            skill: example.skills[0].clone(),
            fte: 0.64286,
        }]
    );
}

both!(role_and_plan_together_require_the_stricter);
async fn role_and_plan_together_require_the_stricter(server: &Server) {
    let example = Example::create(server).await;
    let create = async |id: &str, requirement| {
        Requirement::create(&server.channel, &example.plan, id, Some(requirement)).await.unwrap()
    };
    create(
        "family",
        Requirement {
            skill: example.skills[1].clone(),
            minimum_level: Some(3),
            importance: Importance::Desirable as i32,
            weight: Some(0.5),
            minimum_holders: Some(4),
            family: "DATA".into(),
            ..Requirement::default()
        },
    )
    .await;
    create(
        "role",
        Requirement {
            skill: example.skills[1].clone(),
            minimum_level: Some(1),
            weight: Some(2.25),
            role: example.role.clone(),
            needed_from_date: "2027-03-31".into(),
            ..Requirement::default()
        },
    )
    .await;
    create(
        "later",
        Requirement {
            skill: example.skills[0].clone(),
            minimum_level: Some(4),
            role: example.role.clone(),
            needed_from_date: "2027-04-01".into(),
            ..Requirement::default()
        },
    )
    .await;
    let answer = analyse(server, example.query()).await.unwrap();
    let of = |skill: &str| answer.rows.iter().find(|row| row.skill == skill).unwrap();
    assert_eq!(
        of(&example.skills[1]).requirement.clone().unwrap(),
        GapRequirement {
            minimum_level: 3,
            importance: Importance::Essential as i32,
            weight: 2.25,
            minimum_holders: 4,
            requirements: vec![
                "plans/p/requirements/family".into(),
                "plans/p/requirements/role".into(),
                "roles/analyst/requirements/s2".into(),
            ],
        }
    );
    assert_eq!(of(&example.skills[1]).figures.unwrap().skilled_fte, 0.8);
    assert_eq!(of(&example.skills[0]).requirement.clone().unwrap().minimum_level, 3);
}

both!(a_period_is_chosen_by_the_day_or_by_name);
async fn a_period_is_chosen_by_the_day_or_by_name(server: &Server) {
    let example = Example::create(server).await;
    for (id, period) in [("2028", "2028-03-31"), ("2029", "2029-03-31")] {
        let target = example.target(period, 8.0, 5.0);
        Target::create(&server.channel, &example.plan, id, Some(target)).await.unwrap();
    }
    let periods = async |query: GapQuery| {
        analyse(server, query).await.unwrap().context.unwrap().query.unwrap().period_end_dates
    };
    let on = |day: &str| GapQuery { as_of_date: day.into(), ..example.query() };
    assert_eq!(periods(on("2026-07-01")).await, ["2027-03-31"]);
    assert_eq!(periods(on("2027-03-31")).await, ["2027-03-31"]);
    assert_eq!(periods(on("2027-04-01")).await, ["2028-03-31"]);
    assert_eq!(periods(on("2035-01-01")).await, ["2029-03-31"]);
    let named = |ends: &[&str]| GapQuery {
        period_end_dates: ends.iter().map(|end| (*end).to_owned()).collect(),
        ..example.query()
    };
    assert_eq!(periods(named(&["2029-03-31", "2027-03-31"])).await, ["2027-03-31", "2029-03-31"]);
    let every = ["2027-03-31", "2028-03-31", "2029-03-31"];
    assert_eq!(periods(named(&["-"])).await, every);
    let by_period = GapQuery { group_by: vec![GapDimension::Period as i32], ..example.query() };
    assert_eq!(periods(by_period.clone()).await, every);
    let rows = analyse(server, by_period).await.unwrap().rows;
    assert_eq!(rows.len(), 3);
}

both!(what_a_plan_forgets_shows_in_the_warnings);
async fn what_a_plan_forgets_shows_in_the_warnings(server: &Server) {
    let example = Example::create(server).await;
    let role = async |id: &str| {
        let role = Role { title: id.into(), family: "IT_OPERATIONS".into(), ..Role::default() };
        Role::create(&server.channel, "", id, Some(role)).await.unwrap().name
    };
    let (bare, forgotten) = (role("bare").await, role("forgotten").await);
    let target = Target { role: bare.clone(), ..example.target("2027-03-31", 2.5, 2.0) };
    Target::create(&server.channel, &example.plan, "bare", Some(target)).await.unwrap();
    for (id, fte) in [("x", 1.0), ("y", 0.25)] {
        let staffing = Staffing {
            subject: id.into(),
            role: forgotten.clone(),
            headcount: Some(1),
            fte: Some(fte),
            start_date: "2024-01-01".into(),
            ..Staffing::default()
        };
        Staffing::create(&server.channel, &example.organisation, id, Some(staffing)).await.unwrap();
    }
    let warnings = analyse(server, example.query()).await.unwrap().warnings;
    let warning = |kind: GapWarningKind, role: &str, fte| GapWarning {
        kind: kind as i32,
        organisation: example.organisation.clone(),
        role: role.to_owned(),
        skill: String::new(),
        fte,
    };
    assert_eq!(
        warnings,
        [
            warning(GapWarningKind::RoleWithoutRequirements, &bare, 2.5),
            warning(GapWarningKind::RoleNotInPlan, &forgotten, 1.25),
        ]
    );
    let narrowed = GapQuery { families: vec!["DATA".into()], ..example.query() };
    assert!(analyse(server, narrowed).await.unwrap().warnings.is_empty());
}

both!(a_query_narrows_and_orders_the_rows);
async fn a_query_narrows_and_orders_the_rows(server: &Server) {
    let example = Example::create(server).await;
    let skills = async |query: GapQuery| {
        let rows = analyse(server, query).await.unwrap().rows;
        rows.iter().map(|row| row.skill_title.clone()).collect::<Vec<_>>()
    };
    let query = || example.query();
    assert_eq!(
        skills(GapQuery { skills: vec![example.skills[1].clone()], ..query() }).await,
        ["S2"]
    );
    assert_eq!(
        skills(GapQuery { frameworks: vec!["frameworks/scale".into()], ..query() }).await,
        ["S1", "S2"]
    );
    assert_eq!(
        skills(GapQuery { order_by: "coverage desc".into(), ..query() }).await,
        ["S2", "S1"]
    );
    assert_eq!(
        skills(GapQuery { order_by: "shortfall_fte".into(), ..query() }).await,
        ["S2", "S1"]
    );
    assert_eq!(
        skills(GapQuery { order_by: "needed_fte desc, skill desc".into(), ..query() }).await,
        ["S2", "S1"]
    );
    assert_eq!(skills(GapQuery { order_by: "category".into(), ..query() }).await, ["S2", "S1"]);
    assert_eq!(skills(GapQuery { families: vec!["CYBER".into()], ..query() }).await, [""; 0]);
    assert_eq!(
        skills(GapQuery { importance: Importance::Desirable as i32, ..query() }).await,
        [""; 0]
    );
    assert_eq!(
        skills(GapQuery { minimum_severity: GapSeverity::Critical as i32, ..query() }).await,
        ["S1", "S2"]
    );
    let target = Target {
        name: "plans/p/targets/2027".into(),
        needed_fte: Some(2.6),
        funded_fte: Some(2.5),
        ..Target::default()
    };
    Target::update(&server.channel, target, None, false).await.unwrap();
    assert_eq!(
        skills(GapQuery { minimum_severity: GapSeverity::High as i32, ..query() }).await,
        ["S1"]
    );
    let met = analyse(server, query()).await.unwrap();
    assert_eq!(met.rows[1].figures.unwrap().severity(), GapSeverity::Medium);
    // Funded less than in post: the terms keep their signs.
    assert_eq!(met.rows[1].figures.unwrap().vacant_fte, -0.9);
}

both!(organisations_are_taken_with_all_below_them);
async fn organisations_are_taken_with_all_below_them(server: &Server) {
    let example = Example::create(server).await;
    let organisation = async |code: &str, kind: OrganisationKind, parent: &str, region: &str| {
        let row = Organisation {
            title: code.into(),
            kind: kind as i32,
            parent: parent.into(),
            region_code: region.into(),
            ..Organisation::default()
        };
        Organisation::create(&server.channel, "", code, Some(row)).await.unwrap().name
    };
    let region = organisation("Y61", OrganisationKind::Region, "", "").await;
    let board = organisation("QAA", OrganisationKind::IntegratedCareBoard, &region, "").await;
    let trust = organisation("RX2", OrganisationKind::Trust, &board, "").await;
    let target = Target { organisation: trust.clone(), ..example.target("2027-03-31", 2.0, 2.0) };
    Target::create(&server.channel, &example.plan, "rx2", Some(target)).await.unwrap();
    let rows = async |organisations: &[&String], include_descendants| {
        let organisations = organisations.iter().map(|name| (*name).clone()).collect();
        let query = GapQuery { organisations, include_descendants, ..example.query() };
        let rows = analyse(server, query).await.unwrap().rows;
        rows.iter()
            .map(|row| format!("{} {}", row.organisation_title, row.region_code))
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(&[], false).await.len(), 4);
    assert_eq!(rows(&[&region], false).await, [""; 0]);
    assert_eq!(rows(&[&region], true).await, ["RX2 Y61", "RX2 Y61"]);
    assert_eq!(rows(&[&example.organisation, &board], true).await.len(), 4);
    let by_region = GapQuery { group_by: vec![GapDimension::Region as i32], ..example.query() };
    let answer = analyse(server, by_region).await.unwrap();
    let regions: Vec<_> = answer.rows.iter().map(|row| row.region_code.as_str()).collect();
    assert_eq!(regions, ["Y56", "Y61"]);
}

both!(what_a_query_names_must_exist);
async fn what_a_query_names_must_exist(server: &Server) {
    let example = Example::create(server).await;
    let query = || example.query();
    for (query, name) in [
        (GapQuery { plan: "plans/none".into(), ..query() }, "plans/none"),
        (
            GapQuery { organisations: vec!["organisations/NONE".into()], ..query() },
            "organisations/NONE",
        ),
        (GapQuery { roles: vec!["roles/none".into()], ..query() }, "roles/none"),
        (
            GapQuery { skills: vec!["frameworks/scale/skills/none".into()], ..query() },
            "frameworks/scale/skills/none",
        ),
        (GapQuery { frameworks: vec!["frameworks/none".into()], ..query() }, "frameworks/none"),
    ] {
        assert_eq!(failure(analyse(server, query).await, Code::NotFound).fact("resource"), name);
    }
}

both!(a_bad_query_is_invalid_with_all_that_is_wrong);
async fn a_bad_query_is_invalid_with_all_that_is_wrong(server: &Server) {
    let example = Example::create(server).await;
    let bad = GapQuery {
        plan: "roles/x".into(),
        organisations: vec!["organisations/RX1".into(), "x".into()],
        roles: vec!["plans/x".into()],
        families: vec![String::new()],
        skills: vec!["s1".into()],
        frameworks: vec![String::new()],
        period_end_dates: vec!["2027-03-31".into(), "-".into()],
        minimum_severity: 77,
        importance: -3,
        as_of_date: "tomorrow".into(),
        group_by: vec![0, 3, 3, 99],
        order_by: "priority down".into(),
        ..GapQuery::default()
    };
    for code in [
        failure(analyse(server, bad.clone()).await, Code::InvalidArgument),
        failure(stream(server, bad.clone()).await, Code::InvalidArgument),
        failure(record(server, bad.clone()).await, Code::InvalidArgument),
    ] {
        for (field, reason) in [
            ("plan", "MALFORMED"),
            ("organisations[1]", "MALFORMED"),
            ("roles[0]", "MALFORMED"),
            ("families[0]", "REQUIRED"),
            ("skills[0]", "MALFORMED"),
            ("frameworks[0]", "REQUIRED"),
            ("period_end_dates[1]", "MALFORMED"),
            ("minimum_severity", "UNKNOWN_VALUE"),
            ("importance", "UNKNOWN_VALUE"),
            ("as_of_date", "MALFORMED"),
            ("group_by[0]", "REQUIRED"),
            ("group_by[2]", "DUPLICATE"),
            ("group_by[3]", "UNKNOWN_VALUE"),
            ("order_by", "MALFORMED"),
        ] {
            assert!(code.violates(&format!("query.{field}"), reason), "{field}: {code:?}");
        }
    }
    let nothing = AnalyseGapsRequest { page_size: -1, ..AnalyseGapsRequest::default() };
    let nothing = client(server).analyse_gaps(nothing).await;
    let nothing = failure(nothing, Code::InvalidArgument);
    assert!(nothing.violates("query", "REQUIRED") && nothing.violates("page_size", "OUT_OF_RANGE"));
    let grouped = GapQuery { group_by: vec![3], order_by: "skill".into(), ..example.query() };
    let grouped = failure(record(server, grouped).await, Code::InvalidArgument);
    assert!(
        grouped.violates("query.group_by", "NOT_ALLOWED")
            && grouped.violates("query.order_by", "NOT_ALLOWED")
    );
}

both!(pages_and_the_stream_give_the_same_rows);
async fn pages_and_the_stream_give_the_same_rows(server: &Server) {
    let example = Example::create(server).await;
    let rows = (0..600).map(|n| Target {
        name: format!("plans/p/targets/t{n}"),
        ..example.target(
            &(chrono::NaiveDate::from_ymd_opt(2027, 4, 1).unwrap() + chrono::Days::new(n))
                .to_string(),
            7.0,
            5.0,
        )
    });
    let batch = Batch::of(&example.plan, rows.collect());
    Target::import_all(&server.channel, vec![batch]).await.unwrap();
    let query = GapQuery {
        period_end_dates: vec!["-".into()],
        order_by: "period_end_date desc".into(),
        ..example.query()
    };
    let streamed = stream(server, query.clone()).await.unwrap();
    assert!(streamed[0].rows.is_empty() && streamed[0].totals.is_some());
    assert!(
        streamed[1..].iter().all(|message| message.context.is_none() && message.rows.len() <= 500)
    );
    let streamed_rows: Vec<_> = streamed.iter().flat_map(|message| message.rows.clone()).collect();
    assert_eq!(streamed_rows.len(), 1_202);

    let (mut rows, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = AnalyseGapsRequest {
            query: Some(query.clone()),
            page_size: 400,
            page_token,
            ..Default::default()
        };
        let page = client(server).analyse_gaps(request).await.unwrap().into_inner();
        assert_eq!((page.context, page.totals), (streamed[0].context.clone(), streamed[0].totals));
        rows.extend(page.rows);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        let other = AnalyseGapsRequest {
            query: Some(example.query()),
            page_size: 400,
            page_token: page_token.clone(),
            ..Default::default()
        };
        let other = client(server).analyse_gaps(other).await;
        assert!(failure(other, Code::InvalidArgument).violates("page_token", "MALFORMED"));
    }
    assert_eq!(rows, streamed_rows);
}
