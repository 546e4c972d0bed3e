//! The rules of targets.

use digital_skills_registry::api::v1::Target;
use tonic::Code;

use crate::{
    both,
    harness::{Server, failure, fixture::Fixture, samples::Samples, world::World},
};

both!(there_is_one_for_each_organisation_role_and_period);
async fn there_is_one_for_each_organisation_role_and_period(server: &Server) {
    let world = World::create(server).await;
    let made = Target::made(&server.channel, &world, 1).await;
    let create = async |id: &str, target| {
        Target::create(&server.channel, &world.plan, id, Some(target)).await
    };
    let again = create("again", Target::nth(&world, 1)).await;
    let refused = failure(again, Code::AlreadyExists);
    assert_eq!(refused.fact("resource"), made.name);
    let rule = "there is one target for each plan, organisation, role and period end date";
    assert!(refused.message.ends_with(rule), "{}", refused.message);
    create("a", Target { role: world.other_role.clone(), ..Target::nth(&world, 1) }).await.unwrap();
    create("b", Target { organisation: world.other_trust.clone(), ..Target::nth(&world, 1) })
        .await
        .unwrap();
    create("c", Target::nth(&world, 2)).await.unwrap();
    // In another plan it is another.
    Target::create(&server.channel, &world.other_plan, "n00001", Some(Target::nth(&world, 1)))
        .await
        .unwrap();
}

both!(fte_is_exact_to_five_decimals);
async fn fte_is_exact_to_five_decimals(server: &Server) {
    let world = World::create(server).await;
    for (n, fte) in [0.0, 0.00001, 1_330_538.840_46, 0.1, 9_999_999.999_99, 10_000_000.0]
        .into_iter()
        .enumerate()
    {
        let target =
            Target { needed_fte: Some(fte), funded_fte: Some(fte), ..Target::nth(&world, n) };
        let made = Target::create(&server.channel, &world.plan, &Target::id(n), Some(target))
            .await
            .unwrap();
        assert_eq!([made.needed_fte, made.funded_fte], [Some(fte); 2]);
        assert_eq!(Target::get(&server.channel, &made.name).await.unwrap(), made);
    }
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::Target;

    use crate::harness::{
        samples::{Samples, days_after},
        world::World,
    };

    impl Samples for Target {
        const MUTABLE: &'static str = "needed_fte";

        fn nth(world: &World, n: usize) -> Self {
            Self {
                organisation: world.trust.clone(),
                role: world.role.clone(),
                period_end_date: days_after(2027, 3, 31, n),
                needed_fte: Some(6.00001),
                funded_fte: Some(5.5),
                ..Self::default()
            }
        }

        fn change_identity(&mut self, world: &World) {
            self.organisation = world.other_trust.clone();
            self.role = world.other_role.clone();
            self.period_end_date = "2080-03-31".into();
        }
    }
}
