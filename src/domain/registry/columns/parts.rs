//! The organisations in scope, each with its targets and people: what is held in memory, else what is kept
//! in the database, else what is read.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        Result,
        analysis::{Establishment, Part, People},
    },
    store::{Snapshot, StoreError},
};

use super::{
    super::{Registry, held::Place},
    kept::Made,
    read,
};

/// From how many organisations on, those that are not held are looked for among what is kept, and several
/// connections read side by side.
const MANY: usize = 16;

/// How many do.
const READERS: usize = 2;

/// What is known of the organisations in scope.
struct Pieces {
    plan: String,
    scope: Vec<String>,
    /// In the order of the scope.
    found: Vec<(Option<Arc<Establishment>>, Option<Arc<People>>)>,
}

impl Pieces {
    fn put(&mut self, n: usize, made: Made) {
        match made {
            Made::Establishment(targets) => self.found[n].0 = Some(targets),
            Made::People(people) => self.found[n].1 = Some(people),
        }
    }

    /// The places that nothing is known of, with where they are in the scope.
    fn missing(&self) -> Vec<(usize, Place)> {
        let places = self.scope.iter().zip(&self.found).enumerate();
        let missing = places.flat_map(|(n, (organisation, (targets, people)))| {
            let establishment = || Place::Establishment(self.plan.clone(), organisation.clone());
            let targets = targets.is_none().then(establishment);
            let people = people.is_none().then(|| Place::People(organisation.clone()));
            [targets, people].into_iter().flatten().map(move |place| (n, place))
        });
        missing.collect()
    }

    fn wanted(&self) -> Vec<Wanted> {
        let places = self.scope.iter().zip(&self.found).enumerate();
        let wanted = places.map(|(n, (organisation, (targets, people)))| Wanted {
            n,
            organisation: organisation.clone(),
            targets: targets.is_none(),
            people: people.is_none(),
        });
        wanted.filter(|wanted| wanted.targets || wanted.people).collect()
    }

    fn parts(self) -> Vec<Part> {
        let part = |(organisation, (targets, people)): (String, (Option<_>, Option<_>))| Part {
            organisation,
            establishment: targets.unwrap_or_default(),
            people: people.unwrap_or_default(),
        };
        self.scope.into_iter().zip(self.found).map(part).collect()
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
        let found = scope.iter().map(|_| (None, None)).collect();
        let mut pieces = Pieces { plan: plan.to_owned(), scope, found };
        self.look(snapshot, &mut pieces);
        // Two who read the same side by side would take twice the memory; and the second finds what
        // the first has read.
        let mut alone = None;
        if pieces.wanted().len() >= MANY {
            alone = Some(self.held.filling.lock().await);
            self.look(snapshot, &mut pieces);
        }
        if pieces.wanted().len() >= MANY {
            for (n, made) in self.recall(snapshot, pieces.missing()).await? {
                pieces.put(n, made);
            }
        }
        let wanted = pieces.wanted();
        let many = wanted.len() >= MANY;
        let mut made = Vec::new();
        for (n, targets, people) in self.read(snapshot, plan, wanted).await? {
            let organisation = &pieces.scope[n];
            let targets = targets.map(|targets| {
                let place = Place::Establishment(plan.to_owned(), organisation.clone());
                (place, Made::Establishment(Arc::new(targets)))
            });
            let people = people.map(|people| {
                (Place::People(organisation.clone()), Made::People(Arc::new(people)))
            });
            for (place, piece) in targets.into_iter().chain(people) {
                self.hold(&place, snapshot.revision(), &piece);
                pieces.put(n, piece.clone());
                made.push((place, piece));
            }
        }
        drop(alone);
        if many {
            self.keep_beside(made, snapshot.revision());
        }
        Ok(pieces.parts())
    }

    /// Takes what is held in memory.
    fn look(&self, snapshot: &Snapshot, pieces: &mut Pieces) {
        let at = snapshot.revision();
        for (n, place) in pieces.missing() {
            let held = match &place {
                Place::People(_) => self.held.get(&place, at).map(Made::People),
                _ => self.held.get(&place, at).map(Made::Establishment),
            };
            if let Some(held) = held {
                pieces.put(n, held);
            }
        }
    }

    /// Reads what is not held, on several connections where it is much. All of them must see the same
    /// revision; those that see a later one are not used.
    async fn read(
        &self,
        snapshot: &Snapshot,
        plan: &str,
        wanted: Vec<Wanted>,
    ) -> Result<Vec<Read>> {
        let readers = if wanted.len() >= MANY { READERS } else { 1 };
        let (at, queue) = (snapshot.revision(), Arc::new(Mutex::new(wanted.into_iter())));
        let (mut others, done) = (tokio::task::JoinSet::new(), CancellationToken::new());
        for _ in 1..readers {
            let (store, plan) = (self.store.clone(), plan.to_owned());
            let (queue, done) = (queue.clone(), done.clone());
            others.spawn(async move {
                // Where there is no connection to be had, the first reads all: slower, but as good.
                let other = tokio::select! {
                    other = store.long_snapshot() => other,
                    () = done.cancelled() => return Ok(Vec::new()),
                };
                match other {
                    Ok(other) if other.revision() == at => read_all(&other, &plan, &queue).await,
                    _ => Ok(Vec::new()),
                }
            });
        }
        let mut all = read_all(snapshot, plan, &queue).await?;
        done.cancel();
        while let Some(read) = others.join_next().await {
            all.extend(read.map_err(StoreError::Stopped)??);
        }
        Ok(all)
    }
}

/// What is still to be read, for whoever reads next.
type Queue = Mutex<std::vec::IntoIter<Wanted>>;

async fn read_all(snapshot: &Snapshot, plan: &str, queue: &Queue) -> Result<Vec<Read>> {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let (mut read, mut last) = (Vec::new(), None);
    while let Some(wanted) = next() {
        let making = wanted.read(snapshot, plan).await?;
        // What was read before has been made meanwhile, mostly.
        if let Some(last) = last.replace(making) {
            read.push(last.made().await?);
        }
    }
    if let Some(last) = last {
        read.push(last.made().await?);
    }
    Ok(read)
}

/// What of an organisation is not held.
struct Wanted {
    /// Its place in the scope.
    n: usize,
    organisation: String,
    targets: bool,
    people: bool,
}

/// What of an organisation was read, by its place in the scope.
type Read = (usize, Option<Establishment>, Option<People>);

impl Wanted {
    async fn read(self, snapshot: &Snapshot, plan: &str) -> Result<Making> {
        let targets = match self.targets {
            true => Some(read::establishment(snapshot, plan, &self.organisation).await?),
            false => None,
        };
        let people = match self.people {
            true => Some(read::people(snapshot, &self.organisation).await?),
            false => None,
        };
        Ok(Making { n: self.n, targets, people })
    }
}

/// What of an organisation has been read and is being made.
struct Making {
    n: usize,
    targets: Option<read::Making<Establishment>>,
    people: Option<read::Making<People>>,
}

impl Making {
    async fn made(self) -> Result<Read> {
        let targets = match self.targets {
            Some(targets) => Some(targets.made().await?),
            None => None,
        };
        let people = match self.people {
            Some(people) => Some(people.made().await?),
            None => None,
        };
        Ok((self.n, targets, people))
    }
}
