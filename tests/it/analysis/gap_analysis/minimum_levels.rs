//! The minimum level 0: who holds a skill at all.

use digital_skills_registry::api::v1::*;
use tonic::Code;

use crate::{
    both,
    harness::{
        Server,
        example::{analyse, client},
        failure,
        fixture::Fixture,
        two_trusts::TwoTrusts,
        world::levels,
    },
};

/// FTE skilled and below in the only row of a skill.
async fn skilled_and_below(server: &Server, world: &TwoTrusts, skill: &str) -> (f64, f64) {
    let query = GapQuery { skills: vec![skill.into()], ..world.query() };
    let answer = analyse(server, query).await.unwrap();
    let [row] = &answer.rows[..] else { panic!("{answer:?}") };
    assert_eq!(row.requirement.as_ref().unwrap().minimum_level, 0);
    let figures = row.figures.unwrap();
    (figures.skilled_fte, figures.below_fte)
}

both!(below_every_level_is_not_holding_the_skill);
async fn below_every_level_is_not_holding_the_skill(server: &Server) {
    let world = TwoTrusts::create(server).await;
    let skill = &world.skills[1];
    world.require(skill, 0).await;
    world.target(0, 2.0, 2.0).await;
    world.employ_persons(0, 2, None).await;
    let assess = async |subject: &str, level| {
        let assessment = Assessment {
            subject: subject.into(),
            skill: skill.clone(),
            level: Some(level),
            assessed_date: "2025-01-01".into(),
            source: AssessmentSource::Test as i32,
            ..Assessment::default()
        };
        world.record(0, assessment).await;
    };
    assess("person-0", 0).await;
    assert_eq!(skilled_and_below(server, &world, skill).await, (0.0, 1.0));
    assess("person-1", 1).await;
    assert_eq!(skilled_and_below(server, &world, skill).await, (1.0, 1.0));
    // A projection counts the same people.
    let request = ProjectGapsRequest {
        query: Some(GapQuery { skills: vec![skill.clone()], ..world.query() }),
        scenarios: vec![ProjectionScenario { scenario: "x".into(), ..Default::default() }],
        ..ProjectGapsRequest::default()
    };
    let projected = client(server).project_gaps(request).await.unwrap().into_inner();
    let skills: Vec<&ProjectionSkill> = (projected.rows.iter())
        .flat_map(|row| &row.outcomes)
        .flat_map(|outcome| &outcome.skills)
        .collect();
    let [projected] = skills[..] else { panic!("{skills:?}") };
    assert_eq!((projected.opening_fte, projected.skilled_fte), (1.0, 1.0));
}

both!(without_levels_any_valid_assessment_is_holding_the_skill);
async fn without_levels_any_valid_assessment_is_holding_the_skill(server: &Server) {
    let world = TwoTrusts::create(server).await;
    let channel = &server.channel;
    let framework = Framework { title: "g".into(), ..Framework::default() };
    let framework = Framework::create(channel, "", "g", Some(framework)).await.unwrap();
    let skill = Skill { title: "s".into(), ..Skill::default() };
    let skill = Skill::create(channel, &framework.name, "s", Some(skill)).await.unwrap().name;
    world.require(&skill, 0).await;
    world.target(0, 2.0, 2.0).await;
    world.employ_persons(0, 1, None).await;
    let assessment = Assessment {
        subject: "person-0".into(),
        skill: skill.clone(),
        level: Some(0),
        assessed_date: "2025-01-01".into(),
        source: AssessmentSource::Test as i32,
        ..Assessment::default()
    };
    world.record(0, assessment).await;
    assert_eq!(skilled_and_below(server, &world, &skill).await, (1.0, 0.0));
    // With levels that assessment would say below all of them.
    let framework = Framework { levels: levels(2), ..framework };
    let refused = Framework::update(channel, framework, Some(&["levels"]), false).await;
    assert_eq!(failure(refused, Code::FailedPrecondition).reason, "LEVEL_IN_USE");
    assert_eq!(skilled_and_below(server, &world, &skill).await, (1.0, 0.0));
}
