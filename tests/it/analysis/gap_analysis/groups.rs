//! Groups of which more was assessed than is in post, and groups in several roles.

use digital_skills_registry::api::v1::*;

use crate::{
    analysis::report::page,
    both,
    harness::{
        Server,
        example::{analyse, client},
        fixture::Fixture,
        two_trusts::TwoTrusts,
    },
};

/// A world in which a group of ten was assessed, of whom two are still in post.
async fn shrunken_group(server: &Server) -> TwoTrusts {
    let world = TwoTrusts::create(server).await;
    world.target(0, 6.0, 6.0).await;
    world.target(1, 4.0, 4.0).await;
    world.employ(0, "team", 2, 2.0).await;
    world.assess(0, "team", 3, 10).await;
    world
}

both!(people_who_are_no_longer_there_are_not_skilled);
async fn people_who_are_no_longer_there_are_not_skilled(server: &Server) {
    let world = shrunken_group(server).await;
    let answer = analyse(server, world.query()).await.unwrap();
    let row = answer.rows.iter().find(|row| row.organisation == world.trusts[0]).unwrap();
    let figures = row.figures.unwrap();
    assert_eq!((figures.in_post_fte, figures.skilled_fte), (2.0, 2.0));
    assert_eq!((figures.shortfall_fte, figures.surplus_fte), (4.0, 0.0));
    assert_eq!((figures.unassessed_fte, figures.holders), (0.0, Some(2)));
    assert_eq!(figures.vacant_shortfall_fte, 4.0);
    assert_eq!(row.warnings, [GapWarningKind::OverAssessed as i32]);
    let expected = GapWarning {
        kind: GapWarningKind::OverAssessed as i32,
        organisation: world.trusts[0].clone(),
        role: world.role.clone(),
        skill: world.skills[0].clone(),
        fte: 8.0,
        ..GapWarning::default()
    };
    assert_eq!(answer.warnings, [expected]);
}

both!(people_who_are_no_longer_there_are_offered_to_nobody);
async fn people_who_are_no_longer_there_are_offered_to_nobody(server: &Server) {
    let world = shrunken_group(server).await;
    let query = GapQuery { skills: vec![world.skills[0].clone()], ..world.query() };
    let request = FindSurplusRequest { query: Some(query), ..Default::default() };
    let found = client(server).find_surplus(request).await.unwrap().into_inner();
    assert!(found.offers.is_empty(), "{found:?}");
    let option = ClosureOption {
        title: "Share".into(),
        kind: ClosureOptionKind::Share as i32,
        skill: world.skills[0].clone(),
        cost_per_head_pence: Some(100),
        ..ClosureOption::default()
    };
    ClosureOption::create(&server.channel, "", "share", Some(option)).await.unwrap();
    let request =
        RecommendClosuresRequest { query: Some(world.query()), budget_pence: 100_000_000 };
    let answer = client(server).recommend_closures(request).await.unwrap().into_inner();
    assert!(answer.choices.is_empty(), "{answer:?}");
    let page = page(server, world.report()).await;
    assert!(page.contains("needs 10.0 skilled FTE and 2.0 are there (20 %)"), "{page}");
    assert!(page.contains("closes all of it: 8.0 FTE."), "{page}");
}

both!(each_part_of_a_group_counts_with_its_part_of_what_is_there);
async fn each_part_of_a_group_counts_with_its_part_of_what_is_there(server: &Server) {
    let world = TwoTrusts::create(server).await;
    world.target(0, 9.0, 9.0).await;
    world.employ(0, "team", 3, 2.0).await;
    // Of seven, three at the level: 2.0 × 3 ÷ 7 = 0.85714, and 3 × 3 ÷ 7 holders, rounded down.
    world.assess(0, "team", 3, 3).await;
    world.assess(0, "team", 1, 4).await;
    let answer = analyse(server, world.query()).await.unwrap();
    let figures = answer.rows[0].figures.unwrap();
    assert_eq!((figures.skilled_fte, figures.below_fte), (0.85714, 1.14286));
    assert_eq!((figures.unassessed_fte, figures.holders), (0.0, Some(1)));
    // By headcount the seven would have 2.0 × 7 ÷ 3.
    assert_eq!(answer.warnings[0].fte, 2.66667);
}

both!(a_group_in_two_roles_is_divided_between_them);
async fn a_group_in_two_roles_is_divided_between_them(server: &Server) {
    let world = TwoTrusts::create(server).await;
    let channel = &server.channel;
    let role = Role { title: "other".into(), ..Role::default() };
    let other = Role::create(channel, "", "other", Some(role)).await.unwrap().name;
    let requirement = Requirement {
        skill: world.skills[0].clone(),
        minimum_level: Some(2),
        ..Requirement::default()
    };
    Requirement::create(channel, &other, "r", Some(requirement)).await.unwrap();
    let target = Target {
        organisation: world.trusts[0].clone(),
        role: other.clone(),
        period_end_date: "2027-03-31".into(),
        needed_fte: Some(9.0),
        ..Target::default()
    };
    Target::create(channel, &world.plan, "", Some(target)).await.unwrap();
    world.target(0, 9.0, 9.0).await;
    // Six people in one role and three in the other: of the eight who were assessed five are at the level.
    world.employ(0, "team", 6, 6.0).await;
    let staffing = Staffing {
        subject: "team".into(),
        role: other.clone(),
        headcount: Some(3),
        fte: Some(3.0),
        start_date: "2024-01-01".into(),
        ..Staffing::default()
    };
    Staffing::create(channel, &world.trusts[0], "", Some(staffing)).await.unwrap();
    world.assess(0, "team", 2, 5).await;
    world.assess(0, "team", 1, 3).await;
    let answer = analyse(server, world.query()).await.unwrap();
    assert!(answer.warnings.is_empty(), "{answer:?}");
    let of = |role: &str| {
        let row = answer.rows.iter().find(|row| row.role == role).unwrap();
        let figures = row.figures.unwrap();
        ([figures.skilled_fte, figures.below_fte, figures.unassessed_fte], figures.holders)
    };
    assert_eq!(of(&world.role), ([3.33333, 2.0, 0.66667], Some(3)));
    assert_eq!(of(&other), ([1.66667, 1.0, 0.33333], Some(1)));
}
