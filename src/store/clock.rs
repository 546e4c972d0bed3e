//! What time it is. Times of revisions never run back, and what is forgotten after a while is never
//! forgotten because one clock was wrong for a while.

use std::{
    fmt,
    sync::{Arc, PoisonError},
    time::Duration,
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::time::Instant;

use super::{Store, StoreError, dialect};

/// How much faster than it passes here the time may run by which things are forgotten, so that it catches
/// up where no instance ran for a while.
const CATCH_UP: u32 = 10;

/// The clock of the machine, or one that is handed in.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// A clock that tells what `now` tells.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time, in the microseconds that both databases keep: what is written must be what is read.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)().trunc_subsecs(6)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(Utc::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// The time by which things are forgotten. It follows the clock of the machine (of PostgreSQL's, where
/// that keeps the data), but never faster than [`CATCH_UP`] times the time that passes in this process: a
/// clock that is wrong for a minute forgets ten minutes too much at most. The database holds how far it
/// has come.
#[derive(Debug)]
pub(super) struct ForgettingClock {
    looked: Instant,
    /// What it said last.
    pub time: DateTime<Utc>,
}

impl ForgettingClock {
    pub fn new() -> Self {
        Self { looked: Instant::now(), time: DateTime::UNIX_EPOCH }
    }

    fn advance(&mut self, kept: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        let passed = self.looked.elapsed();
        self.looked = Instant::now();
        self.time = advanced(kept, now, passed);
        self.time
    }
}

fn advanced(kept: DateTime<Utc>, now: DateTime<Utc>, passed: Duration) -> DateTime<Utc> {
    let most = TimeDelta::from_std(passed * CATCH_UP).unwrap_or(TimeDelta::MAX);
    now.min(kept.checked_add_signed(most).unwrap_or(kept))
}

impl Store {
    /// The time by which things are forgotten.
    pub(super) async fn forgetting_time(&self) -> Result<DateTime<Utc>, StoreError> {
        let reads = self.reads();
        let kept = match reads.forgetting_clock().await? {
            0 => reads.newest_change_time().await?,
            micros => DateTime::from_timestamp_micros(micros),
        };
        let now = dialect::database_time(&reads.connection).await?;
        let now = now.unwrap_or_else(|| self.inner.clock.now());
        let time = {
            let clock = &self.inner.forgetting;
            let mut clock = clock.lock().unwrap_or_else(PoisonError::into_inner);
            clock.advance(kept.unwrap_or(now), now)
        };
        if Some(time) != kept {
            self.keep_forgetting_clock(time).await?;
        }
        Ok(time)
    }

    /// The time to write beside what is to be forgotten after a while.
    pub(super) fn kept_since(&self) -> DateTime<Utc> {
        let forgetting = self.inner.forgetting.lock().unwrap_or_else(PoisonError::into_inner).time;
        self.inner.clock.now().max(forgetting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn it_follows_a_clock_that_is_right() {
        assert_eq!(advanced(at(1_000), at(1_060), Duration::from_secs(60)), at(1_060));
    }

    #[test]
    fn a_clock_that_jumps_ahead_takes_it_ten_times_the_time_that_passed_at_most() {
        let year = 365 * 86_400;
        assert_eq!(advanced(at(1_000), at(1_000 + year), Duration::from_secs(4)), at(1_040));
        assert_eq!(advanced(at(1_000), at(1_000 + year), Duration::ZERO), at(1_000));
    }

    #[test]
    fn a_clock_that_jumps_back_takes_it_back_so_that_less_is_forgotten() {
        assert_eq!(advanced(at(1_000), at(10), Duration::from_secs(4)), at(10));
    }
}
