//! The evidence of an omission: who is in post, and what the baseline plan needs.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::{Fte, Staffing, Target};

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
pub(super) struct Posts<'a>(BTreeMap<(&'a str, &'a str), (Fte, i64)>);

impl<'a> Posts<'a> {
    pub fn of(staffing: &'a [Staffing]) -> Self {
        let mut posts: BTreeMap<_, (Fte, i64)> = BTreeMap::new();
        for record in staffing {
            let (fte, headcount) =
                posts.entry((record.role.as_str(), record.parent.as_str())).or_default();
            *fte = *fte + record.fte;
            *headcount += i64::from(record.headcount);
        }
        Self(posts)
    }

    /// Every organisation and role with people in post.
    pub fn places(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.keys().map(|(role, organisation)| (*organisation, *role))
    }

    /// Who is in post in a role of an organisation, if anybody.
    pub fn at(&self, organisation: &str, role: &str) -> Option<InPost> {
        let (fte, headcount) = *self.0.get(&(role, organisation))?;
        Some(InPost { organisation: organisation.to_owned(), fte, headcount })
    }

    /// Who is in post in a role, the most FTE first.
    pub fn of_role(&self, role: &str) -> Vec<InPost> {
        let mut list: Vec<InPost> = self
            .0
            .range((role, "")..)
            .take_while(|((other, _), _)| *other == role)
            .filter_map(|((_, organisation), _)| self.at(organisation, role))
            .collect();
        list.sort_by(|a, b| b.fte.cmp(&a.fte).then_with(|| a.organisation.cmp(&b.organisation)));
        list
    }
}
