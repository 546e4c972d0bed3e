//! The rules of staffing records.

use digital_skills_registry::api::v1::Staffing;
use tonic::Code;

use crate::{
    both,
    harness::{Server, failure, fixture::Fixture, samples::Samples, world::World},
};

both!(a_person_may_have_two_posts);
async fn a_person_may_have_two_posts(server: &Server) {
    let world = World::create(server).await;
    let first = Staffing::made(&server.channel, &world, 1).await;
    let second = Staffing { fte: Some(0.4), ..Staffing::nth(&world, 1) };
    let second =
        Staffing::create(&server.channel, &world.trust, "second", Some(second)).await.unwrap();
    assert_eq!(second.subject, first.subject);
}

both!(nobody_works_more_than_three_times_full_time);
async fn nobody_works_more_than_three_times_full_time(server: &Server) {
    let world = World::create(server).await;
    let staffing = |headcount, fte| Staffing {
        headcount: Some(headcount),
        fte: Some(fte),
        ..Staffing::nth(&world, 1)
    };
    let create = async |row| Staffing::create(&server.channel, &world.trust, "", Some(row)).await;
    create(staffing(1, 3.0)).await.unwrap();
    create(staffing(22_555, 20_988.890_46)).await.unwrap();
    let much = create(staffing(1, 3.00001)).await;
    assert!(failure(much, Code::InvalidArgument).violates("staffing.fte", "OUT_OF_RANGE"));
    let nobody = create(staffing(0, 0.0)).await;
    assert!(failure(nobody, Code::InvalidArgument).violates("staffing.headcount", "OUT_OF_RANGE"));
}

both!(a_subject_is_a_pseudonym);
async fn a_subject_is_a_pseudonym(server: &Server) {
    let world = World::create(server).await;
    let staffing = |subject: &str| Staffing { subject: subject.into(), ..Staffing::nth(&world, 1) };
    let create = async |row| Staffing::create(&server.channel, &world.trust, "", Some(row)).await;
    for (subject, reason) in [
        ("QQ123456C", "PERSONAL_DATA"),
        ("1980-02-29", "PERSONAL_DATA"),
        ("29.02.1980", "PERSONAL_DATA"),
        ("Florence Nightingale", "MALFORMED"),
        ("f.nightingale@nhs.net", "MALFORMED"),
        ("", "REQUIRED"),
    ] {
        let failure = failure(create(staffing(subject)).await, Code::InvalidArgument);
        assert!(failure.violates("staffing.subject", reason), "{subject}: {failure:?}");
        // What may be personal is never told back.
        assert!(subject.is_empty() || !format!("{failure:?}").contains(subject));
    }
    create(staffing("group:ward-7/nurses")).await.unwrap();
}

both!(it_ends_after_it_begins);
async fn it_ends_after_it_begins(server: &Server) {
    let world = World::create(server).await;
    for end in ["2024-02-29", "2024-02-28"] {
        let row = Staffing { end_date: end.into(), ..Staffing::nth(&world, 1) };
        let made = Staffing::create(&server.channel, &world.trust, "", Some(row)).await;
        assert!(failure(made, Code::InvalidArgument).violates("staffing.end_date", "OUT_OF_RANGE"));
    }
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::Staffing;

    use crate::harness::{samples::Samples, world::World};

    impl Samples for Staffing {
        const MUTABLE: &'static str = "fte";
        const ABOVE_ZERO: &'static [&'static str] = &["headcount"];

        fn nth(world: &World, n: usize) -> Self {
            Self {
                subject: format!("p-{n}"),
                role: world.role.clone(),
                headcount: Some(1),
                fte: Some(0.6),
                start_date: "2024-02-29".into(),
                end_date: "2030-01-01".into(),
                source: "ESR".into(),
                ..Self::default()
            }
        }

        fn change_identity(&mut self, _: &World) {
            self.subject.push('x');
        }
    }
}
