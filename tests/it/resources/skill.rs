//! The rules of skills.

use digital_skills_registry::api::v1::{
    Framework, Skill, SkillAlignment, SkillAlignmentKind, SkillState,
};
use tonic::Code;

use crate::{
    both,
    harness::{
        Server,
        client::Batch,
        failure,
        fixture::{Fixture, ListCall},
        samples::Samples,
        world::World,
    },
};

both!(a_broader_skill_is_of_the_same_framework_and_never_leads_back);
async fn a_broader_skill_is_of_the_same_framework_and_never_leads_back(server: &Server) {
    let world = World::create(server).await;
    let skill = |broader: &str| Skill {
        title: "Skill".into(),
        broader_skill: broader.to_owned(),
        ..Skill::default()
    };
    let abroad =
        Skill::create(&server.channel, &world.framework, "a", Some(skill(&world.other_skill)))
            .await;
    assert!(
        failure(abroad, Code::InvalidArgument)
            .violates("skill.broader_skill", "REFERENCE_NOT_ALLOWED")
    );
    let narrow = Skill::create(&server.channel, &world.framework, "a", Some(skill(&world.skill)))
        .await
        .unwrap();
    let broad = Skill { name: world.skill.clone(), broader_skill: narrow.name, ..Skill::default() };
    let looped = Skill::update(&server.channel, broad, None, false).await;
    assert!(failure(looped, Code::InvalidArgument).violates("skill.broader_skill", "LOOP"));
}

both!(only_a_retired_skill_is_replaced);
async fn only_a_retired_skill_is_replaced(server: &Server) {
    let world = World::create(server).await;
    let skill = Skill {
        name: world.skill.clone(),
        replaced_by: world.other_skill.clone(),
        ..Skill::default()
    };
    let updated = Skill::update(&server.channel, skill.clone(), None, false).await;
    assert!(failure(updated, Code::InvalidArgument).violates("skill.replaced_by", "NOT_ALLOWED"));
    let retired = Skill { state: SkillState::Retired as i32, ..skill };
    Skill::update(&server.channel, retired, None, false).await.unwrap();
}

both!(an_alignment_names_another_skill_once);
async fn an_alignment_names_another_skill_once(server: &Server) {
    let world = World::create(server).await;
    let to = |skill: &str, kind: i32| SkillAlignment { skill: skill.to_owned(), kind };
    let exact = SkillAlignmentKind::Exact as i32;
    let alignments = vec![
        to(&world.other_skill, exact),
        to(&world.other_skill, exact),
        to(&world.skill, exact),
        to("", exact),
        to("frameworks/world-two/skills/none", 0),
    ];
    let skill = Skill { name: world.skill.clone(), alignments, ..Skill::default() };
    let failure =
        failure(Skill::update(&server.channel, skill, None, false).await, Code::InvalidArgument);
    for (field, reason) in [
        ("[1].skill", "DUPLICATE"),
        ("[2].skill", "REFERENCE_NOT_ALLOWED"),
        ("[3].skill", "REQUIRED"),
        ("[4].skill", "REFERENCE_NOT_FOUND"),
        ("[4].kind", "REQUIRED"),
    ] {
        assert!(failure.violates(&format!("skill.alignments{field}"), reason), "{failure:?}");
    }
}

both!(a_skill_that_another_is_aligned_to_is_not_deleted);
async fn a_skill_that_another_is_aligned_to_is_not_deleted(server: &Server) {
    let world = World::create(server).await;
    let alignment = SkillAlignment {
        skill: world.other_skill.clone(),
        kind: SkillAlignmentKind::Narrow as i32,
    };
    let skill =
        Skill { name: world.skill.clone(), alignments: vec![alignment], ..Skill::default() };
    Skill::update(&server.channel, skill, None, false).await.unwrap();
    let deleted = Skill::delete(&server.channel, &world.other_skill, "", false).await;
    let refused = failure(deleted, Code::FailedPrecondition);
    assert_eq!(refused.fact("referrers"), world.skill);
    let deleted = Framework::delete(&server.channel, &world.other_framework, "", false).await;
    assert_eq!(failure(deleted, Code::FailedPrecondition).fact("referrers"), world.other_skill);
    Skill::delete(&server.channel, &world.skill, "", false).await.unwrap();
    Skill::delete(&server.channel, &world.other_skill, "", false).await.unwrap();
    Framework::delete(&server.channel, &world.other_framework, "", false).await.unwrap();
}

both!(a_response_that_is_too_large_is_refused_by_the_registry);
async fn a_response_that_is_too_large_is_refused_by_the_registry(server: &Server) {
    let world = World::create(server).await;
    let large = |n: usize| Skill {
        name: format!("{}/skills/large-{n}", world.framework),
        // 40 KB.
        description: "𝄞".repeat(10_000),
        ..Skill::nth(&world, n)
    };
    let batches =
        [0..60, 60..120].map(|range| Batch::of(&world.framework, range.map(large).collect()));
    Skill::import_all(&server.channel, batches.into()).await.unwrap();
    let names = |count: usize| (0..count).map(|n| large(n).name).collect::<Vec<_>>();
    let found = Skill::batch_get(&server.channel, &world.framework, names(90)).await.unwrap();
    assert_eq!(found.len(), 90);
    let much = Skill::batch_get(&server.channel, &world.framework, names(120)).await;
    let refused = failure(much, Code::ResourceExhausted);
    assert_eq!(refused.reason, "MESSAGE_TOO_LARGE");
    assert!(refused.message.contains("fewer"), "{}", refused.message);
    // A page of a list ends before.
    let listing =
        ListCall { parent: world.framework.clone(), page_size: 1_000, ..ListCall::default() };
    let page = Skill::list_as(&server.channel, listing).await.unwrap();
    assert!(!page.next_page_token.is_empty() && page.rows.len() > 60, "{}", page.rows.len());
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::{Skill, SkillAlignment, SkillAlignmentKind, SkillState};

    use crate::harness::{samples::Samples, world::World};

    impl Samples for Skill {
        fn nth(world: &World, n: usize) -> Self {
            Self {
                title: format!("Skill {n}"),
                description: "What it is.\nAnd more.".into(),
                category: "Data".into(),
                external_uri: format!("https://example.org/skills/{n}"),
                alternative_labels: vec!["Another".into(), "Other".into()],
                broader_skill: world.skill.clone(),
                broader_uris: vec![format!("https://example.org/skills/above-{n}")],
                core: Some(true),
                state: SkillState::Retired as i32,
                replaced_by: world.skill.clone(),
                alignments: vec![SkillAlignment {
                    skill: world.other_skill.clone(),
                    kind: SkillAlignmentKind::Close as i32,
                }],
                ..Self::default()
            }
        }
    }
}
