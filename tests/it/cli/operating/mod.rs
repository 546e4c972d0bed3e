//! What an operator meets: how the service starts and ends, and what its log says.

mod ending;
mod log;
mod starting;
mod telemetry;

use std::process::Command;

use crate::harness::{Db, TestDatabase, binary::program};

/// `serve` on a database.
fn serve(database: &TestDatabase) -> Command {
    let mut command = program();
    command.args(["serve", "--database-url", &database.url]);
    command
}

async fn sqlite() -> TestDatabase {
    TestDatabase::create(Db::Sqlite).await.unwrap()
}
