//! People of organisations on one day, indexed by the catalogue.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::domain::Fte;

use super::{
    AnalysisInputs, Catalogue, Dimension, People, RowKey,
    records::number,
    skill_position::{CountedAssessment, Post, SkillPosition},
};

/// People of one organisation on one day.
pub(crate) struct Workforce<'a> {
    people: &'a People,
    day: i32,
    /// Posts by role index, in order.
    posts: Vec<(u32, Vec<Post>)>,
    /// By the skill's index in the catalogue: its index among the skills of the people.
    skills: Vec<Option<u32>>,
}

impl<'a> Workforce<'a> {
    /// Selects those in post on the day.
    pub fn of(people: &'a People, catalogue: &Catalogue, as_of: NaiveDate) -> Self {
        let day = number(as_of);
        let roles: Vec<Option<u32>> =
            people.roles.iter().map(|name| catalogue.role_index(name)).collect();
        let posts = people.posts(day).into_iter();
        let posts = posts.filter_map(|(role, posts)| Some((roles[role as usize]?, posts)));
        let mut posts: Vec<_> = posts.collect();
        posts.sort_unstable_by_key(|(role, _)| *role);
        let mut skills = vec![None; catalogue.skills().len()];
        for (own, name) in (0..).zip(&people.skills) {
            if let Some(place) = catalogue.skill_index(name) {
                skills[place as usize] = Some(own);
            }
        }
        Self { people, day, posts, skills }
    }

    /// Indices of the roles with people in post, in order.
    pub(super) fn roles(&self) -> impl Iterator<Item = u32> {
        self.posts.iter().map(|(role, _)| *role)
    }

    /// Posts in a role.
    pub(super) fn posts(&self, role: u32) -> &[Post] {
        let place = self.posts.binary_search_by_key(&role, |(role, _)| *role);
        place.map_or(&[], |place| &self.posts[place].1)
    }

    /// Position of these posts in a skill, compared with a minimum level.
    pub(super) fn position(&self, posts: &[Post], skill: u32, minimum_level: i32) -> SkillPosition {
        let in_post = posts.iter().map(|post| post.fte).sum();
        let mut position = SkillPosition { in_post, ..SkillPosition::default() };
        each(self.people, posts, self.own(skill), self.day, |assessed, fte, headcount| {
            position.add(assessed, fte, headcount, minimum_level, self.day);
        });
        position
    }

    /// FTE in post in a role.
    pub fn in_post(&self, role: u32) -> Fte {
        self.posts(role).iter().map(|post| post.fte).sum()
    }

    /// Calls `see` with each assessment in a skill that is valid on the day, of people in post in a role, and
    /// with the FTE it covers.
    pub fn each_valid(&self, role: u32, skill: u32, mut see: impl FnMut(&CountedAssessment, Fte)) {
        each(self.people, self.posts(role), self.own(skill), self.day, |assessed, fte, _| {
            if assessed.is_valid(self.day) {
                see(assessed, fte);
            }
        });
    }

    fn own(&self, skill: u32) -> Option<u32> {
        self.skills.get(skill as usize).copied().flatten()
    }
}

/// People of all organisations in scope on one day.
pub(crate) struct WorkforceIndex<'a> {
    /// By index of the organisation.
    workforces: HashMap<usize, Workforce<'a>>,
}

impl<'a> WorkforceIndex<'a> {
    /// Selects those in post on the day.
    pub fn of(inputs: &'a AnalysisInputs, catalogue: &Catalogue, as_of: NaiveDate) -> Self {
        let workforces = inputs.in_scope.iter().map(|data| {
            let place = catalogue.organisation_index(&data.organisation) as usize;
            (place, Workforce::of(&data.people, catalogue, as_of))
        });
        Self { workforces: workforces.collect() }
    }

    /// Calls `see` with each assessment that is valid on the day, of people in post in the key's role and
    /// organisation and in the key's skill, and with the FTE it covers.
    pub fn each_valid(&self, key: RowKey, see: impl FnMut(&CountedAssessment, Fte)) {
        let place = |dimension| key.place(dimension);
        let places =
            (place(Dimension::Organisation), place(Dimension::Role), place(Dimension::Skill));
        let (Some(organisation), Some(role), Some(skill)) = places else { return };
        if let Some(workforce) = self.workforces.get(&organisation) {
            workforce.each_valid(role as u32, skill as u32, see);
        }
    }
}

/// Calls `see` with each assessment of these posts in a skill that is current on the day, and with the FTE
/// and headcount it covers. The skill is an index among the skills of the people; `None` if nobody was
/// assessed in it.
fn each(
    people: &People,
    posts: &[Post],
    skill: Option<u32>,
    day: i32,
    mut see: impl FnMut(&CountedAssessment, Fte, i32),
) {
    let Some(skill) = skill else { return };
    for post in posts {
        let current = people.current(post.subject, skill, day);
        match post.person {
            true => {
                if let Some(assessed) = current.iter().find(|assessed| assessed.last) {
                    see(assessed, post.fte, 1);
                }
            }
            false => {
                let mut share = Share::default();
                for assessed in current {
                    see(assessed, share.of(post, assessed), assessed.headcount);
                }
            }
        }
    }
}

/// FTE of each assessment of a group: its own, or its share of the group's FTE by headcount. Shares are
/// rounded cumulatively, so that they add up to the group's FTE.
#[derive(Default)]
struct Share {
    headcount: i128,
    given: i64,
}

impl Share {
    fn of(&mut self, post: &Post, assessed: &CountedAssessment) -> Fte {
        assessed.fte().unwrap_or_else(|| {
            self.headcount += i128::from(assessed.headcount);
            let headcount = i128::from(post.headcount.max(1));
            let so_far = i128::from(post.fte.count()) * self.headcount + headcount / 2;
            let so_far = i64::try_from(so_far / headcount).unwrap_or(i64::MAX);
            let share = so_far - self.given;
            self.given = so_far;
            Fte::parts(share)
        })
    }
}
