//! How the people in post stand in a skill.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::domain::{Assessment, Fte, Staffing, Target};

use super::Inputs;

/// How those in post in a role stand in a skill, against a minimum level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::domain) struct Standing {
    pub in_post: Fte,
    pub skilled: Fte,
    pub below: Fte,
    pub expired: Fte,
    /// How many people are skilled.
    pub holders: i32,
}

/// Who is in post where, and their current assessments.
pub(in crate::domain) struct Standings<'a> {
    as_of: NaiveDate,
    /// By organisation and role.
    posts: HashMap<(&'a str, &'a str), Vec<Post<'a>>>,
    /// By organisation, subject and skill: all of the latest day, in a certain order.
    current: HashMap<(&'a str, &'a str, &'a str), Vec<&'a Assessment>>,
}

/// A subject in a role: a person (with one post or more) or a group.
struct Post<'a> {
    subject: &'a str,
    fte: Fte,
    headcount: i64,
    person: bool,
}

impl<'a> Standings<'a> {
    pub fn of(inputs: &'a Inputs, as_of: NaiveDate) -> Self {
        Self {
            as_of,
            posts: posts(&inputs.staffing, as_of),
            current: current(&inputs.assessments, as_of),
        }
    }

    /// How those in post in the target's role and organisation stand.
    pub fn of_role(&self, target: &Target, skill: &str, minimum_level: i32) -> Standing {
        let (organisation, role) = (target.organisation.as_str(), target.role.as_str());
        let in_post = self.in_post(organisation, role);
        let mut standing = Standing { in_post, ..Standing::default() };
        self.each(organisation, role, skill, |assessment, fte, headcount| {
            standing.add(assessment, fte, headcount, minimum_level, self.as_of);
        });
        standing
    }

    /// The FTE in post in a role of an organisation.
    pub fn in_post(&self, organisation: &str, role: &str) -> Fte {
        let posts = self.posts.get(&(organisation, role));
        posts.into_iter().flatten().map(|post| post.fte).sum()
    }

    /// Tells the level, with its FTE, of each valid assessment of those in post in a role.
    pub fn each_level(
        &self,
        organisation: &str,
        role: &str,
        skill: &str,
        mut each: impl FnMut(i32, Fte),
    ) {
        self.each(organisation, role, skill, |assessment, fte, _| {
            if is_valid(assessment, self.as_of) {
                each(assessment.level, fte);
            }
        });
    }

    /// Every current assessment in a skill of those in post in a role of an organisation, with the FTE
    /// and the headcount that it is of.
    pub fn each(
        &self,
        organisation: &str,
        role: &str,
        skill: &str,
        mut see: impl FnMut(&Assessment, Fte, i32),
    ) {
        let posts = self.posts.get(&(organisation, role));
        for post in posts.into_iter().flatten() {
            let current = self.current.get(&(organisation, post.subject, skill));
            let current = current.map_or(&[][..], Vec::as_slice);
            match post.person {
                // Of several on one day the one recorded last counts.
                true => {
                    if let Some(assessment) = current.iter().max_by_key(|a| (a.revision, &a.name)) {
                        see(assessment, post.fte, 1);
                    }
                }
                false => {
                    for (assessment, fte) in shares(post, current) {
                        see(assessment, fte, assessment.headcount);
                    }
                }
            }
        }
    }
}

impl Standing {
    fn add(
        &mut self,
        assessment: &Assessment,
        fte: Fte,
        headcount: i32,
        minimum_level: i32,
        as_of: NaiveDate,
    ) {
        if !is_valid(assessment, as_of) {
            self.expired = self.expired + fte;
        } else if assessment.level < minimum_level {
            self.below = self.below + fte;
        } else {
            self.skilled = self.skilled + fte;
            self.holders = self.holders.saturating_add(headcount);
        }
    }
}

/// Whether an assessment is valid on the day.
pub(in crate::domain) fn is_valid(assessment: &Assessment, as_of: NaiveDate) -> bool {
    assessment.valid_until_date.is_none_or(|until| as_of <= until)
}

/// Who is in post on the day, by organisation and role.
fn posts(staffing: &[Staffing], as_of: NaiveDate) -> HashMap<(&str, &str), Vec<Post<'_>>> {
    let mut posts: HashMap<_, BTreeMap<&str, Post>> = HashMap::new();
    let active = |s: &&Staffing| s.start_date <= as_of && s.end_date.is_none_or(|end| as_of < end);
    for record in staffing.iter().filter(active) {
        let place = (record.parent.as_str(), record.role.as_str());
        let post = posts.entry(place).or_default().entry(&record.subject).or_insert(Post {
            subject: &record.subject,
            fte: Fte::ZERO,
            headcount: 0,
            person: true,
        });
        post.fte = post.fte + record.fte;
        post.headcount += i64::from(record.headcount);
        post.person &= record.headcount == 1;
    }
    let list = |(place, posts): (_, BTreeMap<_, _>)| (place, posts.into_values().collect());
    posts.into_iter().map(list).collect()
}

/// The assessments of the latest day up to `as_of`, by organisation, subject and skill.
fn current(
    assessments: &[Assessment],
    as_of: NaiveDate,
) -> HashMap<(&str, &str, &str), Vec<&Assessment>> {
    let mut current: HashMap<_, Vec<&Assessment>> = HashMap::new();
    for assessment in assessments.iter().filter(|a| a.assessed_date <= as_of) {
        let place =
            (assessment.parent.as_str(), assessment.subject.as_str(), assessment.skill.as_str());
        let list = current.entry(place).or_default();
        match list.first().map(|other| other.assessed_date.cmp(&assessment.assessed_date)) {
            Some(std::cmp::Ordering::Greater) => continue,
            Some(std::cmp::Ordering::Less) => list.clear(),
            _ => {}
        }
        list.push(assessment);
    }
    for list in current.values_mut() {
        list.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.name.cmp(&b.name)));
    }
    current
}

/// The FTE of each assessment of a group: its own, or else its share of the group's by headcount. The
/// shares are rounded running on, so that those of the whole group add up to its FTE.
fn shares<'a>(post: &Post<'_>, current: &[&'a Assessment]) -> Vec<(&'a Assessment, Fte)> {
    let (mut heads, mut given) = (0, 0);
    let share = |assessment: &&'a Assessment| {
        let fte = assessment.fte.unwrap_or_else(|| {
            heads += i128::from(assessment.headcount);
            let headcount = i128::from(post.headcount.max(1));
            let so_far = (i128::from(post.fte.count()) * heads + headcount / 2) / headcount;
            let so_far = i64::try_from(so_far).unwrap_or(i64::MAX);
            let share = so_far - given;
            given = so_far;
            Fte::parts(share)
        });
        (*assessment, fte)
    };
    current.iter().map(share).collect()
}
