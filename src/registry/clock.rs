//! The clock that calls go by: that of the store, so that days agree with the times of revisions.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::day_in_london;

use super::Registry;

impl Registry {
    /// Returns the current time. A call asks once and hands it on, so that all of it happens at one moment.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.store.now()
    }

    /// Returns the day that a call is about: the one that it names, or else today in London.
    pub fn day_or_today(&self, named: Option<NaiveDate>) -> NaiveDate {
        named.unwrap_or_else(|| day_in_london(self.now()))
    }
}
