//! Figures: who is in post, who is skilled, and what is required of them.

use digital_skills_registry::api::v1::*;

use crate::{
    both,
    harness::{
        Server,
        example::{Example, analyse},
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

/// The parts of the shortfall, to be compared to the last digit.
fn due_to(figures: GapFigures, parts: [f64; 5]) -> GapFigures {
    let [unfunded, vacant, below, expired, unassessed] = parts;
    GapFigures {
        unfunded_shortfall_fte: unfunded,
        vacant_shortfall_fte: vacant,
        below_shortfall_fte: below,
        expired_shortfall_fte: expired,
        unassessed_shortfall_fte: unassessed,
        ..figures
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
            ..due_to(
                figures([6.0, 5.0, 3.4, 1.0, 1.0, 1.6, 0.8, 1.0, 0.6, 5.0, 0.0]),
                [1.0, 1.6, 0.8, 1.0, 0.6]
            )
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
            ..due_to(
                figures([6.0, 5.0, 3.4, 2.4, 1.0, 1.6, 1.0, 0.0, 0.0, 3.6, 0.0]),
                [1.0, 1.6, 1.0, 0.0, 0.0]
            )
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
            ..due_to(
                figures([12.0, 10.0, 6.8, 3.4, 2.0, 3.2, 1.8, 1.0, 0.6, 8.6, 0.0]),
                [2.0, 3.2, 1.8, 1.0, 0.6]
            )
        }
    );
    assert_eq!(answer.totals.unwrap().figures, Some(summed));
    assert!(role.requirement.is_none() && role.skill.is_empty() && role.organisation.is_empty());
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

both!(a_later_assessment_supersedes_and_the_highest_of_a_day_counts);
async fn a_later_assessment_supersedes_and_the_highest_of_a_day_counts(server: &Server) {
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
    assert_eq!(skilled().await, 1.8);
    assess(2, "2026-01-16").await;
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
    // A part may give its own FTE, and may give too much: then each counts with its part of what is there.
    let much = Assessment { name: third.name, fte: Some(1.5), ..Assessment::default() };
    Assessment::update(&server.channel, much, None, false).await.unwrap();
    let over = row().await;
    let figures = over.figures.unwrap();
    assert_eq!(
        (figures.skilled_fte, figures.below_fte, figures.unassessed_fte),
        (2.32258, 3.67743, 0.0)
    );
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
            ..GapWarning::default()
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
