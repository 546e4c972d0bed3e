//! Which assessments count: of several of a person, of a group's splits, of some sources, and of skills that replace
//! retired ones.

use digital_skills_registry::api::v1::{plan_service_client::PlanServiceClient, *};
use tonic::Code;

use crate::{
    both,
    harness::{
        Server,
        binary::run,
        example::{analyse, client, record},
        failure,
        fixture::Fixture,
        two_trusts::TwoTrusts,
    },
};

/// A world with one person in post in the first trust, which needs ten.
async fn one_person(server: &Server) -> TwoTrusts {
    let world = TwoTrusts::create(server).await;
    world.target(0, 10.0, 10.0).await;
    world.employ(0, "p-1", 1, 1.0).await;
    world
}

/// An assessment of the person in the first skill.
fn assessed(
    world: &TwoTrusts,
    level: i32,
    on: &str,
    until: &str,
    by: AssessmentSource,
) -> Assessment {
    Assessment {
        subject: "p-1".into(),
        skill: world.skills[0].clone(),
        level: Some(level),
        assessed_date: on.into(),
        valid_until_date: until.into(),
        source: by as i32,
        ..Assessment::default()
    }
}

/// FTE skilled, below, expired and unassessed in the only row.
async fn position(server: &Server, query: GapQuery) -> [f64; 4] {
    let answer = analyse(server, query).await.unwrap();
    let [row] = &answer.rows[..] else { panic!("{answer:?}") };
    let figures = row.figures.unwrap();
    [figures.skilled_fte, figures.below_fte, figures.expired_fte, figures.unassessed_fte]
}

both!(touching_an_assessment_does_not_change_which_of_a_day_counts);
async fn touching_an_assessment_does_not_change_which_of_a_day_counts(server: &Server) {
    let world = one_person(server).await;
    let on_one_day = |level| assessed(&world, level, "2025-08-01", "", AssessmentSource::Test);
    let low = world.record(0, on_one_day(1)).await;
    let high = world.record(0, on_one_day(3)).await;
    assert_eq!(position(server, world.query()).await, [1.0, 0.0, 0.0, 0.0]);
    for touched in [low, high] {
        let evidence_uri = "https://lms.example/1".into();
        let touched = Assessment { evidence_uri, etag: String::new(), ..touched };
        Assessment::update(&server.channel, touched, Some(&["evidence_uri"]), false).await.unwrap();
        assert_eq!(position(server, world.query()).await, [1.0, 0.0, 0.0, 0.0]);
    }
}

both!(an_assessment_that_has_expired_hides_none_that_is_valid);
async fn an_assessment_that_has_expired_hides_none_that_is_valid(server: &Server) {
    let world = one_person(server).await;
    let certificate = AssessmentSource::Certificate;
    world.record(0, assessed(&world, 4, "2024-06-01", "2030-05-31", certificate)).await;
    let oneself = AssessmentSource::Self_;
    world.record(0, assessed(&world, 1, "2025-01-15", "2025-06-30", oneself)).await;
    let on = |day: &str, sources: &[AssessmentSource]| GapQuery {
        as_of_date: day.into(),
        assessment_sources: sources.iter().map(|source| *source as i32).collect(),
        ..world.query()
    };
    let (skilled, below) = ([1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]);
    let (expired, unassessed) = ([0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]);
    for (day, sources, expected) in [
        ("2025-02-01", &[][..], below),
        ("2025-07-01", &[], skilled),
        ("2025-02-01", &[certificate], skilled),
        ("2025-07-01", &[certificate], skilled),
        ("2030-06-01", &[], expired),
        ("2025-07-01", &[oneself], expired),
        ("2025-07-01", &[AssessmentSource::Test], unassessed),
        ("2025-07-01", &[AssessmentSource::Test, certificate], skilled),
    ] {
        let found = position(server, on(day, sources)).await;
        assert_eq!(found, expected, "{day} {sources:?}");
    }
    let answer = analyse(server, on("2025-07-01", &[certificate])).await.unwrap();
    let query = answer.context.unwrap().query.unwrap();
    assert_eq!(query.assessment_sources, [certificate as i32]);

    let arguments = |source| {
        ["gaps", "p", "--as-of", "2025-07-01", "--format", "json", "--assessment-source", source]
    };
    let shown = run(server, &arguments("self")).await;
    assert!(shown.out.contains("\"expiredFte\": 1.0"), "{shown:?}");
    let refused = run(server, &arguments("hearsay")).await;
    assert_ne!(refused.code, Some(0));
    assert!(refused.err.contains("must be self, manager, assessor"), "{refused:?}");
}

both!(sources_are_named_once_and_never_where_gaps_are_recorded);
async fn sources_are_named_once_and_never_where_gaps_are_recorded(server: &Server) {
    let world = one_person(server).await;
    let of = |assessment_sources| GapQuery { assessment_sources, ..world.query() };
    let failed = failure(analyse(server, of(vec![4, 4, 0, 99])).await, Code::InvalidArgument);
    for (field, reason) in [
        ("query.assessment_sources[1]", "DUPLICATE"),
        ("query.assessment_sources[2]", "REQUIRED"),
        ("query.assessment_sources[3]", "UNKNOWN_VALUE"),
    ] {
        assert!(failed.violates(field, reason), "{field} {reason}: {failed:?}");
    }
    let failed = failure(record(server, of(vec![4])).await, Code::InvalidArgument);
    assert!(failed.violates("query.assessment_sources", "NOT_ALLOWED"), "{failed:?}");
}

