//! Ranks keep their meaning: a rank that is named anywhere goes on standing for the same level.

use digital_skills_registry::api::v1::*;
use tonic::{Code, Status};

use crate::{
    both,
    harness::{
        Server,
        binary::run,
        client::Batch,
        failure,
        fixture::Fixture,
        samples::Samples,
        world::{World, levels},
    },
};

/// Levels that take the rank 3 from the level that has it: in another order, with one more at the bottom,
/// with one less in the middle, with another in its place.
fn other_levels() -> Vec<Vec<FrameworkLevel>> {
    let four = levels(4);
    let replaced = FrameworkLevel { id: "other".into(), ..four[2].clone() };
    let lists = [
        four.iter().rev().cloned().collect(),
        [vec![FrameworkLevel { id: "novice".into(), ..four[0].clone() }], four.clone()].concat(),
        [&four[..1], &four[2..]].concat(),
        [&four[..2], &[replaced], &four[3..]].concat(),
        levels(2),
        Vec::new(),
    ];
    let ranked = |list: Vec<FrameworkLevel>| {
        let ranks = (1..).zip(list);
        ranks.map(|(rank, level)| FrameworkLevel { rank, ..level }).collect()
    };
    lists.into_iter().map(ranked).collect()
}

async fn set(server: &Server, levels: Vec<FrameworkLevel>) -> Result<Framework, Status> {
    let framework =
        Framework { name: "frameworks/world-four".into(), levels, ..Framework::default() };
    Framework::update(&server.channel, framework, Some(&["levels"]), false).await
}

/// No change takes the level from the rank that this resource names.
async fn keeps<N: Fixture>(server: &Server, world: &World, named_by: &N) {
    for levels in other_levels() {
        let refused = failure(set(server, levels.clone()).await, Code::FailedPrecondition);
        assert_eq!(refused.reason, "LEVEL_IN_USE", "{levels:?}");
        assert_eq!(refused.fact("resource"), named_by.name());
        let current = Framework::get(&server.channel, &world.framework).await.unwrap();
        let batch = Batch::of("", vec![Framework { levels, ..current }]);
        let answers = Framework::import_all(&server.channel, vec![batch]).await.unwrap();
        let outcome = &answers[0].outcomes[0];
        assert_eq!(outcome.error.as_ref().unwrap().reason, "LEVEL_IN_USE");
    }
    // What a level is called may change, and levels may be added at the top.
    let mut more = levels(5);
    more[2].title = "Third".into();
    more[2].description = "What it means.".into();
    let changed = set(server, more.clone()).await.unwrap();
    assert_eq!(changed.levels, more);
    set(server, levels(4)).await.unwrap();
    N::delete(&server.channel, named_by.name(), "", false).await.unwrap();
    for levels in other_levels() {
        set(server, levels).await.unwrap();
    }
    set(server, levels(4)).await.unwrap();
}

both!(a_rank_that_is_named_stands_for_the_same_level);
async fn a_rank_that_is_named_stands_for_the_same_level(server: &Server) {
    let world = World::create(server).await;
    let channel = &server.channel;
    let three = Requirement {
        skill: world.skill.clone(),
        minimum_level: Some(3),
        importance: Importance::Essential as i32,
        ..Requirement::default()
    };
    let of_role = Requirement::create(channel, &world.role, "r", Some(three.clone())).await;
    keeps(server, &world, &of_role.unwrap()).await;
    let three = Requirement { role: world.role.clone(), ..three };
    let of_plan = Requirement::create(channel, &world.plan, "r", Some(three)).await;
    keeps(server, &world, &of_plan.unwrap()).await;
    let assessment = Assessment { level: Some(3), ..Assessment::nth(&world, 1) };
    let assessment = Assessment::create(channel, &world.trust, "a", Some(assessment)).await;
    keeps(server, &world, &assessment.unwrap()).await;
    let option = |from_level, to_level| ClosureOption {
        kind: ClosureOptionKind::Train as i32,
        skill: world.skill.clone(),
        from_level,
        to_level,
        ..ClosureOption::nth(&world, 1)
    };
    for option in [option(Some(3), Some(0)), option(Some(0), Some(3))] {
        let option = ClosureOption::create(channel, "", "o", Some(option)).await.unwrap();
        keeps(server, &world, &option).await;
    }
}

both!(a_rank_that_nobody_names_can_be_given_away);
async fn a_rank_that_nobody_names_can_be_given_away(server: &Server) {
    let world = World::create(server).await;
    let row = Assessment { level: Some(2), ..Assessment::nth(&world, 1) };
    Assessment::create(&server.channel, &world.trust, "a", Some(row)).await.unwrap();
    let mut four = levels(4);
    (four[2].id, four[3].id) = ("new".into(), "level-3".into());
    assert_eq!(set(server, four.clone()).await.unwrap().levels, four);
    set(server, levels(2)).await.unwrap();
}

both!(below_every_level_means_below_the_same_level);
async fn below_every_level_means_below_the_same_level(server: &Server) {
    let world = World::create(server).await;
    let row = Assessment { level: Some(0), ..Assessment::nth(&world, 1) };
    let row = Assessment::create(&server.channel, &world.trust, "a", Some(row)).await.unwrap();
    let mut four = levels(4);
    four[1].id = "another".into();
    set(server, four.clone()).await.unwrap();
    four[0].id = "novice".into();
    let refused = failure(set(server, four).await, Code::FailedPrecondition);
    assert_eq!(
        (refused.reason.as_str(), refused.fact("resource")),
        ("LEVEL_IN_USE", &row.name[..])
    );
    // Whoever is required to hold a skill at all is so with any levels.
    Assessment::delete(&server.channel, &row.name, "", false).await.unwrap();
    let any = Requirement { minimum_level: Some(0), ..Requirement::nth(&world, 1) };
    let parent = Requirement::parent(&world);
    Requirement::create(&server.channel, &parent, "any", Some(any)).await.unwrap();
    set(server, Vec::new()).await.unwrap();
}

both!(a_file_does_not_take_a_level_from_a_rank);
async fn a_file_does_not_take_a_level_from_a_rank(server: &Server) {
    let world = World::create(server).await;
    let framework = Framework {
        title: "Own".into(),
        publisher: "UK Government".into(),
        levels: levels(4),
        ..Framework::default()
    };
    Framework::create(&server.channel, "", "gdad", Some(framework)).await.unwrap();
    let skill = Skill { title: "Own".into(), ..Skill::default() };
    let skill = Skill::create(&server.channel, "frameworks/gdad", "own", Some(skill)).await;
    let row = Assessment { skill: skill.unwrap().name, ..Assessment::nth(&world, 1) };
    Assessment::create(&server.channel, &world.trust, "a", Some(row)).await.unwrap();
    let file = format!("{}/tests/it/fixtures/gdad-skills.csv", env!("CARGO_MANIFEST_DIR"));
    let run = run(server, &["import", "gdad", &file]).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("has other levels than the files"), "{run:?}");
    let stored = Framework::get(&server.channel, "frameworks/gdad").await.unwrap();
    assert_eq!(stored.levels, levels(4));
}
