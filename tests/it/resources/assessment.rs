//! The rules of assessments.

use chrono::{Days, NaiveDate, Utc};
use digital_skills_registry::{api::v1::Assessment, domain::day_in_london};
use tonic::Code;

use crate::{
    both,
    harness::{Server, client::Batch, failure, fixture::Fixture, samples::Samples, world::World},
};

both!(its_level_is_given_and_exists_in_the_scale);
async fn its_level_is_given_and_exists_in_the_scale(server: &Server) {
    let world = World::create(server).await;
    let create = async |level, skill: &str| {
        let row = Assessment { level, skill: skill.to_owned(), ..Assessment::nth(&world, 1) };
        Assessment::create(&server.channel, &world.trust, "", Some(row)).await
    };
    let none = create(None, &world.skill).await;
    assert!(failure(none, Code::InvalidArgument).violates("assessment.level", "REQUIRED"));
    assert_eq!(create(Some(0), &world.skill).await.unwrap().level, Some(0));
    create(Some(2), &world.other_skill).await.unwrap();
    let high = create(Some(3), &world.other_skill).await;
    assert!(failure(high, Code::InvalidArgument).violates("assessment.level", "UNKNOWN_LEVEL"));
}

both!(a_later_one_leaves_the_earlier_as_history);
async fn a_later_one_leaves_the_earlier_as_history(server: &Server) {
    let world = World::create(server).await;
    let early = Assessment::made(&server.channel, &world, 1).await;
    let late = Assessment { assessed_date: "2026-06-15".into(), ..Assessment::nth(&world, 1) };
    Assessment::create(&server.channel, &world.trust, "late", Some(late)).await.unwrap();
    assert_eq!(Assessment::get(&server.channel, &early.name).await.unwrap(), early);
}

both!(an_fte_may_be_absent_or_zero);
async fn an_fte_may_be_absent_or_zero(server: &Server) {
    let world = World::create(server).await;
    for fte in [None, Some(0.0), Some(2.5)] {
        let row = Assessment { fte, headcount: None, ..Assessment::nth(&world, 1) };
        let made = Assessment::create(&server.channel, &world.trust, "", Some(row)).await.unwrap();
        assert_eq!((made.fte, made.headcount), (fte, Some(1)));
    }
    let row = Assessment { fte: Some(3.1), ..Assessment::nth(&world, 1) };
    let made = Assessment::create(&server.channel, &world.trust, "", Some(row)).await;
    assert!(failure(made, Code::InvalidArgument).violates("assessment.fte", "OUT_OF_RANGE"));
}

both!(nobody_is_assessed_on_a_later_day_than_today);
async fn nobody_is_assessed_on_a_later_day_than_today(server: &Server) {
    let world = World::create(server).await;
    let channel = &server.channel;
    let on = |day: NaiveDate| Assessment {
        assessed_date: day.to_string(),
        valid_until_date: String::new(),
        ..Assessment::nth(&world, 1)
    };
    // The day may change while the test runs, so tomorrow is not tried.
    let today = day_in_london(Utc::now());
    let late = today + Days::new(2);
    let made = Assessment::create(channel, &world.trust, "a", Some(on(late))).await;
    let refused = failure(made, Code::InvalidArgument);
    assert_eq!(refused.violations(), [("assessment.assessed_date".into(), "OUT_OF_RANGE".into())]);
    let made = Assessment::create(channel, &world.trust, "a", Some(on(today))).await.unwrap();
    let later = Assessment { assessed_date: late.to_string(), ..made.clone() };
    let updated = Assessment::update(channel, later.clone(), None, false).await;
    assert!(
        failure(updated, Code::InvalidArgument)
            .violates("assessment.assessed_date", "OUT_OF_RANGE")
    );
    let batch = Batch::of(&world.trust, vec![later]);
    let answers = Assessment::import_all(channel, vec![batch]).await.unwrap();
    let error = answers[0].outcomes[0].error.as_ref().unwrap();
    assert_eq!(error.violations[0].field, "assessed_date");
    assert_eq!(Assessment::get(channel, &made.name).await.unwrap(), made);
}

both!(it_does_not_lapse_before_it_is_made);
async fn it_does_not_lapse_before_it_is_made(server: &Server) {
    let world = World::create(server).await;
    let row = Assessment { valid_until_date: "2026-01-14".into(), ..Assessment::nth(&world, 1) };
    let made = Assessment::create(&server.channel, &world.trust, "", Some(row)).await;
    assert!(
        failure(made, Code::InvalidArgument)
            .violates("assessment.valid_until_date", "OUT_OF_RANGE")
    );
    let row = Assessment { valid_until_date: "2026-01-15".into(), ..Assessment::nth(&world, 1) };
    Assessment::create(&server.channel, &world.trust, "", Some(row)).await.unwrap();
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::{Assessment, AssessmentSource};

    use crate::harness::{samples::Samples, world::World};

    impl Samples for Assessment {
        const MUTABLE: &'static str = "level";
        const ABOVE_ZERO: &'static [&'static str] = &["headcount"];

        fn nth(world: &World, n: usize) -> Self {
            Self {
                subject: format!("p-{n}"),
                skill: world.skill.clone(),
                level: Some(2),
                headcount: Some(1),
                fte: Some(0.6),
                assessed_date: "2026-01-15".into(),
                valid_until_date: "2028-01-14".into(),
                source: AssessmentSource::Self_ as i32,
                assessor: "a-1".into(),
                evidence_uri: "https://example.org/evidence".into(),
                ..Self::default()
            }
        }

        fn change_identity(&mut self, world: &World) {
            self.subject.push('x');
            self.skill = world.other_skill.clone();
        }
    }
}
