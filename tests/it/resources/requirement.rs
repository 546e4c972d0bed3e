//! The rules of requirements.

use digital_skills_registry::api::v1::{Importance, Requirement};
use tonic::Code;

use crate::{
    both,
    harness::{Server, failure, fixture::Fixture, world::World},
};

both!(on_a_role_it_falls_on_that_role_and_on_a_plan_on_a_role_or_a_family);
async fn on_a_role_it_falls_on_that_role_and_on_a_plan_on_a_role_or_a_family(server: &Server) {
    let world = World::create(server).await;
    let requirement = |role: &str, family: &str| Requirement {
        skill: world.skill.clone(),
        role: role.to_owned(),
        family: family.to_owned(),
        ..Requirement::default()
    };
    let on = async |parent: &str, requirement| {
        Requirement::create(&server.channel, parent, "", Some(requirement)).await
    };
    let made = on(&world.role, requirement("", "")).await.unwrap();
    // What is left out has its default.
    assert_eq!((made.weight, made.minimum_holders), (Some(1.0), Some(1)));
    assert_eq!(made.importance(), Importance::Essential);
    let named = on(&world.role, requirement(&world.role, "DATA")).await;
    let failed = failure(named, Code::InvalidArgument);
    assert!(failed.violates("requirement.role", "NOT_ALLOWED"));
    assert!(failed.violates("requirement.family", "NOT_ALLOWED"));
    let nobody = on(&world.plan, requirement("", "")).await;
    assert!(failure(nobody, Code::InvalidArgument).violates("requirement.role", "REQUIRED"));
    let both = on(&world.plan, requirement(&world.role, "DATA")).await;
    assert!(failure(both, Code::InvalidArgument).violates("requirement.family", "NOT_ALLOWED"));
    on(&world.plan, requirement(&world.role, "")).await.unwrap();
    on(&world.plan, requirement("", "DATA")).await.unwrap();
    let again = on(&world.plan, requirement("", "DATA")).await;
    assert_eq!(failure(again, Code::AlreadyExists).fact("fields"), "parent,role,family,skill");
}

both!(its_level_exists_in_the_scale_of_the_skills_framework);
async fn its_level_exists_in_the_scale_of_the_skills_framework(server: &Server) {
    let world = World::create(server).await;
    let requirement = |skill: &str, minimum_level| Requirement {
        skill: skill.to_owned(),
        minimum_level: Some(minimum_level),
        ..Requirement::default()
    };
    let create = async |id: &str, requirement| {
        Requirement::create(&server.channel, &world.role, id, Some(requirement)).await
    };
    let made = create("a", requirement(&world.skill, 4)).await.unwrap();
    create("b", requirement(&world.other_skill, 0)).await.unwrap();
    let high = create("c", requirement(&world.other_skill, 3)).await;
    assert!(
        failure(high, Code::InvalidArgument).violates("requirement.minimum_level", "UNKNOWN_LEVEL")
    );
    let higher = Requirement { minimum_level: Some(5), ..made };
    let higher = Requirement::update(&server.channel, higher, None, false).await;
    assert!(
        failure(higher, Code::InvalidArgument)
            .violates("requirement.minimum_level", "UNKNOWN_LEVEL")
    );
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::{Importance, Requirement};

    use crate::harness::{samples::Samples, world::World};

    impl Samples for Requirement {
        const MUTABLE: &'static str = "minimum_level";
        const ABOVE_ZERO: &'static [&'static str] = &["minimum_holders", "weight"];

        fn nth(world: &World, n: usize) -> Self {
            Self {
                skill: world.skill.clone(),
                minimum_level: Some(2),
                importance: Importance::Desirable as i32,
                weight: Some(2.5),
                minimum_holders: Some(2),
                needed_from_date: "2027-04-01".into(),
                family: format!("FAMILY_{n}"),
                ..Self::default()
            }
        }

        fn change_identity(&mut self, world: &World) {
            self.skill = world.other_skill.clone();
            self.role = world.role.clone();
            self.family = String::new();
        }
    }
}
