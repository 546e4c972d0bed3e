//! The organisations in scope, each with its targets and people: what is held in memory, else what is kept
//! in the database, else what is read.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::Result,
    planning::analysis::{Establishment, Part, People},
    store::{Snapshot, StoreError},
};

use super::{
    super::{Registry, held::Place},
    kept::Made,
    read,
};

/// From how many pieces on, those that are not held are looked for among what is kept, and several
/// connections read side by side.
const MANY: usize = 16;

/// How many do.
const READERS: usize = 2;

/// What is known of the organisations in scope.
struct Pieces {
    plan: String,
    scope: Vec<String>,
    /// In the order of the scope.
    targets: Vec<Option<Arc<Establishment>>>,
    people: Vec<Option<Arc<People>>>,
}

/// What is not known, with where its organisation is in the scope.
pub(super) type Missing = (usize, Place);

impl Pieces {
    fn new(plan: &str, scope: Vec<String>) -> Self {
        let (targets, people) = (vec![None; scope.len()], vec![None; scope.len()]);
        Self { plan: plan.to_owned(), scope, targets, people }
    }

    fn put(&mut self, n: usize, made: Made) {
        match made {
            Made::Establishment(targets) => self.targets[n] = Some(targets),
            Made::People(people) => self.people[n] = Some(people),
        }
    }

    fn missing(&self) -> Vec<Missing> {
        let places = self.scope.iter().enumerate().flat_map(|(n, organisation)| {
            let targets = || Place::Establishment(self.plan.clone(), organisation.clone());
            let targets = self.targets[n].is_none().then(targets);
            let people = self.people[n].is_none().then(|| Place::People(organisation.clone()));
            targets.into_iter().chain(people).map(move |place| (n, place))
        });
        places.collect()
    }

    fn parts(self) -> Vec<Part> {
        let known = self.targets.into_iter().zip(self.people);
        let part = |(organisation, (targets, people)): (String, (Option<_>, Option<_>))| Part {
            organisation,
            establishment: targets.unwrap_or_default(),
            people: people.unwrap_or_default(),
        };
        self.scope.into_iter().zip(known).map(part).collect()
    }
}

impl Registry {
    /// The organisations in scope, each with its targets and people.
    pub(super) async fn parts(
        &self,
        snapshot: &Snapshot,
        plan: &str,
        scope: Vec<String>,
    ) -> Result<Vec<Part>> {
        let (at, mut pieces) = (snapshot.revision(), Pieces::new(plan, scope));
        self.look(at, &mut pieces);
        // Two who read the same side by side would take twice the memory; and the second finds what
        // the first has read.
        let mut alone = None;
        if pieces.missing().len() >= MANY {
            alone = Some(self.held.filling.lock().await);
            self.look(at, &mut pieces);
        }
        let missing = pieces.missing();
        if missing.len() >= MANY {
            for (n, made) in self.recall(snapshot, missing).await? {
                pieces.put(n, made);
            }
        }
        let missing = pieces.missing();
        let many = missing.len() >= MANY;
        let read = self.read(snapshot, missing).await?;
        for ((n, place), made) in &read {
            self.hold(place, at, made);
            pieces.put(*n, made.clone());
        }
        drop(alone);
        if many {
            self.keep_beside(read, at);
        }
        Ok(pieces.parts())
    }

    /// Takes what is held in memory.
    fn look(&self, at: i64, pieces: &mut Pieces) {
        for (n, place) in pieces.missing() {
            if let Some(made) = self.held_piece(&place, at) {
                pieces.put(n, made);
            }
        }
    }

    /// Reads what is not held, on several connections where it is much. All of them must see the same
    /// revision; those that see a later one are not used.
    async fn read(
        &self,
        snapshot: &Snapshot,
        missing: Vec<Missing>,
    ) -> Result<Vec<(Missing, Made)>> {
        let readers = if missing.len() >= MANY { READERS } else { 1 };
        let (at, queue) = (snapshot.revision(), Arc::new(Mutex::new(missing.into_iter())));
        let (mut others, done) = (JoinSet::new(), CancellationToken::new());
        for _ in 1..readers {
            let (store, queue, done) = (self.store.clone(), queue.clone(), done.clone());
            others.spawn(async move {
                // Where there is no connection to be had, the first reads all: slower, but as good.
                let other = tokio::select! {
                    other = store.long_snapshot() => other,
                    () = done.cancelled() => return Ok(Vec::new()),
                };
                match other {
                    Ok(other) if other.revision() == at => read_all(&other, &queue).await,
                    _ => Ok(Vec::new()),
                }
            });
        }
        let mut all = read_all(snapshot, &queue).await?;
        done.cancel();
        while let Some(read) = others.join_next().await {
            all.extend(read.map_err(StoreError::Stopped)??);
        }
        Ok(all)
    }
}

/// What is still to be read, for whoever reads next.
type Queue = Mutex<std::vec::IntoIter<Missing>>;

async fn read_all(snapshot: &Snapshot, queue: &Queue) -> Result<Vec<(Missing, Made)>> {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let (mut read, mut last) = (Vec::new(), None);
    while let Some(missing) = next() {
        let making = match &missing.1 {
            Place::Establishment(plan, of) => read::establishment(snapshot, plan, of).await?,
            Place::People(of) => read::people(snapshot, of).await?,
            // Only those two are missing.
            _ => continue,
        };
        // What was read before has been made meanwhile, mostly.
        if let Some((missing, making)) = last.replace((missing, making)) {
            read.push((missing, making.made().await?));
        }
    }
    if let Some((missing, making)) = last {
        read.push((missing, making.made().await?));
    }
    Ok(read)
}
