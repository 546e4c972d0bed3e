//! Limits log lines to one for each kind and period; every line left out is counted.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Minimum time between two lines of a kind.
pub const PERIOD: Duration = Duration::from_secs(1);

/// Limits the lines of each kind. Each line written says how many of its kind were left out since
/// the one before, so that lines and counts add up to what happened.
pub struct Limiter<K, L> {
    kinds: Mutex<HashMap<K, KindState<L>>>,
}

/// What to do with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Write it, with the number of lines of its kind left out before it.
    Write(u64),
    /// Pass it to [`Limiter::hold`]: it is written later if no other of its kind follows.
    Hold,
    /// Drop it; it has been counted.
    Drop,
}

struct KindState<L> {
    written: Instant,
    /// The first line left out.
    held: Option<L>,
    /// Number of lines left out, including the one held.
    left_out: u64,
}

impl<K: Eq + Hash, L> Limiter<K, L> {
    /// Starts without any kinds.
    pub fn new() -> Self {
        Self { kinds: Mutex::new(HashMap::new()) }
    }

    /// Decides about a line of a kind at a time.
    pub fn decide(&self, key: K, now: Instant) -> Verdict {
        let mut kinds = self.kinds();
        let Some(kind) = kinds.get_mut(&key) else {
            kinds.insert(key, KindState { written: now, held: None, left_out: 0 });
            return Verdict::Write(0);
        };
        if now.saturating_duration_since(kind.written) >= PERIOD {
            kind.written = now;
            kind.held = None;
            return Verdict::Write(std::mem::take(&mut kind.left_out));
        }
        kind.left_out += 1;
        if kind.left_out == 1 { Verdict::Hold } else { Verdict::Drop }
    }

    /// Holds a line that was left out.
    pub fn hold(&self, key: &K, line: L) {
        if let Some(kind) = self.kinds().get_mut(key).filter(|kind| kind.left_out > 0) {
            kind.held.get_or_insert(line);
        }
    }

    /// Takes the held lines that no other of their kind followed within the period, each with the
    /// number of further lines left out. With `all`, takes every held line.
    pub fn due(&self, now: Instant, all: bool) -> Vec<(L, u64)> {
        let mut due = Vec::new();
        self.kinds().retain(|_, kind| {
            if !all && now.saturating_duration_since(kind.written) < PERIOD {
                return true;
            }
            if let Some(line) = kind.held.take() {
                due.push((line, kind.left_out - 1));
                (kind.written, kind.left_out) = (now, 0);
                return true;
            }
            // A line that is counted but not yet held is about to be held.
            kind.left_out > 0
        });
        due
    }

    /// Returns the number of kinds seen recently.
    pub fn len(&self) -> usize {
        self.kinds().len()
    }

    fn kinds(&self) -> MutexGuard<'_, HashMap<K, KindState<L>>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_of_a_kind_is_written_and_the_next_of_that_second_are_counted() {
        let limiter = Limiter::new();
        let now = Instant::now();
        assert_eq!(limiter.decide("a", now), Verdict::Write(0));
        assert_eq!(limiter.decide("a", now), Verdict::Hold);
        limiter.hold(&"a", "second");
        assert_eq!(limiter.decide("a", now), Verdict::Drop);
        assert_eq!(limiter.decide("b", now), Verdict::Write(0));
        assert!(limiter.due(now, false).is_empty());
        assert_eq!(limiter.decide("a", now + PERIOD), Verdict::Write(2));
        assert!(limiter.due(now + 3 * PERIOD, false).is_empty());
        assert_eq!(limiter.len(), 0, "kinds that are quiet are forgotten");
    }

    #[test]
    fn what_nothing_follows_is_written_after_all() {
        let limiter = Limiter::new();
        let now = Instant::now();
        limiter.decide("a", now);
        limiter.decide("a", now);
        limiter.hold(&"a", "second");
        limiter.decide("a", now);
        assert_eq!(limiter.due(now + PERIOD, false), [("second", 1)]);
        assert_eq!(limiter.decide("a", now + PERIOD), Verdict::Hold);
        limiter.hold(&"a", "fourth");
        assert_eq!(limiter.due(now + PERIOD, true), [("fourth", 0)]);
    }

    proptest! {
        #[test]
        fn lines_and_counts_add_up_whenever_they_come(
            steps in prop::collection::vec((0..3u8, 0..900u64, any::<bool>()), 0..60),
        ) {
            let limiter = Limiter::new();
            let (mut now, mut happened, mut told, mut last) = (Instant::now(), 0, 0, HashMap::new());
            for (kind, pause, sweep) in steps {
                now += Duration::from_millis(pause);
                happened += 1;
                match limiter.decide(kind, now) {
                    Verdict::Write(left_out) => {
                        told += 1 + left_out;
                        if let Some(last) = last.insert(kind, now) {
                            prop_assert!(now - last >= PERIOD);
                        }
                    }
                    Verdict::Hold => limiter.hold(&kind, kind),
                    Verdict::Drop => {}
                }
                for (kind, left_out) in sweep.then(|| limiter.due(now, false)).into_iter().flatten() {
                    told += 1 + left_out;
                    if let Some(last) = last.insert(kind, now) {
                        prop_assert!(now - last >= PERIOD);
                    }
                }
            }
            told += limiter.due(now, true).iter().map(|(_, left_out)| 1 + left_out).sum::<u64>();
            prop_assert_eq!(told, happened);
        }
    }
}
