//! Answers and searches of a plan that is wide: a hundred roles that need thirty skills each.

use std::time::Duration;

use digital_skills_registry::api::v1::*;
use prost::Message;
use tokio::time::timeout;
use tonic::Code;

use crate::{
    both,
    harness::{Server, example::client, failure, load, world::levels},
};

const ROLES: usize = 100;
const SKILLS: usize = 30;

fn role_name(n: usize) -> String {
    format!("roles/r{n:03}")
}

fn skill_name(n: usize) -> String {
    format!("frameworks/f/skills/s{n:02}")
}

/// Of each role 6 FTE are needed and 5 funded, in each skill; nobody is in post.
async fn plan(server: &Server) -> GapQuery {
    let trust = Organisation {
        name: "organisations/RX1".into(),
        title: "Trust".into(),
        kind: OrganisationKind::Trust as i32,
        ..Organisation::default()
    };
    load(server, "", vec![trust]).await;
    let framework = Framework {
        name: "frameworks/f".into(),
        title: "Scale".into(),
        levels: levels(4),
        ..Framework::default()
    };
    load(server, "", vec![framework]).await;
    let skill = |n| Skill {
        name: skill_name(n),
        title: format!("Skill {n} {}", "long ".repeat(12)),
        ..Skill::default()
    };
    load(server, "frameworks/f", (0..SKILLS).map(skill).collect()).await;
    let role = |n| Role {
        name: role_name(n),
        title: format!("Role {n}"),
        family: "DATA".into(),
        ..Role::default()
    };
    load(server, "", (0..ROLES).map(role).collect()).await;
    for n in 0..ROLES {
        let role = role_name(n);
        let requirement = |skill| Requirement {
            name: format!("{role}/requirements/q{skill}"),
            skill: skill_name(skill),
            minimum_level: Some(2),
            weight: Some((1 + (n * 7 + skill * 3) % 5) as f64),
            ..Requirement::default()
        };
        load(server, &role, (0..SKILLS).map(requirement).collect()).await;
    }
    let plan = Plan {
        name: "plans/w".into(),
        title: "Plan".into(),
        owner: "organisations/RX1".into(),
        first_period_end_date: "2027-03-31".into(),
        last_period_end_date: "2027-03-31".into(),
        ..Plan::default()
    };
    load(server, "", vec![plan]).await;
    let target = |n| Target {
        name: format!("plans/w/targets/t{n}"),
        organisation: "organisations/RX1".into(),
        role: role_name(n),
        period_end_date: "2027-03-31".into(),
        needed_fte: Some(6.0),
        funded_fte: Some(5.0),
        ..Target::default()
    };
    load(server, "plans/w", (0..ROLES).map(target).collect()).await;
    GapQuery { plan: "plans/w".into(), as_of_date: "2026-07-01".into(), ..GapQuery::default() }
}

/// So many ways for each skill to hire people of whatever role, no two alike.
async fn offer(server: &Server, each: usize) {
    let option = |n: usize| ClosureOption {
        name: format!("closureOptions/o{n:03}"),
        title: format!("Hire {n}"),
        kind: ClosureOptionKind::Recruit as i32,
        skill: skill_name(n % SKILLS),
        cost_per_head_pence: Some(100_000 + (n as i64 * 7_919) % 90_001),
        fte_per_head: Some((50 + n * 37 % 50) as f64 / 100.0),
        success_probability: Some((50 + n * 53 % 49) as f64 / 100.0),
        capacity_per_period: Some(2 + (n % 5) as i32),
        ..ClosureOption::default()
    };
    load(server, "", (0..SKILLS * each).map(option).collect()).await;
}

both!(a_page_of_a_projection_fits_in_a_message);
async fn a_page_of_a_projection_fits_in_a_message(server: &Server) {
    let query = plan(server).await;
    let scenarios =
        (0..10).map(|n| ProjectionScenario { scenario: format!("s{n}"), ..Default::default() });
    let scenarios: Vec<_> = scenarios.collect();
    let (mut rows, mut pages, mut page_token) = (Vec::new(), 0, String::new());
    loop {
        let page = ProjectGapsRequest {
            query: Some(query.clone()),
            scenarios: scenarios.clone(),
            page_size: 1_000,
            page_token,
        };
        let page = client(server).project_gaps(page).await.unwrap().into_inner();
        assert_eq!(page.context.as_ref().unwrap().row_count, ROLES as i32);
        assert!(page.encoded_len() < 4 * 1_024 * 1_024 && !page.rows.is_empty());
        pages += 1;
        rows.extend(page.rows);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert!(pages > 1, "all fits in one page");
    let roles: Vec<_> = rows.iter().map(|row| row.role.clone()).collect();
    assert_eq!(roles, (0..ROLES).map(role_name).collect::<Vec<_>>());
}

both!(more_choices_than_can_be_searched_are_refused);
async fn more_choices_than_can_be_searched_are_refused(server: &Server) {
    let query = plan(server).await;
    offer(server, 7).await;
    let recommend = async |query: GapQuery| {
        let request = RecommendClosuresRequest { query: Some(query), budget_pence: 100_000 };
        client(server).recommend_closures(request).await
    };
    // 100 roles × 30 skills × 7 options.
    let refused = failure(recommend(query.clone()).await, Code::InvalidArgument);
    assert!(refused.violates("query", "TOO_LONG"), "{refused:?}");
    let one = GapQuery { roles: vec![role_name(1)], ..query };
    let answer = recommend(one).await.unwrap().into_inner();
    assert!(!answer.choices.is_empty());
}

both!(a_search_ends_when_its_caller_goes_away);
/// Two searches are worked on at a time, each for seconds: whoever comes next waits for their end.
async fn a_search_ends_when_its_caller_goes_away(server: &Server) {
    let query = plan(server).await;
    offer(server, 6).await;
    let recommend = async |query: GapQuery, budget_pence: i64| {
        let request = RecommendClosuresRequest { query: Some(query), budget_pence };
        client(server).recommend_closures(request).await
    };
    let rounds = async {
        for _ in 0..4 {
            let two = async {
                tokio::join!(
                    recommend(query.clone(), 40_000_000),
                    recommend(query.clone(), 50_000_000)
                )
            };
            let gone = timeout(Duration::from_millis(500), two).await;
            assert!(gone.is_err(), "they are answered at once, so that nobody can go away");
            let one = GapQuery { roles: vec![role_name(1)], ..query.clone() };
            recommend(one, 100_000).await.unwrap();
        }
    };
    // To their end the eight would take half a minute.
    timeout(Duration::from_secs(20), rounds).await.expect("nobody waits for them");
}
