//! The clock of calls. It is that of the store, so days agree with the times of revisions.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::day_in_london;

use super::Registry;

impl Registry {
    /// Returns the current time. A call reads it once and passes it on, so everything in it happens at one time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.store.now()
    }

    /// Returns the day that a call names; today in London if it names none.
    pub fn day_or_today(&self, named: Option<NaiveDate>) -> NaiveDate {
        named.unwrap_or_else(|| day_in_london(self.now()))
    }
}