both!(a_split_of_a_group_belongs_to_its_day_and_is_given_whole);
async fn a_split_of_a_group_belongs_to_its_day_and_is_given_whole(server: &Server) {
    let world = one_person(server).await;
    world.employ(0, "team", 10, 10.0).await;
    let part = |headcount, on: &str| Assessment {
        subject: "team".into(),
        headcount: Some(headcount),
        ..assessed(&world, 3, on, "", AssessmentSource::Course)
    };
    world.record(0, part(5, "2025-01-06")).await;
    assert!(analyse(server, world.query()).await.unwrap().warnings.is_empty());
    world.record(0, part(5, "2025-01-07")).await;
    assert_eq!(position(server, world.query()).await, [5.0, 0.0, 0.0, 6.0]);
    let answer = analyse(server, world.query()).await.unwrap();
    let warning = GapWarning {
        kind: GapWarningKind::GroupSplitIncomplete as i32,
        organisation: world.trusts[0].clone(),
        role: world.role.clone(),
        skill: world.skills[0].clone(),
        fte: 5.0,
        ..GapWarning::default()
    };
    assert_eq!(answer.warnings, [warning]);
    assert_eq!(answer.rows[0].warnings, [GapWarningKind::GroupSplitIncomplete as i32]);
    // Given whole, it leaves nobody out.
    world.record(0, Assessment { level: Some(1), ..part(5, "2025-01-07") }).await;
    assert_eq!(position(server, world.query()).await, [5.0, 5.0, 0.0, 1.0]);
    assert!(analyse(server, world.query()).await.unwrap().warnings.is_empty());
}

both!(assessments_in_what_replaces_a_retired_skill_count_for_it);
async fn assessments_in_what_replaces_a_retired_skill_count_for_it(server: &Server) {
    let world = one_person(server).await;
    let channel = &server.channel;
    let retire = async |skill: &str, replaced_by: &str| {
        let retired = Skill {
            name: skill.into(),
            state: SkillState::Retired as i32,
            replaced_by: replaced_by.into(),
            ..Skill::default()
        };
        Skill::update(channel, retired, Some(&["state", "replaced_by"]), false).await.unwrap();
    };
    let [first, second] = &world.skills;
    let in_skill = |skill: &str, level, on: &str| Assessment {
        skill: skill.into(),
        ..assessed(&world, level, on, "", AssessmentSource::Test)
    };
    world.record(0, in_skill(second, 4, "2025-06-01")).await;
    assert_eq!(position(server, world.query()).await, [0.0, 0.0, 0.0, 1.0]);
    retire(first, second).await;
    assert_eq!(position(server, world.query()).await, [1.0, 0.0, 0.0, 0.0]);
    let warning = |replacement: &str| GapWarning {
        kind: GapWarningKind::RequirementOfRetiredSkill as i32,
        organisation: world.trusts[0].clone(),
        role: world.role.clone(),
        skill: first.clone(),
        fte: 10.0,
        replacement: replacement.into(),
        ..GapWarning::default()
    };
    let answer = analyse(server, world.query()).await.unwrap();
    assert_eq!(answer.warnings, [warning(second)]);
    assert_eq!(answer.rows[0].warnings, [GapWarningKind::RequirementOfRetiredSkill as i32]);

    // The audit of the plan finds it, which is no gap to record.
    let audit = PlanAuditQuery {
        plan: world.plan.clone(),
        as_of_date: TwoTrusts::DAY.into(),
        ..PlanAuditQuery::default()
    };
    let request = AuditPlanRequest { query: Some(audit.clone()), ..Default::default() };
    let mut plans = PlanServiceClient::new(channel.clone());
    let audited = plans.audit_plan(request).await.unwrap().into_inner();
    let [found] = &audited.omissions[..] else { panic!("{audited:?}") };
    assert_eq!(found.kind(), OmissionKind::RequiresRetiredSkill);
    assert_eq!((&found.role, &found.skill, &found.replacement), (&world.role, first, second));
    assert_eq!((found.skill_title.as_str(), found.requirements.len()), ("s1", 1));
    let context = audited.context.unwrap();
    assert_eq!((context.omission_count, context.retired_skill_count), (1, 1));
    let request = RecordGapsRequest { audit: Some(audit), ..Default::default() };
    let recorded = client(server).record_gaps(request).await.unwrap().into_inner();
    assert_eq!(recorded.created_count, 0);
    let shown = run(server, &["audit-plan", "p", "--as-of", TwoTrusts::DAY]).await.out;
    assert!(shown.contains("it is retired and replaced by frameworks/f/skills/s2"), "{shown}");

    // Along the chain the newest counts.
    let third = Skill { title: "s3".into(), ..Skill::default() };
    let third = Skill::create(channel, "frameworks/f", "s3", Some(third)).await.unwrap().name;
    world.record(0, in_skill(&third, 1, "2025-07-01")).await;
    assert_eq!(position(server, world.query()).await, [1.0, 0.0, 0.0, 0.0]);
    retire(second, &third).await;
    assert_eq!(position(server, world.query()).await, [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(analyse(server, world.query()).await.unwrap().warnings, [warning(&third)]);
    // Never the other way.
    world.require(&third, 2).await;
    world.record(0, in_skill(first, 4, "2025-08-01")).await;
    let of_third = GapQuery { skills: vec![third.clone()], ..world.query() };
    assert_eq!(position(server, of_third).await, [0.0, 1.0, 0.0, 0.0]);
}
