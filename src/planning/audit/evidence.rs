//! The evidence of an omission: who is in post, and what the baseline plan needs.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::{Fte, Target};

/// Who is in post in a role of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InPost {
    /// The organisation.
    pub organisation: String,
    /// How many full-time equivalents.
    pub fte: Fte,
    /// How many people; one with two posts counts twice.
    pub headcount: i64,
}

/// Who is in post, and in which role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The role.
    pub role: String,
    /// Who.
    pub who: InPost,
}

/// A target of the baseline plan. They compare by period.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaselineTarget {
    /// The last day of its period.
    pub period_end: NaiveDate,
    /// Its name.
    pub name: String,
    /// What it needs.
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

/// Who is in post, by role and organisation.
pub(super) struct Posts<'a>(BTreeMap<(&'a str, &'a str), &'a InPost>);

impl<'a> Posts<'a> {
    pub fn of(posts: &'a [Post]) -> Self {
        let place = |post: &'a Post| (post.role.as_str(), post.who.organisation.as_str());
        Self(posts.iter().map(|post| (place(post), &post.who)).collect())
    }

    /// Every organisation and role with people in post.
    pub fn places(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.keys().map(|(role, organisation)| (*organisation, *role))
    }

    /// Who is in post in a role of an organisation, if anybody.
    pub fn at(&self, organisation: &str, role: &str) -> Option<InPost> {
        self.0.get(&(role, organisation)).map(|who| InPost::clone(who))
    }

    /// Who is in post in a role, the most FTE first.
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
