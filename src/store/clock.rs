//! Clocks. The times of revisions never decrease, and a clock that is wrong for a while never
//! causes old data to be removed too soon.

use std::{
    fmt,
    sync::{Arc, PoisonError},
    time::Duration,
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::time::Instant;

use super::{Store, StoreError, dialect};

/// Fastest rate of the retention clock, in seconds for each second that passes in this process. It
/// is above 1 so that the clock catches up after a time in which no instance ran.
const CATCH_UP: u32 = 10;

/// The source of the current time: the machine's clock, or a function.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// Creates a clock that returns what `now` returns.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Returns the current time, truncated to microseconds: both databases store that precision,
    /// and a time must be read back as it was written.
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

/// The retention clock: the time by which the age of old rows is measured. It follows the machine's
/// clock, or PostgreSQL's own clock if that is the database. It never runs faster than [`CATCH_UP`]
/// times the time that passes in this process: if a clock is wrong for one minute, at most ten
/// minutes too much are removed. Its state is stored in the database.
#[derive(Debug)]
pub(super) struct RetentionClock {
    looked: Instant,
    /// The last time that it returned.
    pub time: DateTime<Utc>,
}

impl RetentionClock {
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
    /// Advances the retention clock, stores its state and returns its time.
    pub(super) async fn retention_time(&self) -> Result<DateTime<Utc>, StoreError> {
        let reads = self.reads();
        let kept = match reads.retention_clock().await? {
            0 => reads.newest_change_time().await?,
            micros => DateTime::from_timestamp_micros(micros),
        };
        let now = dialect::database_time(&reads.connection).await?;
        let now = now.unwrap_or_else(|| self.inner.clock.now());
        let time = {
            let clock = &self.inner.retention;
            let mut clock = clock.lock().unwrap_or_else(PoisonError::into_inner);
            clock.advance(kept.unwrap_or(now), now)
        };
        if Some(time) != kept {
            self.save_retention_clock(time).await?;
        }
        Ok(time)
    }

    /// Returns the time to store in a row that is later removed by its age.
    pub(super) fn stored_at(&self) -> DateTime<Utc> {
        let retention = self.inner.retention.lock().unwrap_or_else(PoisonError::into_inner).time;
        self.inner.clock.now().max(retention)
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
