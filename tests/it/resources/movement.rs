//! The rules of movements.

use digital_skills_registry::api::v1::Movement;
use tonic::Code;

use crate::{
    both,
    harness::{Server, failure, fixture::Fixture, samples::Samples, world::World},
};

both!(a_movement_is_of_a_time_that_ends_after_it_begins);
async fn a_movement_is_of_a_time_that_ends_after_it_begins(server: &Server) {
    let world = World::create(server).await;
    let create = async |first: &str, last: &str| {
        let row = Movement {
            first_date: first.into(),
            last_date: last.into(),
            ..Movement::nth(&world, 1)
        };
        Movement::create(&server.channel, &world.trust, "", Some(row)).await
    };
    create("2025-10-01", "2025-10-01").await.unwrap();
    create("2015-10-01", "2025-09-30").await.unwrap();
    for (first, last) in [("2025-10-01", "2025-09-30"), ("2015-10-01", "2025-10-01")] {
        let failure = failure(create(first, last).await, Code::InvalidArgument);
        assert!(failure.violates("movement.last_date", "OUT_OF_RANGE"), "{failure:?}");
    }
}

both!(fte_is_of_people);
async fn fte_is_of_people(server: &Server) {
    let world = World::create(server).await;
    let row = Movement {
        opening_headcount: Some(-1),
        joiner_headcount: Some(0),
        joiner_fte: Some(0.5),
        leaver_fte: Some(63.00001),
        ..Movement::nth(&world, 1)
    };
    let made = Movement::create(&server.channel, &world.trust, "", Some(row)).await;
    let failure = failure(made, Code::InvalidArgument);
    for field in ["opening_headcount", "joiner_fte", "leaver_fte"] {
        assert!(failure.violates(&format!("movement.{field}"), "OUT_OF_RANGE"), "{failure:?}");
    }
}

both!(all_staff_and_a_role_have_movements_of_the_same_time);
async fn all_staff_and_a_role_have_movements_of_the_same_time(server: &Server) {
    let world = World::create(server).await;
    let of_role = Movement::nth(&world, 1);
    let of_all = Movement { role: String::new(), ..of_role.clone() };
    for row in [of_role.clone(), of_all.clone()] {
        Movement::create(&server.channel, &world.trust, "", Some(row)).await.unwrap();
    }
    for row in [of_role, of_all] {
        let again = Movement::create(&server.channel, &world.trust, "", Some(row)).await;
        assert_eq!(failure(again, Code::AlreadyExists).reason, "KEY_TAKEN");
    }
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::Movement;

    use crate::harness::{
        samples::{Samples, days_after},
        world::World,
    };

    impl Samples for Movement {
        const MUTABLE: &'static str = "leaver_fte";

        fn nth(world: &World, n: usize) -> Self {
            Self {
                role: world.role.clone(),
                first_date: days_after(2025, 10, 1, n),
                last_date: days_after(2025, 10, 1, n + 30),
                opening_headcount: Some(1_726),
                opening_fte: Some(1_532.303_87),
                joiner_headcount: Some(27),
                joiner_fte: Some(21.75),
                leaver_headcount: Some(21),
                leaver_fte: Some(18.375),
                source: "ESR".into(),
                ..Self::default()
            }
        }

        fn change_identity(&mut self, world: &World) {
            self.role = world.other_role.clone();
            self.first_date = "2024-10-01".into();
            self.last_date = "2024-10-31".into();
        }
    }
}
