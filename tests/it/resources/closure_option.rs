//! The rules of options.

use digital_skills_registry::api::v1::*;
use tonic::{Code, Status};

use crate::{
    both,
    harness::{
        Server, failure,
        fixture::Fixture,
        samples::Samples,
        world::{World, levels},
    },
};

async fn create(server: &Server, id: &str, row: ClosureOption) -> Result<ClosureOption, Status> {
    ClosureOption::create(&server.channel, "", id, Some(row)).await
}

fn relation(option: &str, kind: ClosureOptionRelationKind) -> ClosureOptionRelation {
    ClosureOptionRelation { option: option.to_owned(), kind: kind as i32 }
}

both!(every_bad_field_is_told_at_once);
async fn every_bad_field_is_told_at_once(server: &Server) {
    let world = World::create(server).await;
    let bad = ClosureOption {
        kind: ClosureOptionKind::Assess as i32,
        role: world.role.clone(),
        from_level: Some(1),
        cost_per_head_pence: Some(-1),
        fte_per_head: Some(3.00001),
        success_probability: Some(1.00001),
        capacity_per_period: Some(-1),
        lead_time_days: Some(3_651),
        ..ClosureOption::nth(&world, 1)
    };
    let failure = failure(create(server, "bad", bad).await, Code::InvalidArgument);
    for (field, reason) in [
        ("family", "NOT_ALLOWED"),
        ("from_level", "NOT_ALLOWED"),
        ("cost_per_head_pence", "OUT_OF_RANGE"),
        ("fte_per_head", "OUT_OF_RANGE"),
        ("success_probability", "OUT_OF_RANGE"),
        ("capacity_per_period", "OUT_OF_RANGE"),
        ("lead_time_days", "OUT_OF_RANGE"),
    ] {
        assert!(
            failure.violates(&format!("closure_option.{field}"), reason),
            "{field}: {failure:?}"
        );
    }
    assert_eq!(failure.violations().len(), 7);
}

both!(levels_are_those_of_the_framework_and_stay_while_options_name_them);
async fn levels_are_those_of_the_framework_and_stay_while_options_name_them(server: &Server) {
    let world = World::create(server).await;
    let option = |from_level, to_level| ClosureOption {
        from_level: Some(from_level),
        to_level: Some(to_level),
        ..ClosureOption::nth(&world, 1)
    };
    let made = create(server, "high", option(1, 5)).await;
    assert!(
        failure(made, Code::InvalidArgument).violates("closure_option.to_level", "UNKNOWN_LEVEL")
    );
    let made = create(server, "down", option(3, 2)).await;
    assert!(
        failure(made, Code::InvalidArgument).violates("closure_option.to_level", "OUT_OF_RANGE")
    );
    create(server, "good", option(1, 4)).await.unwrap();
    let fewer =
        Framework { name: world.framework.clone(), levels: levels(3), ..Framework::default() };
    let update = Framework::update(&server.channel, fewer, Some(&["levels"]), false).await;
    assert_eq!(failure(update, Code::FailedPrecondition).reason, "LEVEL_IN_USE");
}

both!(options_depend_on_others_that_exist);
async fn options_depend_on_others_that_exist(server: &Server) {
    use ClosureOptionRelationKind::{Excludes, Requires};
    let world = World::create(server).await;
    let with = |relations| ClosureOption { relations, ..ClosureOption::nth(&world, 1) };
    let first = create(server, "first", with(vec![])).await.unwrap();
    let none = create(server, "a", with(vec![relation("closureOptions/none", Excludes)])).await;
    let none = failure(none, Code::InvalidArgument);
    assert!(none.violates("closure_option.relations[0].option", "REFERENCE_NOT_FOUND"), "{none:?}");
    let itself =
        create(server, "itself", with(vec![relation("closureOptions/itself", Requires)])).await;
    let itself = failure(itself, Code::InvalidArgument);
    assert!(
        itself.violates("closure_option.relations[0].option", "REFERENCE_NOT_ALLOWED"),
        "{itself:?}"
    );
    let twice = with(vec![relation(&first.name, Excludes), relation(&first.name, Requires)]);
    let twice = failure(create(server, "twice", twice).await, Code::InvalidArgument);
    assert!(twice.violates("closure_option.relations[1].option", "DUPLICATE"));
    let second =
        create(server, "second", with(vec![relation(&first.name, Requires)])).await.unwrap();
    assert_eq!(second.relations, [relation("closureOptions/first", Requires)]);
    let gone = ClosureOption::delete(&server.channel, &first.name, "", false).await;
    assert_eq!(failure(gone, Code::FailedPrecondition).fact("referrers"), second.name);
}

/// Sample resources, for the tests that are written once for all types.
mod samples {
    use digital_skills_registry::api::v1::{ClosureOption, ClosureOptionKind};

    use crate::harness::{samples::Samples, world::World};

    impl Samples for ClosureOption {
        const MUTABLE: &'static str = "cost_per_head_pence";
        const ABOVE_ZERO: &'static [&'static str] = &["fte_per_head", "success_probability"];

        fn nth(world: &World, n: usize) -> Self {
            Self {
                title: format!("Course {n}"),
                kind: ClosureOptionKind::Train as i32,
                organisation: world.trust.clone(),
                family: "DATA".into(),
                skill: world.skill.clone(),
                from_level: Some(1),
                to_level: Some(3),
                cost_per_head_pence: Some(218_132),
                fte_per_head: Some(0.8),
                success_probability: Some(0.85),
                capacity_per_period: Some(20),
                lead_time_days: Some(90),
                description: "Five days.".into(),
                ..Self::default()
            }
        }
    }
}
