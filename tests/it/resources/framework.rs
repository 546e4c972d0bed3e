//! The rules of frameworks, and their way from draft to retired.

use digital_skills_registry::api::v1::{
    Framework, FrameworkLevel, FrameworkState, FrameworkWarning, PublishFrameworkRequest,
    PublishFrameworkResponse, Requirement, RetireFrameworkRequest, Skill, SkillState,
    framework_service_client::FrameworkServiceClient,
};
use tonic::{Code, Status};

use crate::{
    both,
    harness::{
        Server,
        client::Batch,
        failure,
        fixture::Fixture,
        samples::Samples,
        world::{World, levels},
    },
};

async fn publish(server: &Server, name: &str, etag: &str) -> Result<Framework, Status> {
    let request = PublishFrameworkRequest {
        name: name.to_owned(),
        etag: etag.to_owned(),
        ..Default::default()
    };
    let answer = publish_as(server, request).await?;
    assert!(answer.warnings.is_empty());
    Ok(answer.framework.unwrap())
}

async fn publish_as(
    server: &Server,
    request: PublishFrameworkRequest,
) -> Result<PublishFrameworkResponse, Status> {
    let mut client = FrameworkServiceClient::new(server.channel.clone());
    Ok(client.publish_framework(request).await?.into_inner())
}

async fn retire(server: &Server, name: &str, etag: &str) -> Result<Framework, Status> {
    let request = RetireFrameworkRequest {
        name: name.to_owned(),
        etag: etag.to_owned(),
        ..Default::default()
    };
    let mut client = FrameworkServiceClient::new(server.channel.clone());
    Ok(client.retire_framework(request).await?.into_inner())
}

both!(a_framework_goes_from_draft_to_published_to_retired);
async fn a_framework_goes_from_draft_to_published_to_retired(server: &Server) {
    let world = World::create(server).await;
    let draft = Framework::get(&server.channel, &world.framework).await.unwrap();
    assert_eq!(draft.state(), FrameworkState::Draft);
    let early = retire(server, &draft.name, "").await;
    assert_eq!(failure(early, Code::FailedPrecondition).reason, "FRAMEWORK_STATE");
    let stale = publish(server, &draft.name, "0").await;
    assert_eq!(failure(stale, Code::Aborted).reason, "ETAG_MISMATCH");
    let published = publish(server, &draft.name, &draft.etag).await.unwrap();
    assert_eq!(published.state(), FrameworkState::Published);
    assert!(published.revision > draft.revision);
    let again = publish(server, &draft.name, "").await;
    assert_eq!(failure(again, Code::FailedPrecondition).reason, "FRAMEWORK_STATE");
    let retired = retire(server, &draft.name, &published.etag).await.unwrap();
    assert_eq!(retired.state(), FrameworkState::Retired);
    assert_eq!(Framework::get(&server.channel, &draft.name).await.unwrap(), retired);
    failure(publish(server, "frameworks/none", "").await, Code::NotFound);
    failure(publish(server, "roles/none", "").await, Code::InvalidArgument);
}

both!(the_levels_and_skills_of_a_published_framework_do_not_change);
async fn the_levels_and_skills_of_a_published_framework_do_not_change(server: &Server) {
    let world = World::create(server).await;
    let published = publish(server, &world.framework, "").await.unwrap();
    let more = Framework { levels: levels(5), ..published.clone() };
    let updated = Framework::update(&server.channel, more, None, false).await;
    assert_eq!(failure(updated, Code::FailedPrecondition).reason, "FRAMEWORK_FROZEN");
    let renamed = Framework { title: "Renamed".into(), ..published };
    Framework::update(&server.channel, renamed, None, false).await.unwrap();

    let made =
        Skill::create(&server.channel, &world.framework, "new", Some(Skill::nth(&world, 1))).await;
    let frozen = failure(made, Code::FailedPrecondition);
    assert_eq!(
        (frozen.reason.as_str(), frozen.fact("resource")),
        ("FRAMEWORK_FROZEN", world.framework.as_str())
    );
    let skill = Skill::get(&server.channel, &world.skill).await.unwrap();
    let changed = Skill { core: Some(true), ..skill.clone() };
    let updated = Skill::update(&server.channel, changed, None, false).await;
    assert_eq!(failure(updated, Code::FailedPrecondition).reason, "FRAMEWORK_FROZEN");
    let deleted = Skill::delete(&server.channel, &world.skill, "", false).await;
    assert_eq!(failure(deleted, Code::FailedPrecondition).reason, "FRAMEWORK_FROZEN");
    // Importing it as it is changes nothing, and so is allowed.
    let batch = Batch::of(&world.framework, vec![skill.clone()]);
    let answers = Skill::import_all(&server.channel, vec![batch]).await.unwrap();
    assert_eq!(answers[0].revision, 0);
    // A skill can be retired.
    let retired = Skill {
        state: SkillState::Retired as i32,
        replaced_by: world.other_skill.clone(),
        ..skill
    };
    let retired = Skill::update(&server.channel, retired, None, false).await.unwrap();
    assert_eq!(retired.state(), SkillState::Retired);
}

