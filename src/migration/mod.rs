//! The history of the schema: one file for each migration, numbered in order of application. A
//! released migration never changes; it states its own tables and columns, and every further change
//! is a new migration. Each file also holds the name under which databases record the migration;
//! the names given before the numbers contain dates.

mod m0001_changes;
mod m0002_requests;
mod m0003_chain;
mod m0004_pieces;
mod m0005_operation;
mod m0006_histories;
mod m0007_organisation;
mod m0008_framework;
mod m0009_skill;
mod m0010_role;
mod m0011_requirement;
mod m0012_plan;
mod m0013_target;
mod m0014_staffing;
mod m0015_assessment;
mod m0016_gap;
mod m0017_recording;
mod m0018_gap_life;
mod m0019_movement;
mod m0020_closure_option;
mod m0021_names;
mod m0022_role_codes;
mod m0023_folded_texts;
mod m0024_broader_uris;

use sea_orm_migration::MigrationTrait;

/// Returns all migrations, in order.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m0001_changes::Migration),
        Box::new(m0002_requests::Migration),
        Box::new(m0003_chain::Migration),
        Box::new(m0004_pieces::Migration),
        Box::new(m0005_operation::Migration),
        Box::new(m0006_histories::Migration),
        Box::new(m0007_organisation::MIGRATION),
        Box::new(m0008_framework::MIGRATION),
        Box::new(m0009_skill::MIGRATION),
        Box::new(m0010_role::MIGRATION),
        Box::new(m0011_requirement::MIGRATION),
        Box::new(m0012_plan::MIGRATION),
        Box::new(m0013_target::MIGRATION),
        Box::new(m0014_staffing::MIGRATION),
        Box::new(m0015_assessment::MIGRATION),
        Box::new(m0016_gap::MIGRATION),
        Box::new(m0017_recording::MIGRATION),
        Box::new(m0018_gap_life::MIGRATION),
        Box::new(m0019_movement::MIGRATION),
        Box::new(m0020_closure_option::MIGRATION),
        Box::new(m0021_names::Migration),
        Box::new(m0022_role_codes::MIGRATION),
        Box::new(m0023_folded_texts::Migration),
        Box::new(m0024_broader_uris::MIGRATION),
    ]
}
