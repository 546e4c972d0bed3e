//! What goes wrong.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{
    faults::{Instance, disk::Disk},
    harness::{
        TestDatabase,
        dice::Dice,
        postgres::Cluster,
        proxy::{CommitLoss, Mode, Proxy},
    },
};

/// Something that goes wrong for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    InstanceKilled,
    InstanceEnded,
    InstanceStopped,
    DiskFull,
    DatabaseKilled,
    DatabaseStopped,
    ConnectionsReset,
    ConnectionsForgotten,
    NetworkSwallows,
    NetworkSlow,
    CommitAnswerLost,
    CommitLost,
}

/// What can go wrong of SQLite.
const OF_SQLITE: [Fault; 5] = [
    Fault::InstanceKilled,
    Fault::InstanceEnded,
    Fault::InstanceStopped,
    Fault::DiskFull,
    Fault::DiskFull,
];

/// What can go wrong of PostgreSQL.
const OF_POSTGRES: [Fault; 11] = [
    Fault::InstanceKilled,
    Fault::InstanceEnded,
    Fault::InstanceStopped,
    Fault::DatabaseKilled,
    Fault::DatabaseStopped,
    Fault::ConnectionsReset,
    Fault::ConnectionsForgotten,
    Fault::NetworkSwallows,
    Fault::NetworkSlow,
    Fault::CommitAnswerLost,
    Fault::CommitLost,
];

/// What it goes wrong with.
enum TroubledDatabase {
    Sqlite(Disk),
    Postgres(Arc<Cluster>, Proxy),
}

/// What makes things go wrong.
pub struct Trouble {
    pub instances: Vec<Instance>,
    /// How often each fault was made.
    pub made: BTreeMap<String, usize>,
    place: TroubledDatabase,
}

impl Trouble {
    pub fn of_sqlite(instances: Vec<Instance>, database: TestDatabase) -> Self {
        Self {
            instances,
            made: BTreeMap::new(),
            place: TroubledDatabase::Sqlite(Disk::with(database)),
        }
    }

    pub fn of_postgres(instances: Vec<Instance>, cluster: Arc<Cluster>, proxy: Proxy) -> Self {
        Self { instances, made: BTreeMap::new(), place: TroubledDatabase::Postgres(cluster, proxy) }
    }

    /// The address that the nth caller calls.
    pub fn address(&self, number: usize) -> String {
        self.instances[number % self.instances.len()].address.clone()
    }

    /// Lets something go wrong, and mends it.
    pub async fn make(&mut self, dice: &mut Dice) {
        let fault = match &self.place {
            TroubledDatabase::Sqlite(_) => *dice.pick(&OF_SQLITE),
            TroubledDatabase::Postgres(..) => *dice.pick(&OF_POSTGRES),
        };
        *self.made.entry(format!("{fault:?}")).or_default() += 1;
        let number = dice.below(self.instances.len());
        let instance = &mut self.instances[number];
        let count = 1 + dice.below(6);
        let mut pause = async |most: usize| {
            tokio::time::sleep(Duration::from_millis(100 + dice.below(most) as u64)).await;
        };
        match (fault, &self.place) {
            (Fault::InstanceKilled, _) => {
                instance.kill();
                pause(500).await;
                restart(instance);
            }
            (Fault::InstanceEnded, _) => {
                instance.signal("-TERM");
                let ended = tokio::task::block_in_place(|| {
                    instance.process().wait(Duration::from_secs(60))
                });
                assert_eq!(ended.0, Some(0), "it did not end well");
                restart(instance);
            }
            (Fault::InstanceStopped, _) => {
                instance.signal("-STOP");
                pause(3_000).await;
                instance.signal("-CONT");
            }
            (Fault::DiskFull, TroubledDatabase::Sqlite(disk)) => {
                disk.fill(instance);
                pause(2_000).await;
                disk.free(instance);
            }
            (fault, TroubledDatabase::Postgres(cluster, proxy)) => {
                Self::make_of_postgres(fault, cluster, proxy, count as i64, pause).await;
            }
            (_, TroubledDatabase::Sqlite(_)) => {}
        }
    }

    async fn make_of_postgres(
        fault: Fault,
        cluster: &Cluster,
        proxy: &Proxy,
        count: i64,
        mut pause: impl AsyncFnMut(usize),
    ) {
        match fault {
            Fault::DatabaseKilled => {
                cluster.end_at_once();
                pause(1_000).await;
                cluster.begin().unwrap();
            }
            Fault::DatabaseStopped => {
                cluster.signal_all("-STOP");
                pause(4_000).await;
                cluster.signal_all("-CONT");
            }
            Fault::ConnectionsReset => {
                for _ in 0..count {
                    proxy.reset_all();
                    pause(300).await;
                }
            }
            Fault::ConnectionsForgotten => proxy.forget_all(),
            Fault::NetworkSwallows => {
                proxy.set(Mode::Swallow);
                pause(4_000).await;
            }
            Fault::NetworkSlow => {
                proxy.set(Mode::Delay(Duration::from_millis(30)));
                pause(2_000).await;
            }
            Fault::CommitAnswerLost => proxy.lose_commits(CommitLoss::Answer, count),
            Fault::CommitLost => proxy.lose_commits(CommitLoss::Request, count),
            _ => {}
        }
        proxy.set(Mode::Pass);
    }
}

/// Starts an instance as a supervisor does: again where it ends because commits still go astray.
fn restart(instance: &mut Instance) {
    let starts = (0..8).any(|_| instance.try_start_again().is_ok());
    if !starts {
        instance.start_again();
    }
}
