//! The registry: reads and writes of any resource type, on behalf of a caller. The only room between the socket and the
//! database where anything waits; the rules that it applies, and the engines, are pure.

mod analysis;
mod audit;
mod closure;
mod columns;
mod comparison;
mod export;
mod feed;
mod gaps;
mod held;
mod history;
mod import;
mod lifecycle;
mod list;
mod log;
mod pace;
mod past;
mod projection;
mod report;
mod search;
pub mod seat;
mod staged;
mod step;
mod transact;
mod view;
mod waiting;
mod write;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use sea_orm::{
    EntityTrait, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use tokio::sync::Semaphore;

use crate::{
    domain::{Caller, Kind, Noun, Result, Right, for_kind, listing, name, role},
    store::{Lock, Order, Store, StoreError},
};

pub use audit::Audited;
pub use closure::Recommended;
pub use export::Export;
pub use feed::{ChangesPage, Event, FeedLimits, Start, Watch, WatchPlace, WatchQuery};
pub use gaps::Recorded;
pub use import::{Absent, BATCH, ImportSession};

/// How many bytes analyses may hold in memory: a nation of fifty thousand people takes a quarter of it.
const HELD_BYTES: usize = 512 << 20;

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    store: Store,
    feed: Arc<feed::Feed>,
    waiting: Arc<waiting::Waiting>,
    held: Arc<held::Held>,
    /// The seats of those who search for the best choice: it takes a processor for seconds.
    searching: Arc<Semaphore>,
}

/// Some of a list.
pub struct Page<N: Noun> {
    /// The rows, in the order asked for.
    pub rows: Vec<N>,
    /// Whether there are more.
    pub more: bool,
    /// The revision that the page was read at.
    pub revision: i64,
    /// How many there are on all pages together, where that was asked for.
    pub total: Option<i64>,
    order: Vec<Order<N>>,
}

impl<N: Noun> Page<N> {
    /// The mark after which a page begins that has what follows `row`.
    pub fn mark(&self, row: &N) -> String {
        listing::mark(&self.order, row)
    }
}

/// A family of roles, and how many are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleFamilyCount {
    /// As it stands in a role.
    pub family: String,
    /// What the registry knows of it.
    pub known: Option<role::RoleFamily>,
    /// How many roles are in it.
    pub roles: i64,
}

impl Registry {
    /// The registry in a store whose migrations have been applied.
    pub fn new(store: Store) -> Self {
        Self::with_feed(store, FeedLimits::default())
    }

    /// The same, with a feed of changes that is kept in another way.
    pub fn with_feed(store: Store, limits: FeedLimits) -> Self {
        Self {
            waiting: Arc::new(waiting::Waiting::new(&store, limits.most_waiting)),
            store,
            feed: Arc::new(feed::Feed::new(limits)),
            held: Arc::new(held::Held::new(HELD_BYTES)),
            searching: Arc::new(Semaphore::new(search::SEATS)),
        }
    }

    /// The limits of its feed, and of those who read slowly or wait.
    pub fn limits(&self) -> &FeedLimits {
        self.feed.limits()
    }

    /// The resource of that name.
    pub async fn get<N: Noun>(&self, caller: &Caller, name: &str) -> Result<N> {
        caller.require(Right::Read)?;
        let rows = self.store.reads().find(&[name.to_owned()], Lock::None).await?;
        rows.into_iter().next().ok_or_else(|| step::not_found::<N>(Some(name.to_owned())))
    }

    /// The resources of these names, in their order, all at one revision. Fails for the first that
    /// does not exist.
    pub async fn batch_get<N: Noun>(&self, caller: &Caller, names: &[String]) -> Result<Vec<N>> {
        caller.require(Right::Read)?;
        let found: Vec<N> = self.store.reads().find(names, Lock::None).await?;
        let found: HashMap<&str, &N> = found.iter().map(|row| (row.name(), row)).collect();
        let get = |name: &String| match found.get(name.as_str()) {
            Some(row) => Ok((*row).clone()),
            None => Err(step::not_found::<N>(Some(name.clone()))),
        };
        names.iter().map(get).collect()
    }

    /// The families of roles: those that the registry knows, and any others in use, in order. With
    /// the revision that they were read at.
    pub async fn role_families(&self, caller: &Caller) -> Result<(Vec<RoleFamilyCount>, i64)> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        let counts = role::Entity::find()
            .select_only()
            .column_as(Expr::col(role::Column::Family), "family")
            .column_as(Expr::col(role::Column::Name).count(), "roles")
            .group_by(Expr::col(role::Column::Family));
        let counts: Vec<(String, i64)> = snapshot.select_tuple(counts).await?;
        let mut families: BTreeMap<String, RoleFamilyCount> = role::FAMILIES
            .iter()
            .map(|known| (known.family.to_owned(), (Some(*known), 0)))
            .chain(counts.into_iter().map(|(family, roles)| (family, (None, roles))))
            .filter(|(family, _)| !family.is_empty())
            .fold(BTreeMap::new(), |mut families, (family, (known, roles))| {
                let entry = families.entry(family.clone()).or_insert(RoleFamilyCount {
                    family,
                    known,
                    roles: 0,
                });
                entry.roles += roles;
                families
            });
        Ok((std::mem::take(&mut families).into_values().collect(), snapshot.revision()))
    }

    /// Reads, and checks that what is read may be relied upon.
    pub async fn probe_read(&self) -> Result<(), StoreError> {
        self.store.probe_read().await
    }

    /// Writes, what is nobody's, as a caller's write would be written.
    pub async fn probe_write(&self) -> Result<(), StoreError> {
        self.store.probe_write().await
    }
}

/// Fails unless there is a resource of that name, of one of the kinds.
async fn exists<C: sea_orm::ConnectionTrait>(
    reads: &crate::store::Reads<C>,
    kinds: &[Kind],
    name: &str,
) -> Result<()> {
    let Ok((kind, name)) = name::parse(kinds, name) else {
        return Ok(());
    };
    for_kind!(kind, N => {
        let found: Vec<N> = reads.find(std::slice::from_ref(&name), Lock::None).await?;
        match found.is_empty() {
            true => Err(step::not_found::<N>(Some(name))),
            false => Ok(()),
        }
    })
}
