//! Organisations compared, and what they could do for each other, over the wire.

use digital_skills_registry::api::v1::*;
use tonic::{Code, Status};

use crate::{
    both,
    harness::{Server, example::client, failure, fixture::Fixture, world::levels},
};

const PLAN: &str = "plans/region";
const SKILL: &str = "frameworks/scale/skills/s";

/// The code, the board, the needed FTE, and the FTE and the level of each person.
type Trust = (&'static str, &'static str, f64, &'static [(f64, i32)]);

/// Four trusts of two boards in one region, and one of another, with a plan of the region. Each needs
/// analysts at level 3, and has some, all assessed.
const TRUSTS: [Trust; 5] = [
    ("RA1", "QXX", 2.0, &[(1.0, 4), (1.0, 2)]),
    ("RA2", "QXX", 1.0, &[(0.5, 3), (0.5, 1)]),
    ("RA3", "QYY", 1.0, &[(1.0, 4), (1.0, 4)]),
    ("RA4", "QXX", 1.5, &[(1.5, 3), (1.5, 3)]),
    ("RA5", "QZZ", 4.0, &[]),
];

async fn create(server: &Server) {
    let channel = &server.channel;
    let organisation = async |code: &str, kind: OrganisationKind, parent: &str| {
        let parent =
            if parent.is_empty() { String::new() } else { format!("organisations/{parent}") };
        let row = Organisation {
            title: code.into(),
            kind: kind as i32,
            parent,
            ..Organisation::default()
        };
        Organisation::create(channel, "", code, Some(row)).await.unwrap();
    };
    for (code, kind, parent) in [
        ("Y61", OrganisationKind::Region, ""),
        ("Y62", OrganisationKind::Region, ""),
        ("QXX", OrganisationKind::IntegratedCareBoard, "Y61"),
        ("QYY", OrganisationKind::IntegratedCareBoard, "Y61"),
        ("QZZ", OrganisationKind::IntegratedCareBoard, "Y62"),
    ] {
        organisation(code, kind, parent).await;
    }
    let framework = Framework { title: "Scale".into(), levels: levels(4), ..Framework::default() };
    Framework::create(channel, "", "scale", Some(framework)).await.unwrap();
    let skill = Skill { title: "S".into(), ..Skill::default() };
    Skill::create(channel, "frameworks/scale", "s", Some(skill)).await.unwrap();
    let role = Role { title: "Analyst".into(), family: "DATA".into(), ..Role::default() };
    Role::create(channel, "", "analyst", Some(role)).await.unwrap();
    let requirement =
        Requirement { skill: SKILL.into(), minimum_level: Some(3), ..Requirement::default() };
    Requirement::create(channel, "roles/analyst", "s", Some(requirement)).await.unwrap();
    let plan = Plan {
        title: "Plan".into(),
        owner: "organisations/Y61".into(),
        first_period_end_date: "2027-03-31".into(),
        last_period_end_date: "2029-03-31".into(),
        ..Plan::default()
    };
    Plan::create(channel, "", "region", Some(plan)).await.unwrap();
    for (code, board, needed_fte, people) in TRUSTS {
        organisation(code, OrganisationKind::Trust, board).await;
        let organisation = format!("organisations/{code}");
        let target = Target {
            organisation: organisation.clone(),
            role: "roles/analyst".into(),
            period_end_date: "2027-03-31".into(),
            needed_fte: Some(needed_fte),
            funded_fte: Some(needed_fte),
            ..Target::default()
        };
        Target::create(channel, PLAN, &code.to_lowercase(), Some(target)).await.unwrap();
        for (n, (fte, level)) in people.iter().enumerate() {
            employ(server, &organisation, &format!("p-{n}"), *fte, *level).await;
        }
    }
}

async fn employ(server: &Server, organisation: &str, subject: &str, fte: f64, level: i32) {
    let staffing = Staffing {
        subject: subject.into(),
        role: "roles/analyst".into(),
        headcount: Some(1),
        fte: Some(fte),
        start_date: "2024-01-01".into(),
        ..Staffing::default()
    };
    Staffing::create(&server.channel, organisation, subject, Some(staffing)).await.unwrap();
    let assessment = Assessment {
        subject: subject.into(),
        skill: SKILL.into(),
        level: Some(level),
        assessed_date: "2025-06-30".into(),
        source: AssessmentSource::Test as i32,
        ..Assessment::default()
    };
    Assessment::create(&server.channel, organisation, "", Some(assessment)).await.unwrap();
}

fn query() -> GapQuery {
    GapQuery {
        plan: PLAN.into(),
        skills: vec![SKILL.into()],
        as_of_date: "2026-07-01".into(),
        ..GapQuery::default()
    }
}

async fn compare(server: &Server, query: GapQuery) -> Result<CompareOrganisationsResponse, Status> {
    let request = CompareOrganisationsRequest { query: Some(query), ..Default::default() };
    Ok(client(server).compare_organisations(request).await?.into_inner())
}

async fn surplus(server: &Server, query: GapQuery) -> Result<FindSurplusResponse, Status> {
    let request = FindSurplusRequest { query: Some(query), ..Default::default() };
    Ok(client(server).find_surplus(request).await?.into_inner())
}

both!(organisations_are_compared_in_a_skill);
async fn organisations_are_compared_in_a_skill(server: &Server) {
    create(server).await;
    let answer = compare(server, query()).await.unwrap();
    let rows: Vec<_> = answer
        .organisations
        .iter()
        .map(|o| {
            (o.organisation_title.as_str(), o.rank, o.percentile, o.assessed_fte, o.mean_level)
        })
        .collect();
    // RA3 and RA4 have all they need; RA1 and RA2 half; RA5 nothing. Half of those equal count.
    assert_eq!(
        rows,
        [
            ("RA3", Some(1), Some(80.0), 2.0, Some(4.0)),
            ("RA4", Some(1), Some(80.0), 3.0, Some(3.0)),
            ("RA1", Some(3), Some(40.0), 2.0, Some(3.0)),
            ("RA2", Some(3), Some(40.0), 1.0, Some(2.0)),
            ("RA5", Some(5), Some(10.0), 0.0, None),
        ]
    );
    assert_eq!(answer.organisations[2].organisation, "organisations/RA1");
    assert_eq!(answer.organisations[2].region_code, "Y61");
    let figures = answer.organisations[2].figures.unwrap();
    assert_eq!((figures.needed_fte, figures.skilled_fte, figures.coverage), (2.0, 1.0, Some(0.5)));
    // 2 at mean 3, 1 at 2, 2 at 4, 3 at 3, all at 25 ÷ 8: 2.875 between, 1 + 1 + ½ + ½ within.
    let spread = LevelSpread { assessed_fte: 8.0, eta_squared: Some(23.0 / 47.0) };
    assert_eq!(answer.spread, Some(spread));
    assert_eq!(
        answer.skills,
        [SkillSpread { skill: SKILL.into(), skill_title: "S".into(), spread: Some(spread) }]
    );
    let context = answer.context.unwrap();
    assert_eq!((context.row_count, context.read_revision), (5, server.revision().await));
    assert_eq!(
        context.query.unwrap(),
        GapQuery { period_end_dates: vec!["2027-03-31".into()], ..query() }
    );
}

both!(a_family_is_enough_and_a_board_can_be_asked_for_alone);
async fn a_family_is_enough_and_a_board_can_be_asked_for_alone(server: &Server) {
    create(server).await;
    let family = GapQuery { skills: Vec::new(), families: vec!["DATA".into()], ..query() };
    let whole = compare(server, query()).await.unwrap();
    let of_family = compare(server, family).await.unwrap();
    assert_eq!(of_family.organisations, whole.organisations);
    let board = GapQuery {
        organisations: vec!["organisations/QXX".into()],
        include_descendants: true,
        ..query()
    };
    let board = compare(server, board).await.unwrap();
    let rows: Vec<_> =
        board.organisations.iter().map(|o| (o.organisation_title.as_str(), o.rank)).collect();
    assert_eq!(rows, [("RA4", Some(1)), ("RA1", Some(2)), ("RA2", Some(2))]);
    // 2 at 3, 1 at 2, 3 at 3, all at 17 ÷ 6: 1 ÷ 18 + 25 ÷ 36 + 1 ÷ 12 = 5 ÷ 6 between, 2 + ½ + ½ within.
    let eta = board.spread.unwrap().eta_squared.unwrap();
    assert!((eta - (5.0 / 6.0) / (5.0 / 6.0 + 3.0)).abs() < 1e-12, "{eta}");
    let nobody = GapQuery { families: vec!["CYBER".into()], ..query() };
    let nobody = compare(server, nobody).await.unwrap();
    assert!(nobody.organisations.is_empty() && nobody.skills.is_empty());
    assert_eq!(nobody.spread, Some(LevelSpread::default()));
}

both!(a_surplus_is_offered_in_the_board_before_the_region);
async fn a_surplus_is_offered_in_the_board_before_the_region(server: &Server) {
    create(server).await;
    let answer = surplus(server, query()).await.unwrap();
    let offers: Vec<_> = answer
        .offers
        .iter()
        .map(|o| {
            (
                o.donor_title.as_str(),
                o.recipient_title.as_str(),
                o.nearness(),
                [o.surplus_fte, o.shortfall_fte, o.fte],
            )
        })
        .collect();
    assert_eq!(
        offers,
        [
            ("RA4", "RA1", Nearness::SameBoard, [1.5, 1.0, 1.0]),
            ("RA4", "RA2", Nearness::SameBoard, [1.5, 0.5, 0.5]),
            ("RA3", "RA1", Nearness::SameRegion, [1.0, 1.0, 1.0]),
            ("RA3", "RA2", Nearness::SameRegion, [1.0, 0.5, 0.5]),
        ]
    );
    let first = &answer.offers[0];
    assert_eq!(
        [
            &first.donor,
            &first.recipient,
            &first.role,
            &first.role_title,
            &first.skill,
            &first.skill_title
        ],
        ["organisations/RA4", "organisations/RA1", "roles/analyst", "Analyst", SKILL, "S"]
    );
    // RA5 is short of 4 in another region, and nothing is taken from what is short anywhere.
    assert_eq!((answer.surplus_fte, answer.shortfall_fte), (2.5, 5.5));
    assert_eq!(answer.context.unwrap().row_count, 4);
}

both!(comparisons_and_offers_come_in_pages);
async fn comparisons_and_offers_come_in_pages(server: &Server) {
    create(server).await;
    let (compared, offered) =
        (compare(server, query()).await.unwrap(), surplus(server, query()).await.unwrap());
    let (mut organisations, mut offers) = (Vec::new(), Vec::new());
    let (mut page_token, mut other_token) = (String::new(), String::new());
    loop {
        let request =
            CompareOrganisationsRequest { query: Some(query()), page_size: 3, page_token };
        let page = client(server).compare_organisations(request).await.unwrap().into_inner();
        assert_eq!((page.spread, &page.context), (compared.spread, &compared.context));
        organisations.extend(page.organisations);
        let request =
            FindSurplusRequest { query: Some(query()), page_size: 3, page_token: other_token };
        let other = client(server).find_surplus(request).await.unwrap().into_inner();
        offers.extend(other.offers);
        (page_token, other_token) = (page.next_page_token, other.next_page_token);
        if page_token.is_empty() {
            break;
        }
    }
    assert!(other_token.is_empty());
    assert_eq!((organisations, offers), (compared.organisations, offered.offers));
}

both!(what_cannot_be_compared_is_refused);
async fn what_cannot_be_compared_is_refused(server: &Server) {
    create(server).await;
    let bad = GapQuery {
        skills: Vec::new(),
        group_by: vec![GapDimension::Role as i32],
        order_by: "skill".into(),
        minimum_severity: GapSeverity::Low as i32,
        period_end_dates: vec!["-".into()],
        ..query()
    };
    let both = [
        failure(compare(server, bad.clone()).await, Code::InvalidArgument),
        failure(surplus(server, bad).await, Code::InvalidArgument),
    ];
    for refused in both {
        for (field, reason) in [
            ("skills", "REQUIRED"),
            ("group_by", "NOT_ALLOWED"),
            ("order_by", "NOT_ALLOWED"),
            ("minimum_severity", "NOT_ALLOWED"),
            ("period_end_dates", "TOO_LONG"),
        ] {
            assert!(refused.violates(&format!("query.{field}"), reason), "{refused:?}");
        }
    }
    // A family alone does not say who could do whose work.
    let family = GapQuery { skills: Vec::new(), families: vec!["DATA".into()], ..query() };
    assert!(
        failure(surplus(server, family).await, Code::InvalidArgument)
            .violates("query.skills", "REQUIRED")
    );
    for refused in [
        failure(
            compare(server, GapQuery { plan: "plans/none".into(), ..query() }).await,
            Code::NotFound,
        ),
        failure(
            surplus(server, GapQuery { plan: "plans/none".into(), ..query() }).await,
            Code::NotFound,
        ),
    ] {
        assert_eq!(refused.fact("resource"), "plans/none");
    }
    let nothing =
        CompareOrganisationsRequest { page_size: -1, page_token: "x".into(), ..Default::default() };
    let nothing =
        failure(client(server).compare_organisations(nothing).await, Code::InvalidArgument);
    let other = FindSurplusRequest { page_size: -1, page_token: "x".into(), ..Default::default() };
    let other = failure(client(server).find_surplus(other).await, Code::InvalidArgument);
    for refused in [nothing, other] {
        for (field, reason) in
            [("query", "REQUIRED"), ("page_size", "OUT_OF_RANGE"), ("page_token", "MALFORMED")]
        {
            assert!(refused.violates(field, reason), "{refused:?}");
        }
    }
}
