//! Writers, each of which goes on until every write of its own is acknowledged.

use std::{
    collections::BTreeSet,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use digital_skills_registry::api::v1::Role;
use tonic::{Code, Status, transport::Channel};
use uuid::Uuid;

use super::Story;
use crate::harness::{client::WriteCall, dice::Dice, fixture::Fixture, samples::Samples};

/// The answer to a write, on its way.
type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Status>> + Send>>;

/// Does a write until it is acknowledged, by whatever instance, and once.
async fn until_acknowledged<T>(
    run: &Story,
    dice: &mut Dice,
    channel: &mut Channel,
    write: impl Fn(Channel, WriteCall) -> Answer<T>,
) -> (T, i64) {
    let id = Uuid::now_v7();
    loop {
        let asked = WriteCall::once(id);
        match write(channel.clone(), asked.clone()).await {
            Ok(answer) => return (answer, asked.revision()),
            Err(status) => {
                let again = [Code::Unavailable, Code::Unknown, Code::Cancelled, Code::Internal];
                assert!(again.contains(&status.code()), "{status:?}");
                // The service itself does not fail: only the connection to it does.
                assert!(
                    status.code() != Code::Internal || status.details().is_empty(),
                    "{status:?}"
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
                *channel = run.connect(dice).await;
            }
        }
    }
}

/// One who creates, changes and deletes, a few at a time or many.
pub(super) async fn writer(run: Arc<Story>, number: usize, wanted: usize) {
    let mut dice = Dice::new(number as u64 + 1);
    let mut channel = run.connect(&mut dice).await;
    let mut round = 0;
    while run.count.load(Ordering::SeqCst) < wanted {
        round += 1;
        let most = [20, 20, 20, 60, 60, 300][dice.below(6)];
        let size = 1 + dice.below(most);
        let rows: Vec<(String, Role)> = (0..size)
            .map(|i| {
                (format!("w{number}-{round}-{i}"), Role { title: "R".into(), ..Role::default() })
            })
            .collect();
        let (made, revision) =
            until_acknowledged(&run, &mut dice, &mut channel, |channel, asked| {
                let rows = rows.clone();
                Box::pin(async move { Role::batch_create(&channel, "", rows, asked).await })
            })
            .await;
        run.note(revision, made.iter().map(|row| row.name.clone()).collect());
        let mut some: Vec<Role> = made.clone();
        some.truncate(1 + dice.below(size));
        some.iter_mut().for_each(Samples::change);
        let (_, revision) = until_acknowledged(&run, &mut dice, &mut channel, |channel, asked| {
            let some = some.clone();
            Box::pin(async move { Role::batch_update(&channel, "", some, false, asked).await })
        })
        .await;
        run.note(revision, some.iter().map(|row| row.name.clone()).collect());
        let name = made[dice.below(size)].name.clone();
        let (_, revision) = until_acknowledged(&run, &mut dice, &mut channel, |channel, asked| {
            let name = name.clone();
            Box::pin(async move { Role::delete_as(&channel, &name, "", false, asked).await })
        })
        .await;
        run.note(revision, BTreeSet::from([name]));
        if dice.below(10) == 0 {
            channel = run.connect(&mut dice).await;
        }
    }
}
