//! The gaps that are kept.

use digital_skills_registry::api::v1::*;
use tonic::Code;

use crate::{
    both,
    harness::{
        example::{Example, analyse, record},
        failure,
        nouns::Noun,
        world::World,
    },
};

both! {
    async fn shortfalls_are_recorded_once(server: Server) {
        let example = Example::create(server).await;
        let before = server.revision().await;
        let recorded = record(server, example.query()).await.unwrap();
        assert_eq!((recorded.created_count, recorded.updated_count, recorded.unchanged_count), (2, 0, 0));
        assert_eq!(recorded.revision, before + 1);
        let gaps = Gap::list(&server.channel, &example.plan, 0, "").await.unwrap().rows;
        assert_eq!(gaps.len(), 2);
        let rows = analyse(server, example.query()).await.unwrap().rows;
        for gap in &gaps {
            let row = rows.iter().find(|row| row.skill == gap.skill).unwrap();
            assert_eq!(gap.figures, row.figures);
            assert_eq!((gap.kind(), gap.state()), (GapKind::Shortfall, GapState::Open));
            assert_eq!((gap.organisation.as_str(), gap.role.as_str()), (row.organisation.as_str(), row.role.as_str()));
            assert_eq!([&gap.first_seen_date, &gap.last_seen_date], ["2026-07-01"; 2]);
            assert_eq!(gap.revision, recorded.revision);
        }
        // The same analysis again changes nothing.
        let again = record(server, example.query()).await.unwrap();
        assert_eq!((again.unchanged_count, again.revision), (2, 0));
        assert_eq!(server.revision().await, before + 1);
        // Somebody takes a gap on, and a month later it is found with other figures.
        let owned = Gap { name: gaps[0].name.clone(), owner: "cio".into(), note: "Hire.".into(), ..Gap::default() };
        Gap::update(&server.channel, owned, None, false).await.unwrap();
        let skill = gaps[0].skill.clone();
        example.assess(&server.channel, "b", &skill, 4, "2026-07-15", "").await;
        example.assess(&server.channel, "d", &skill, 4, "2026-07-15", "").await;
        let later = GapQuery { as_of_date: "2026-08-01".into(), skills: vec![skill], ..example.query() };
        let updated = record(server, later).await.unwrap();
        assert_eq!((updated.created_count, updated.updated_count), (0, 1));
        let gap = Gap::get(&server.channel, &gaps[0].name).await.unwrap();
        assert_eq!((gap.owner.as_str(), gap.note.as_str()), ("cio", "Hire."));
        assert_eq!([gap.first_seen_date.as_str(), &gap.last_seen_date], ["2026-07-01", "2026-08-01"]);
        assert_ne!(gap.figures, gaps[0].figures);
    }

    async fn gaps_recorded_at_once_are_recorded_once(server: Server) {
        let example = Example::create(server).await;
        let record = || record(server, example.query());
        let (a, b, c, d) = tokio::join!(record(), record(), record(), record());
        let created: i32 = [a, b, c, d].into_iter().map(|recorded| recorded.unwrap().created_count).sum();
        assert_eq!(created, 2);
        assert_eq!(Gap::list(&server.channel, &example.plan, 0, "").await.unwrap().rows.len(), 2);
    }

    async fn callers_create_gaps_that_they_report_and_no_others(server: Server) {
        let world = World::create(server).await;
        for kind in [GapKind::Shortfall, GapKind::OmittedRole, GapKind::OmittedSkill] {
            let gap = Gap { kind: kind as i32, ..Gap::nth(&world, 1) };
            let made = Gap::create(&server.channel, &world.plan, "", Some(gap)).await;
            assert!(failure(made, Code::InvalidArgument).violates("gap.kind", "NOT_ALLOWED"));
        }
        let gap = Gap { role: String::new(), skill: String::new(), ..Gap::nth(&world, 1) };
        let made = Gap::create(&server.channel, &world.plan, "", Some(gap)).await;
        assert!(failure(made, Code::InvalidArgument).violates("gap.skill", "REQUIRED"));
        let gap = Gap { role: String::new(), period_end_date: String::new(), ..Gap::nth(&world, 1) };
        let made = Gap::create(&server.channel, &world.plan, "", Some(gap)).await.unwrap();
        assert_eq!(made.state(), GapState::Open);
        assert_eq!(made.first_seen_date, chrono::Utc::now().date_naive().to_string());
    }
}
