//! Which entries the memory cache returns, and which no longer.

use std::{
    future::pending,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures_util::future::{join_all, try_join_all};
use tokio::{sync::Notify, task::yield_now};

use super::{super::key::BlockKey, *};
use crate::store::StoreError;

const ROLES: CacheKey = CacheKey::Roles;

fn people(organisation: &str) -> CacheKey {
    let organisation = Arc::from(format!("organisations/{organisation}"));
    CacheKey::Block(BlockKey::People { organisation })
}

fn targets(plan: &str, organisation: &str) -> CacheKey {
    let plan = Arc::from(format!("plans/{plan}"));
    let organisation = Arc::from(format!("organisations/{organisation}"));
    CacheKey::Block(BlockKey::Establishment { plan, organisation })
}

impl CacheEntry for i64 {
    fn bytes(&self) -> usize {
        10
    }
}

impl CacheEntry for u8 {
    fn bytes(&self) -> usize {
        usize::from(*self)
    }
}

impl MemoryCache {
    /// Returns the version that a reader at a revision gets, loading the entry if necessary.
    async fn read(&self, key: &CacheKey, at: i64) -> i64 {
        let version = self.version(key, Revision::new(at));
        *self.get_or_load(key.clone(), version, || async move { Ok(at) }).await.unwrap()
    }

    /// Whether a reader at a revision finds the entry in the cache.
    async fn has(&self, key: &CacheKey, at: i64) -> bool {
        match self.version(key, Revision::new(at)) {
            Some(version) => self.get::<i64>(key.clone(), version).await.is_some(),
            None => false,
        }
    }

    async fn given<const N: usize>(&self, keys: &[CacheKey; N], at: i64) -> [bool; N] {
        let mut given = [false; N];
        for (given, key) in given.iter_mut().zip(keys) {
            *given = self.has(key, at).await;
        }
        given
    }

    async fn begin(&self, from: i64, to: i64, names: &[(i64, &str)]) {
        let names = names.iter().map(|(at, name)| (Revision::new(*at), *name));
        let (from, to) = (Revision::new(from), Revision::new(to));
        let stale = self.versions().advance(from, to, Some(names));
        self.release(stale).await;
    }

    async fn advance(&self, to: i64, names: &[(i64, &str)]) {
        let from = self.versions().revision().number();
        self.begin(from, to, names).await;
    }

    async fn size(&self) -> (u64, u64) {
        self.settle().await;
        (self.entries.weighted_size(), self.entries.entry_count())
    }
}

/// A cache that reflects all changes up to revision 5 and has no entry.
fn cache() -> MemoryCache {
    let cache = MemoryCache::new(100);
    cache.versions().advance(Revision::NONE, Revision::new(5), None::<std::iter::Empty<_>>);
    cache
}

#[tokio::test]
async fn an_entry_is_given_until_something_of_it_changes() {
    let cache = cache();
    let all = [ROLES, people("RX1"), people("RX2"), targets("p", "RX1"), targets("q", "RX1")];
    for key in &all {
        cache.read(key, 5).await;
    }
    assert_eq!(cache.given(&all, 5).await, [true; 5]);
    assert_eq!(cache.given(&all, 6).await, [false; 5], "what changed by then is not known");
    cache.advance(6, &[(6, "plans/p/gaps/g"), (6, "frameworks/f")]).await;
    assert_eq!(cache.given(&all, 6).await, [true; 5]);
    cache.advance(7, &[(7, "organisations/RX1/assessments/a")]).await;
    assert_eq!(cache.given(&all, 7).await, [true, false, true, true, true]);
    cache.advance(9, &[(8, "plans/p/targets/t"), (9, "roles/r")]).await;
    assert_eq!(cache.given(&all, 9).await, [false, false, true, false, true]);
    assert_eq!(cache.size().await, (20, 2), "what is stale is released");
    cache.advance(10, &[(10, "of/another/release/x")]).await;
    assert_eq!(cache.given(&all, 10).await, [false; 5]);
}

#[tokio::test]
async fn a_reader_of_the_past_is_given_what_has_not_changed_since() {
    let cache = cache();
    cache.advance(9, &[(8, "roles/r"), (9, "plans/p/targets/t")]).await;
    let all = [ROLES, people("RX1"), targets("p", "RX1")];
    for key in &all {
        assert_eq!(cache.read(key, 9).await, 9);
    }
    let seen = async |at| [cache.read(&all[0], at).await, cache.read(&all[1], at).await];
    assert_eq!(seen(8).await, [9, 9]);
    assert_eq!(seen(7).await, [7, 9], "roles have changed since");
    assert_eq!(seen(4).await, [4, 4], "what changed before 5 is not known");
    assert_eq!(cache.given(&all, 8).await, [true, true, false]);
    assert_eq!(cache.read(&ROLES, 9).await, 9, "what others read of the past is not for all");
}

#[tokio::test]
async fn what_was_read_before_a_change_is_not_kept_after_it() {
    let cache = cache();
    cache.advance(9, &[(7, "roles/r"), (8, "plans/p/targets/t")]).await;
    for (key, change) in [(ROLES, 7), (targets("p", "RX1"), 8), (people("RX1"), 5)] {
        cache.read(&key, change - 1).await;
        assert!(!cache.has(&key, change - 1).await && !cache.has(&key, 9).await, "{key:?}");
        // Read at the revision of the change, which is not the newest: the entry has not changed since.
        cache.read(&key, change).await;
        assert!(cache.has(&key, 9).await, "{key:?}");
        assert!(!cache.has(&key, change - 1).await, "{key:?}");
    }
    cache.read(&people("RX3"), 10).await;
    assert!(!cache.has(&people("RX3"), 10).await, "what is not reflected may have changed it");
}

#[tokio::test]
async fn changes_that_are_reflected_twice_take_nothing_that_was_read_after_them() {
    let cache = cache();
    cache.advance(8, &[(6, "roles/r"), (8, "roles/r")]).await;
    cache.read(&ROLES, 8).await;
    cache.advance(9, &[(6, "roles/r"), (8, "roles/r"), (9, "frameworks/f")]).await;
    assert!(cache.has(&ROLES, 9).await);
    cache.advance(10, &[(8, "roles/r"), (10, "skills/s")]).await;
    assert!(!cache.has(&ROLES, 10).await, "a name that is not known takes everything");
    cache.read(&ROLES, 10).await;
    cache.advance(12, &[(10, "plans/p"), (11, "plans/p"), (12, "plans/p")]).await;
    assert!(cache.has(&ROLES, 12).await);
    cache.advance(11, &[(11, "roles/r")]).await;
    assert!(cache.has(&ROLES, 12).await, "an older snapshot tells nothing new");
}

#[tokio::test]
async fn what_was_built_before_it_began_is_current_where_nothing_has_changed_since() {
    let cache = MemoryCache::new(100);
    let changes = [(7, "organisations/RX1/staffing/s"), (8, "plans/p/targets/t")];
    cache.begin(5, 9, &changes).await;
    for (key, current) in [
        (people("RX1"), [false, false, true, true]),
        (targets("p", "RX1"), [false, false, false, true]),
        (targets("q", "RX1"), [false, true, true, true]),
        (people("RX2"), [false, true, true, true]),
    ] {
        assert_eq!(
            [4, 6, 7, 9].map(|at| cache.version(&key, Revision::new(at)).is_some()),
            current,
            "{key:?}"
        );
        cache.read(&key, 6).await;
        assert_eq!(cache.has(&key, 9).await, current[1], "{key:?}");
    }
    let version = |at| cache.version(&people("RX2"), Revision::new(at)).map(Revision::number);
    assert_eq!(version(10), None, "what is not reflected may have changed it");
    // A cache that starts from later blocks: the changes between are unknown.
    cache.begin(12, 14, &[(13, "roles/r")]).await;
    assert!(!cache.has(&people("RX2"), 14).await);
    assert_eq!((version(11), version(12)), (None, Some(12)));
    // Starting from an earlier revision adds nothing.
    cache.begin(3, 14, &[(14, "organisations/RX2/staffing/s")]).await;
    assert_eq!(version(12), Some(12));
}

#[tokio::test]
async fn what_was_not_used_for_the_longest_time_makes_room() {
    let cache = cache();
    let keys: [CacheKey; 12] = std::array::from_fn(|n| people(&format!("RX{n}")));
    for key in &keys[..10] {
        cache.read(key, 5).await;
    }
    assert_eq!(cache.size().await, (100, 10));
    assert!(cache.has(&keys[0], 5).await);
    cache.read(&keys[10], 5).await;
    assert_eq!(cache.size().await, (100, 10));
    let given = cache.given(&keys, 5).await;
    let given: Vec<usize> = (0..12).filter(|n| given[*n]).collect();
    assert_eq!(given, [0, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    let large =
        cache.get_or_load(keys[11].clone(), Some(Revision::new(5)), || async { Ok(101_u8) });
    assert_eq!(*large.await.unwrap(), 101);
    assert_eq!(cache.size().await, (100, 10), "it is more than there is room for at all");
    cache.advance(6, &[(6, "organisations/RX4/staffing/s")]).await;
    assert_eq!(cache.size().await, (90, 9));
    for _ in 0..20 {
        cache.read(&keys[4], 6).await;
    }
    assert_eq!(cache.size().await, (100, 10));
}

#[tokio::test]
async fn what_many_ask_for_at_once_is_loaded_once() {
    let (cache, loads) = (cache(), AtomicUsize::new(0));
    let load = || async {
        loads.fetch_add(1, Ordering::SeqCst);
        yield_now().await;
        Ok(7_i64)
    };
    let ask = |version| try_join_all((0..8).map(|_| cache.get_or_load(ROLES, version, load)));
    let at = |number| Some(Revision::new(number));
    for (version, loaded) in [(at(5), 1), (at(5), 1), (at(6), 2), (None, 10)] {
        let given = ask(version).await.unwrap();
        assert!(given.iter().all(|value| **value == 7));
        assert_eq!(loads.load(Ordering::SeqCst), loaded, "{version:?}");
    }
}

#[tokio::test]
async fn a_load_that_fails_leaves_nothing_and_all_who_wait_are_told_why() {
    let (cache, loads) = (cache(), AtomicUsize::new(0));
    let overloaded = Error::Overloaded { limit: "bytes" };
    for (error, is_expected) in [
        (
            Error::from(StoreError::ProbesLate),
            (|error| matches!(error, Error::Busy(_))) as fn(&Error) -> bool,
        ),
        (overloaded, |error| matches!(error, Error::Overloaded { .. })),
    ] {
        let fail = || async {
            loads.fetch_add(1, Ordering::SeqCst);
            yield_now().await;
            Err::<i64, _>(error.clone())
        };
        let told =
            join_all((0..4).map(|_| cache.get_or_load(ROLES, Some(Revision::new(5)), fail))).await;
        assert!(told.iter().all(|given| given.as_ref().is_err_and(is_expected)), "{told:?}");
        assert!(!cache.has(&ROLES, 5).await);
    }
    assert_eq!(loads.load(Ordering::SeqCst), 2);
    assert_eq!(cache.read(&ROLES, 5).await, 5);
}

#[tokio::test]
async fn a_load_that_is_given_up_is_done_by_one_who_waits_for_it() {
    let (cache, begun) = (Arc::new(cache()), Arc::new(Notify::new()));
    let stuck = tokio::spawn({
        let (cache, begun) = (cache.clone(), begun.clone());
        async move {
            let load = || async {
                begun.notify_one();
                pending::<Result<i64>>().await
            };
            cache.get_or_load(ROLES, Some(Revision::new(5)), load).await
        }
    });
    begun.notified().await;
    let waiting = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load(ROLES, Some(Revision::new(5)), || async { Ok(9_i64) }).await }
    });
    yield_now().await;
    assert!(!waiting.is_finished() && !cache.has(&ROLES, 5).await);
    stuck.abort();
    assert_eq!(*waiting.await.unwrap().unwrap(), 9);
    assert!(cache.has(&ROLES, 5).await);
}
