//! Answers: what they say beside the rows, their warnings, and their pages.

use digital_skills_registry::api::v1::*;
use prost::Message;
use tonic::Code;

use crate::{
    both,
    harness::{
        Server,
        client::Batch,
        example::{Example, analyse, client, stream},
        failure,
        fixture::Fixture,
    },
};

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
        fte,
        ..GapWarning::default()
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
    assert!(streamed[0].rows.is_empty() && streamed[0].period_totals.len() > 1);
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
        assert_eq!(page.context, streamed[0].context);
        assert_eq!(page.period_totals, streamed[0].period_totals);
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
