//! The migrations of the nouns, in order. One that has been released never changes: a noun that
//! changes gets a new one.

mod m20261123_000001_organisation;
mod m20261123_000002_framework;
mod m20261123_000003_skill;
mod m20261123_000004_role;
mod m20261123_000005_requirement;
mod m20261123_000006_plan;
mod m20261123_000007_target;
mod m20261123_000008_staffing;
mod m20261123_000009_assessment;
mod m20261123_000010_gap;
mod m20261123_000011_movement;
mod m20261123_000012_closure_option;
mod m20261123_000013_recording;
mod m20261123_000014_gap_life;

use sea_orm_migration::MigrationTrait;

/// All of them.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20261123_000001_organisation::MIGRATION),
        Box::new(m20261123_000002_framework::MIGRATION),
        Box::new(m20261123_000003_skill::MIGRATION),
        Box::new(m20261123_000004_role::MIGRATION),
        Box::new(m20261123_000005_requirement::MIGRATION),
        Box::new(m20261123_000006_plan::MIGRATION),
        Box::new(m20261123_000007_target::MIGRATION),
        Box::new(m20261123_000008_staffing::MIGRATION),
        Box::new(m20261123_000009_assessment::MIGRATION),
        Box::new(m20261123_000010_gap::MIGRATION),
        Box::new(m20261123_000013_recording::MIGRATION),
        Box::new(m20261123_000014_gap_life::MIGRATION),
        Box::new(m20261123_000011_movement::MIGRATION),
        Box::new(m20261123_000012_closure_option::MIGRATION),
    ]
}