both!(the_texts_of_a_published_framework_can_be_corrected);
async fn the_texts_of_a_published_framework_can_be_corrected(server: &Server) {
    let world = World::create(server).await;
    let channel = &server.channel;
    let published = publish(server, &world.framework, "").await.unwrap();
    let mut levels = published.levels.clone();
    levels[1].title = "Works alone".into();
    levels[2].description = "Leads others.".into();
    let corrected = Framework { levels: levels.clone(), ..published };
    let corrected = Framework::update(channel, corrected, None, false).await.unwrap();
    assert_eq!(corrected.levels, levels);
    levels[3].id = "other".into();
    let other = Framework { levels, ..corrected };
    let other = Framework::update(channel, other, None, false).await;
    assert_eq!(failure(other, Code::FailedPrecondition).reason, "FRAMEWORK_FROZEN");

    let skill = Skill::get(channel, &world.skill).await.unwrap();
    let corrected = Skill {
        title: "Corrected".into(),
        description: "Corrected.".into(),
        alternative_labels: vec!["Before".into()],
        ..skill
    };
    let corrected = Skill::update(channel, corrected, None, false).await.unwrap();
    assert_eq!(corrected.title, "Corrected");
    let moved = Skill { category: "Other".into(), ..corrected };
    let moved = Skill::update(channel, moved, None, false).await;
    assert_eq!(failure(moved, Code::FailedPrecondition).reason, "FRAMEWORK_FROZEN");

    retire(server, &world.framework, "").await.unwrap();
    let skill = Skill { title: "Again".into(), ..Skill::get(channel, &world.skill).await.unwrap() };
    let late = Skill::update(channel, skill, None, false).await;
    assert_eq!(failure(late, Code::FailedPrecondition).reason, "FRAMEWORK_FROZEN");
}

both!(publishing_a_framework_without_levels_warns);
async fn publishing_a_framework_without_levels_warns(server: &Server) {
    let framework = Framework { title: "Without".into(), ..Framework::default() };
    let name = Framework::create(&server.channel, "", "a", Some(framework)).await.unwrap().name;
    let checked = PublishFrameworkRequest { name, validate_only: true, ..Default::default() };
    let request_id = uuid::Uuid::now_v7().to_string();
    let once = PublishFrameworkRequest { validate_only: false, request_id, ..checked.clone() };
    for request in [checked, once.clone(), once] {
        let answer = publish_as(server, request).await.unwrap();
        assert_eq!(answer.warnings().collect::<Vec<_>>(), [FrameworkWarning::NoLevels]);
        assert_eq!(answer.framework.unwrap().state(), FrameworkState::Published);
    }
}

both!(nothing_of_a_retired_framework_is_newly_required);
async fn nothing_of_a_retired_framework_is_newly_required(server: &Server) {
    let world = World::create(server).await;
    let old = Requirement::made(&server.channel, &world, 1).await;
    publish(server, &world.framework, "").await.unwrap();
    retire(server, &world.framework, "").await.unwrap();
    let parent = Requirement::parent(&world);
    let made =
        Requirement::create(&server.channel, &parent, "new", Some(Requirement::nth(&world, 2)))
            .await;
    assert!(
        failure(made, Code::InvalidArgument).violates("requirement.skill", "REFERENCE_NOT_ALLOWED")
    );
    // What exists stays, and can change.
    let weighty = Requirement { weight: Some(9.0), ..old };
    Requirement::update(&server.channel, weighty, None, false).await.unwrap();
    let framework = Framework::get(&server.channel, &world.framework).await.unwrap();
    let renamed = Framework { title: "Renamed".into(), ..framework };
    let renamed = Framework::update(&server.channel, renamed, None, false).await;
    assert_eq!(failure(renamed, Code::FailedPrecondition).reason, "FRAMEWORK_FROZEN");
}

both!(ranks_rise_from_one_by_one);
async fn ranks_rise_from_one_by_one(server: &Server) {
    let framework = |levels| Framework { title: "Scale".into(), levels, ..Framework::default() };
    let level = |rank, id: &str| FrameworkLevel { rank, ..level(id) };
    let bad = framework(vec![level(1, "a"), level(3, "b"), level(3, "a"), level(4, "Ä")]);
    let made = Framework::create(&server.channel, "", "scale", Some(bad)).await;
    let failure = failure(made, Code::InvalidArgument);
    assert_eq!(
        failure.violations(),
        [
            ("framework.levels[1].rank".to_owned(), "OUT_OF_RANGE".to_owned()),
            ("framework.levels[2].id".to_owned(), "DUPLICATE".to_owned()),
            ("framework.levels[3].id".to_owned(), "MALFORMED".to_owned()),
        ]
    );
    let none = Framework::create(&server.channel, "", "none", Some(framework(Vec::new()))).await;
    assert!(none.unwrap().levels.is_empty());
}

both!(a_level_in_use_does_not_go);
async fn a_level_in_use_does_not_go(server: &Server) {
    let world = World::create(server).await;
    let requirement = Requirement { minimum_level: Some(4), ..Requirement::nth(&world, 1) };
    let parent = Requirement::parent(&world);
    let requirement =
        Requirement::create(&server.channel, &parent, "four", Some(requirement)).await.unwrap();
    let framework = Framework::get(&server.channel, &world.framework).await.unwrap();
    let fewer = Framework { levels: levels(3), ..framework };
    let updated = Framework::update(&server.channel, fewer.clone(), None, false).await;
    let refused = failure(updated, Code::FailedPrecondition);
    assert_eq!(refused.reason, "LEVEL_IN_USE");
    assert_eq!(refused.fact("resource"), requirement.name);
    Requirement::delete(&server.channel, &requirement.name, "", false).await.unwrap();
    Framework::update(&server.channel, fewer, None, false).await.unwrap();
}

fn level(id: &str) -> FrameworkLevel {
    FrameworkLevel { rank: 1, id: id.to_owned(), title: "Level".into(), description: String::new() }
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::Framework;

    use crate::harness::{
        samples::Samples,
        world::{World, levels},
    };

    impl Samples for Framework {
        fn nth(world: &World, n: usize) -> Self {
            Self {
                title: format!("Framework {n}"),
                version: "1".into(),
                publisher: "Publisher".into(),
                licence: "OGL-UK-3.0".into(),
                levels: levels(3),
                supersedes: world.framework.clone(),
                ..Self::default()
            }
        }
    }
}
