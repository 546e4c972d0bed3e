//! Queries: how they choose, narrow and order the rows, and how bad ones are refused.

use digital_skills_registry::api::v1::*;
use tonic::Code;

use crate::{
    both,
    harness::{
        Server,
        example::{Example, analyse, client, record, stream},
        failure,
        fixture::Fixture,
    },
};

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
