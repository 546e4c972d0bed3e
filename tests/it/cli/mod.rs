//! The program `skills-registry`: its commands and its operation.

mod generate;
mod import;
mod operating;
mod output;
mod program;
mod published;

use digital_skills_registry::api::v1::{Requirement, Target};

use crate::harness::{Server, fixture::Fixture, samples::Samples, world::World};

/// A world whose plan needs people with a skill, and has none.
async fn world_with_a_gap(server: &Server) -> World {
    let world = World::create(server).await;
    let requirement = Requirement {
        family: "DATA".into(),
        needed_from_date: String::new(),
        ..Requirement::nth(&world, 1)
    };
    Requirement::create(&server.channel, &world.plan, "r", Some(requirement)).await.unwrap();
    Target::made(&server.channel, &world, 0).await;
    world
}
