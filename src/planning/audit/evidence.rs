//! Evidence for an omission: who is in post, and what the baseline plan needs.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::{Fte, Target};

/// People in post in one role of one organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InPost {
    /// Resource name of the organisation.
    pub organisation: String,
    /// FTE in post.
    pub fte: Fte,
    /// Headcount; a person with two posts counts twice.
    pub headcount: i64,
}

/// A role with the people in post in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OccupiedPost {
    /// Resource name of the role.
    pub role: String,
    /// People in post in it.
    pub who: InPost,
}

/// A target of the baseline plan; targets compare by period.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaselineTarget {
    /// Last day of its period.
    pub period_end: NaiveDate,
    /// Resource name of the target.
    pub name: String,
    /// FTE needed.
    pub needed: Fte,
}

impl From<&Target> for BaselineTarget {
    fn from(target: &Target) -> Self {
        Self {
            period_end: target.period_end_date,
            name: target.name.clone(),
            needed: target.needed_fte,
        }
    }
}

/// People in post, indexed by role and organisation.
pub(super) struct Posts<'a>(BTreeMap<(&'a str, &'a str), &'a InPost>);

impl<'a> Posts<'a> {
    pub fn of(posts: &'a [OccupiedPost]) -> Self {
        let place = |post: &'a OccupiedPost| (post.role.as_str(), post.who.organisation.as_str());
        Self(posts.iter().map(|post| (place(post), &post.who)).collect())
    }

    /// Every organisation and role with people in post.
    pub fn places(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.keys().map(|(role, organisation)| (*organisation, *role))
    }

    /// People in post in a role of an organisation, if any.
    pub fn at(&self, organisation: &str, role: &str) -> Option<InPost> {
        self.0.get(&(role, organisation)).map(|who| InPost::clone(who))
    }

    /// People in post in a role, by organisation, the most FTE first.
    pub fn of_role(&self, role: &str) -> Vec<InPost> {
        let mut list: Vec<InPost> = self
            .0
            .range((role, "")..)
            .take_while(|((other, _), _)| *other == role)
            .map(|(_, who)| InPost::clone(who))
            .collect();
        list.sort_by(|a, b| b.fte.cmp(&a.fte).then_with(|| a.organisation.cmp(&b.organisation)));
        list
    }
}
