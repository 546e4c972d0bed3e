//! What a query asks for and the plan does not have.

use digital_skills_registry::api::v1::*;
use tonic::{Code, Status};

use crate::{
    analysis::report::page,
    both,
    harness::{
        Server,
        example::{analyse, client, record, stream},
        failure,
        fixture::Fixture,
        two_trusts::TwoTrusts,
    },
};

/// The warnings of every method that takes the query but AnalyseGaps.
async fn elsewhere(server: &Server, query: &GapQuery) -> Result<Vec<Vec<GapWarning>>, Status> {
    let mut of_skills = query.clone();
    if of_skills.skills.is_empty() {
        // Surpluses and comparisons are of named skills: this one is required wherever there is a target.
        of_skills.skills.push("frameworks/f/skills/s1".into());
    }
    let (query, mut gaps) = (Some(query.clone()), client(server));
    let of_skills = Some(of_skills);
    let compared = CompareOrganisationsRequest { query: of_skills.clone(), ..Default::default() };
    let surplus = FindSurplusRequest { query: of_skills, ..Default::default() };
    let projected = ProjectGapsRequest { query: query.clone(), ..Default::default() };
    let closed = RecommendClosuresRequest { query: query.clone(), ..Default::default() };
    Ok(vec![
        stream(server, query.clone().unwrap()).await?.remove(0).warnings,
        gaps.compare_organisations(compared).await?.into_inner().warnings,
        gaps.find_surplus(surplus).await?.into_inner().warnings,
        gaps.project_gaps(projected).await?.into_inner().warnings,
        gaps.recommend_closures(closed).await?.into_inner().warnings,
        record(server, query.unwrap()).await?.warnings,
    ])
}

/// Names of the warnings that something selects nothing.
fn names(warnings: &[GapWarning]) -> Vec<&str> {
    let nothing = |warning: &&GapWarning| warning.kind() == GapWarningKind::NothingSelected;
    warnings.iter().filter(nothing).map(|warning| warning.name.as_str()).collect()
}

both!(a_period_that_the_plan_does_not_have_is_refused_with_those_that_it_has);
async fn a_period_that_the_plan_does_not_have_is_refused_with_those_that_it_has(server: &Server) {
    let world = TwoTrusts::create(server).await;
    world.target(0, 1.0, 1.0).await;
    let of = |dates: &[&str]| GapQuery {
        period_end_dates: dates.iter().map(|date| (*date).to_owned()).collect(),
        skills: vec![world.skills[0].clone()],
        ..world.query()
    };
    let unknown = of(&["2026-03-31"]);
    let calls = [
        analyse(server, unknown.clone()).await.map(drop),
        stream(server, unknown.clone()).await.map(drop),
        record(server, unknown.clone()).await.map(drop),
    ];
    let query = || Some(unknown.clone());
    let mut gaps = client(server);
    let compared = CompareOrganisationsRequest { query: query(), ..Default::default() };
    let surplus = FindSurplusRequest { query: query(), ..Default::default() };
    let projected = ProjectGapsRequest { query: query(), ..Default::default() };
    let closed = RecommendClosuresRequest { query: query(), ..Default::default() };
    let others = [
        gaps.compare_organisations(compared).await.map(drop),
        gaps.find_surplus(surplus).await.map(drop),
        gaps.project_gaps(projected).await.map(drop),
        gaps.recommend_closures(closed).await.map(drop),
    ];
    for call in calls.into_iter().chain(others) {
        let failed = failure(call, Code::InvalidArgument);
        assert!(failed.violates("query.period_end_dates[0]", "OUT_OF_RANGE"), "{failed:?}");
        assert!(format!("{failed:?}").contains("a period of the plan: 2027-03-31"), "{failed:?}");
    }
    let both_dates = of(&["2027-03-31", "2028-03-31"]);
    let failed = failure(analyse(server, both_dates).await, Code::InvalidArgument);
    assert!(failed.violates("query.period_end_dates[1]", "OUT_OF_RANGE"), "{failed:?}");
    assert!(!failed.violates("query.period_end_dates[0]", "OUT_OF_RANGE"), "{failed:?}");

    let request = RenderReportRequest { period_end_date: "2026-03-31".into(), ..world.report() };
    let failed = match gaps.render_report(request).await {
        Ok(parts) => parts.into_inner().message().await.map(drop),
        Err(status) => Err(status),
    };
    let failed = failure(failed, Code::InvalidArgument);
    assert!(failed.violates("period_end_date", "OUT_OF_RANGE"), "{failed:?}");

    // What is asked for is echoed, and asked for again it is the same.
    let known = of(&["2027-03-31"]);
    let answer = analyse(server, known).await.unwrap();
    let echoed = answer.context.clone().unwrap().query.unwrap();
    assert_eq!(echoed.period_end_dates, ["2027-03-31"]);
    assert_eq!(analyse(server, echoed).await.unwrap(), answer);
}

