//! Random faults under random load, as long as one likes: whatever happens, nothing that was acknowledged
//! is lost, nothing that was refused is done, and whoever follows the feed has what the registry has.
//!
//! ROBUSTNESS_SECONDS says how long, for each database. ROBUSTNESS_SEED repeats a run's choices, though
//! not their moments; a run that fails prints its seed and keeps its data.

mod load;
mod mirror;
mod trouble;

use std::{
    env,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    faults::{Instance, until},
    harness::{
        Db, TestDatabase,
        dice::Dice,
        ledger::{Connections, Ledger},
        postgres::Cluster,
        proxy::Proxy,
        skip,
    },
};
use load::Writer;
use mirror::Mirror;
use trouble::Trouble;

/// How many write at once.
const WRITERS: usize = 8;

/// How many follow the feed.
const MIRRORS: usize = 2;

fn variable(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap())
}

/// Says how to look into a run that failed.
struct Evidence {
    seed: u64,
    data: PathBuf,
    /// What would otherwise remove its data.
    cluster: Option<Arc<Cluster>>,
}

impl Drop for Evidence {
    fn drop(&mut self) {
        let Self { seed, data, cluster } = self;
        if std::thread::panicking() {
            cluster.iter().for_each(|cluster| cluster.keep());
            eprintln!(
                "failed with ROBUSTNESS_SEED={seed}; its data are kept in {}",
                data.display()
            );
        } else if cluster.is_none() {
            let _ = std::fs::remove_dir_all(data);
        }
    }
}

/// Begins a run: the seed, and where its data are.
fn begin(name: &str, data: PathBuf, cluster: Option<Arc<Cluster>>) -> (Evidence, Dice) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = variable("ROBUSTNESS_SEED").unwrap_or(now.as_nanos() as u64 % 1_000_000_000);
    println!("{name}: ROBUSTNESS_SEED={seed}");
    (Evidence { seed, data, cluster }, Dice::new(seed))
}

/// Starts an instance that survives a full disk, and ends soon when it is asked to.
fn start(url: &str) -> Instance {
    let runner = "trap '' XFSZ; REGISTRY_LAME_DUCK_SECONDS=1 exec \"$@\"";
    Instance::start_by(&["sh", "-c", runner, "sh"], url, &["--drain-seconds", "2"])
}

/// Makes trouble for as long as is asked for, and then compares what callers were told with what is there.
async fn survive(mut trouble: Trouble, mut dice: Dice) {
    let ledger = Arc::new(Ledger::new(Connections::Break));
    let (write_options, following) = (CancellationToken::new(), CancellationToken::new());
    let (mut writers, mut mirrors) = (JoinSet::new(), JoinSet::new());
    for number in 0..WRITERS {
        let address = trouble.address(number);
        let dice = Dice::new(dice.below(usize::MAX) as u64);
        writers
            .spawn(Writer::new(&address, number, ledger.clone(), dice).work(write_options.clone()));
    }
    for number in 0..MIRRORS {
        let address = trouble.address(number);
        mirrors.spawn(Mirror::new(&address, ledger.clone()).follow(following.clone()));
    }
    let seconds = variable("ROBUSTNESS_SECONDS").unwrap_or(20);
    let end = tokio::time::Instant::now() + Duration::from_secs(seconds);
    while tokio::time::Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(300 + dice.below(1_500) as u64)).await;
        trouble.make(&mut dice).await;
    }
    for instance in &trouble.instances {
        instance.until_well().await;
    }
    let before = ledger.done();
    until("writes are acknowledged again", async || ledger.done() > before + 20).await;
    write_options.cancel();
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    println!("faults: {:?}\nanswers: {:?}", trouble.made, ledger.summary());
    let instance = &trouble.instances[0];
    instance.check(&ledger).await;
    let (feed, rows) = instance.everything().await;
    let newest = feed.last().map_or(0, |revision| revision.revision);
    following.cancel();
    while let Some(ended) = mirrors.join_next().await {
        ended.unwrap().reach(newest).await.check(&feed, &rows);
    }
    ledger.check_complaints();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_whatever_happens_to_sqlite() {
    let folder = tempfile::Builder::new().prefix("registry-robustness-").tempdir().unwrap().keep();
    let (evidence, dice) = begin("sqlite", folder, None);
    let database = TestDatabase::sqlite_in(&evidence.data);
    let instances = vec![start(&database.url)];
    survive(Trouble::of_sqlite(instances, database), dice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_whatever_happens_to_postgresql() {
    let cluster = match Cluster::start() {
        Ok(cluster) => Arc::new(cluster),
        Err(why) => return skip(&why),
    };
    let (_evidence, dice) = begin("postgres", cluster.folder.clone(), Some(cluster.clone()));
    let database = TestDatabase::at(Db::Postgres, &cluster.url);
    let proxy = Proxy::to(&database).await;
    let instances = vec![start(&proxy.url), start(&proxy.url)];
    survive(Trouble::of_postgres(instances, cluster, proxy), dice).await;
}
