//! The people of organisations as they are on a day, by the places of a catalogue.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::domain::Fte;

use super::{
    AnalysisInputs, Catalogue, Dimension, Key, People,
    records::number,
    skill_position::{Assessed, Post, SkillPosition},
};

/// The people of one organisation on a day.
pub(crate) struct Workforce<'a> {
    people: &'a People,
    day: i32,
    /// By the place of the role, in order: those in post in it.
    posts: Vec<(u32, Vec<Post>)>,
    /// By the place of the skill: its place among the skills of the people.
    skills: Vec<Option<u32>>,
}

impl<'a> Workforce<'a> {
    /// Those in post on the day.
    pub fn of(people: &'a People, catalogue: &Catalogue, as_of: NaiveDate) -> Self {
        let day = number(as_of);
        let roles: Vec<Option<u32>> =
            people.roles.iter().map(|name| catalogue.role_place(name)).collect();
        let posts = people.posts(day).into_iter();
        let posts = posts.filter_map(|(role, posts)| Some((roles[role as usize]?, posts)));
        let mut posts: Vec<_> = posts.collect();
        posts.sort_unstable_by_key(|(role, _)| *role);
        let mut skills = vec![None; catalogue.skills().len()];
        for (own, name) in (0..).zip(&people.skills) {
            if let Some(place) = catalogue.skill_place(name) {
                skills[place as usize] = Some(own);
            }
        }
        Self { people, day, posts, skills }
    }

    /// The roles that somebody is in post in, in order.
    pub(super) fn roles(&self) -> impl Iterator<Item = u32> {
        self.posts.iter().map(|(role, _)| *role)
    }

    /// Those in post in a role.
    pub(super) fn posts(&self, role: u32) -> &[Post] {
        let place = self.posts.binary_search_by_key(&role, |(role, _)| *role);
        place.map_or(&[], |place| &self.posts[place].1)
    }

    /// The position of those in these posts in a skill, against a minimum level.
    pub(super) fn position(&self, posts: &[Post], skill: u32, minimum_level: i32) -> SkillPosition {
        let in_post = posts.iter().map(|post| post.fte).sum();
        let mut position = SkillPosition { in_post, ..SkillPosition::default() };
        each(self.people, posts, self.own(skill), self.day, |assessed, fte, headcount| {
            position.add(assessed, fte, headcount, minimum_level, self.day);
        });
        position
    }

    /// The FTE in post in a role.
    pub fn in_post(&self, role: u32) -> Fte {
        self.posts(role).iter().map(|post| post.fte).sum()
    }

    /// Every assessment in a skill, valid on the day, of those in post in a role, with the FTE that it is
    /// of.
    pub fn each_valid(&self, role: u32, skill: u32, mut see: impl FnMut(&Assessed, Fte)) {
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

/// The people of all organisations in scope on a day.
pub(crate) struct WorkforceIndex<'a> {
    /// By the place of the organisation.
    workforces: HashMap<usize, Workforce<'a>>,
}

impl<'a> WorkforceIndex<'a> {
    /// Those in post on the day.
    pub fn of(inputs: &'a AnalysisInputs, catalogue: &Catalogue, as_of: NaiveDate) -> Self {
        let workforces = inputs.in_scope.iter().map(|data| {
            let place = catalogue.organisation_place(&data.organisation) as usize;
            (place, Workforce::of(&data.people, catalogue, as_of))
        });
        Self { workforces: workforces.collect() }
    }

    /// Every assessment in the skill of a key, valid on the day, of those in post in its role and
    /// organisation, with the FTE that it is of.
    pub fn each_valid(&self, key: Key, see: impl FnMut(&Assessed, Fte)) {
        let place = |dimension| key.place(dimension);
        let places =
            (place(Dimension::Organisation), place(Dimension::Role), place(Dimension::Skill));
        let (Some(organisation), Some(role), Some(skill)) = places else { return };
        if let Some(workforce) = self.workforces.get(&organisation) {
            workforce.each_valid(role as u32, skill as u32, see);
        }
    }
}

/// Every assessment of those in these posts in a skill that is current on a day, with the FTE and the
/// headcount that it is of. The skill is the place among the skills of the people; none where nobody has
/// been assessed in it.
fn each(
    people: &People,
    posts: &[Post],
    skill: Option<u32>,
    day: i32,
    mut see: impl FnMut(&Assessed, Fte, i32),
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

/// The FTE of each assessment of a group: its own, or else its share of the group's by headcount. The
/// shares are rounded running on, so that those of the whole group add up to its FTE.
#[derive(Default)]
struct Share {
    heads: i128,
    given: i64,
}

impl Share {
    fn of(&mut self, post: &Post, assessed: &Assessed) -> Fte {
        assessed.fte().unwrap_or_else(|| {
            self.heads += i128::from(assessed.headcount);
            let headcount = i128::from(post.headcount.max(1));
            let so_far = i128::from(post.fte.count()) * self.heads + headcount / 2;
            let so_far = i64::try_from(so_far / headcount).unwrap_or(i64::MAX);
            let share = so_far - self.given;
            self.given = so_far;
            Fte::parts(share)
        })
    }
}