both!(names_that_select_no_target_of_the_plan_are_told_by_every_method);
async fn names_that_select_no_target_of_the_plan_are_told_by_every_method(server: &Server) {
    let world = TwoTrusts::create(server).await;
    let channel = &server.channel;
    let framework = Framework { title: "g".into(), ..Framework::default() };
    let framework = Framework::create(channel, "", "g", Some(framework)).await.unwrap().name;
    let role = Role { title: "other".into(), family: "CYBER".into(), ..Role::default() };
    let other = Role::create(channel, "", "other", Some(role)).await.unwrap().name;
    world.target(0, 1.0, 1.0).await;
    let [raa, rbb] = world.trusts.clone();
    let [first, second] = world.skills.clone();
    let board = "organisations/QAA".to_owned();
    let query = || world.query();
    let cases: Vec<(GapQuery, Vec<&str>)> = vec![
        (query(), vec![]),
        (GapQuery { organisations: vec![raa.clone(), rbb.clone()], ..query() }, vec![rbb.as_str()]),
        (GapQuery { organisations: vec![board.clone()], ..query() }, vec!["", board.as_str()]),
        (
            GapQuery {
                organisations: vec![board.clone(), rbb.clone()],
                include_descendants: true,
                ..query()
            },
            vec![rbb.as_str()],
        ),
        (GapQuery { roles: vec![other.clone()], ..query() }, vec!["", other.as_str()]),
        (GapQuery { families: vec!["CYBER".into(), "DATA".into()], ..query() }, vec!["CYBER"]),
        (
            GapQuery { skills: vec![second.clone(), first.clone()], ..query() },
            vec![second.as_str()],
        ),
        (GapQuery { frameworks: vec![framework.clone()], ..query() }, vec!["", framework.as_str()]),
        // Importance selects nothing.
        (GapQuery { importance: Importance::Desirable as i32, ..query() }, vec![]),
    ];
    for (query, expected) in &cases {
        let answer = analyse(server, query.clone()).await.unwrap();
        assert_eq!(names(&answer.warnings), *expected, "{query:?}");
        // The echo keeps what was asked.
        let echoed = answer.context.unwrap().query.unwrap();
        let asked = |query: &GapQuery| {
            let GapQuery { organisations, roles, families, skills, frameworks, .. } = query;
            [organisations, roles, families, skills, frameworks].map(Clone::clone)
        };
        assert_eq!(asked(&echoed), asked(query));
        for warnings in elsewhere(server, query).await.unwrap() {
            assert_eq!(names(&warnings), *expected, "{query:?}");
        }
    }
    // The report tells it of the organisations that it is asked for.
    let organisations = vec![raa.clone(), rbb.clone()];
    let report = page(server, RenderReportRequest { organisations, ..world.report() }).await;
    assert!(report.contains("The plan has no target in RBB."), "{report}");
    // Each name has a target by itself, and together they have none.
    let target = Target {
        organisation: rbb.clone(),
        role: other.clone(),
        period_end_date: "2027-03-31".into(),
        needed_fte: Some(1.0),
        ..Target::default()
    };
    Target::create(channel, &world.plan, "", Some(target)).await.unwrap();
    let together = GapQuery { organisations: vec![raa], roles: vec![other], ..query() };
    let answer = analyse(server, together).await.unwrap();
    assert_eq!(names(&answer.warnings), [""]);
    assert_eq!(answer.context.unwrap().warning_count, 1);
}
