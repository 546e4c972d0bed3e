//! A registry that is killed again and again. KILLS says how often.

use std::env;

use super::{Instance, load::Load};
use crate::{
    each_database,
    harness::{Db, TestDatabase, ledger::Connections},
};

each_database!(a_registry_that_is_killed_again_and_again_loses_nothing);
async fn a_registry_that_is_killed_again_and_again_loses_nothing(db: Db) {
    let Some(database) = TestDatabase::create(db).await else { return };
    let mut instance = Instance::start(&database.url);
    let load = Load::start(&instance.address, Connections::Break);
    let kills = env::var("KILLS").map_or(5, |kills| kills.parse().unwrap());
    for _ in 0..kills {
        load.until_done(30).await;
        instance.kill();
        instance.start_again();
    }
    load.until_done(30).await;
    let ledger = load.stop().await;
    instance.check(&ledger).await;
    drop(instance);
    database.remove().await;
}
