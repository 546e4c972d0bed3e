//! People of organisations on one day, indexed by the catalogue.

use std::collections::HashMap;

use crate::domain::Fte;

use super::{
    AnalysisInputs, AnalysisQuery, Catalogue, Dimension, People, RowKey,
    day_rows::DayRows,
    group_split::GroupSplit,
    records::number,
    skill_position::{CountedAssessment, Post, SkillPosition, SourceSet},
};

/// People of one organisation on one day.
pub(crate) struct Workforce<'a> {
    people: &'a People,
    day: i32,
    sources: SourceSet,
    /// Posts by role index, in order.
    posts: Vec<(u32, Vec<Post>)>,
    /// By the skill's index in the catalogue: its index among the skills of the people.
    skills: Vec<Option<u32>>,
    /// By index of a retired skill in the catalogue: the indices of those that replace it.
    replacements: HashMap<u32, Vec<u32>>,
}

impl<'a> Workforce<'a> {
    /// Selects those in post on the day of the query, and the assessments that count for it.
    pub fn of(people: &'a People, catalogue: &Catalogue, query: &AnalysisQuery) -> Self {
        let day = number(query.as_of);
        let roles: Vec<Option<u32>> =
            people.roles.iter().map(|name| catalogue.role_index(name)).collect();
        let posts = people.posts(day).into_iter();
        let posts = posts.filter_map(|(role, posts)| Some((roles[role as usize]?, posts)));
        let mut posts: Vec<_> = posts.collect();
        posts.sort_unstable_by_key(|(role, _)| *role);
        let own: HashMap<&str, u32> = people.skills.iter().map(String::as_str).zip(0..).collect();
        let skills = catalogue.skills().iter().map(|skill| own.get(skill.name.as_str()).copied());
        let replacements = catalogue.replacements().map(|(skill, others)| {
            let others = others.iter().filter_map(|other| own.get(other.name.as_str()).copied());
            (skill, others.collect())
        });
        Self {
            people,
            day,
            sources: SourceSet::of(&query.assessment_sources),
            posts,
            skills: skills.collect(),
            replacements: replacements.collect(),
        }
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

    /// Position of these posts in a skill, compared with the lowest rank that is enough.
    pub(super) fn position(&self, posts: &[Post], skill: u32, lowest_rank: i32) -> SkillPosition {
        let in_post = posts.iter().map(|post| post.fte).sum();
        let mut position = SkillPosition { in_post, ..SkillPosition::default() };
        self.each(posts, skill, |current| {
            let mut heads = 0;
            current.each(|assessed, fte, headcount| {
                if position.add(assessed, fte, lowest_rank, self.day) {
                    heads += i64::from(headcount);
                }
            });
            position.holders += current.holders(heads);
            if let CurrentAssessments::Group(split) = &current {
                position.excess = position.excess + split.excess();
                position.missing = position.missing + split.missing();
            }
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
        self.each(self.posts(role), skill, |current| {
            current.each(|assessed, fte, _| {
                if assessed.is_valid(self.day) {
                    see(assessed, fte);
                }
            });
        });
    }

    /// Calls `see` with the assessments in a skill that count for each of these posts.
    fn each(&self, posts: &[Post], skill: u32, mut see: impl FnMut(CurrentAssessments<'_>)) {
        let own = self.skills.get(skill as usize).copied().flatten();
        let others = self.replacements.get(&skill).map_or(&[][..], Vec::as_slice);
        for post in posts {
            let rows = |skill: u32| {
                let known = self.people.assessed(post.subject, skill, self.day);
                DayRows::of(known, self.sources, self.day)
            };
            let found = match others {
                [] => own.and_then(rows).and_then(|rows| CurrentAssessments::of(post, &[rows])),
                others => {
                    let skills = own.into_iter().chain(others.iter().copied());
                    CurrentAssessments::of(post, &skills.filter_map(rows).collect::<Vec<_>>())
                }
            };
            found.into_iter().for_each(&mut see);
        }
    }
}

/// People of all organisations in scope on one day.
pub(crate) struct WorkforceIndex<'a> {
    /// By index of the organisation.
    workforces: HashMap<usize, Workforce<'a>>,
}

impl<'a> WorkforceIndex<'a> {
    /// Selects those in post on the day of the query.
    pub fn of(inputs: &'a AnalysisInputs, catalogue: &Catalogue, query: &AnalysisQuery) -> Self {
        let workforces = inputs.in_scope.iter().map(|data| {
            let place = catalogue.organisation_index(&data.organisation) as usize;
            (place, Workforce::of(&data.people, catalogue, query))
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

/// Assessments that count for one post in one skill.
enum CurrentAssessments<'a> {
    /// The assessment of a person, with the FTE in post.
    Person(&'a CountedAssessment, Fte),
    Group(GroupSplit<'a>),
}

impl<'a> CurrentAssessments<'a> {
    /// Chooses among the rows in a skill and in those that replace it, in this order. A person has the best of
    /// all; a group has the first that are valid or, if none is, the last.
    fn of(post: &'a Post, by_skill: &[DayRows<'a>]) -> Option<Self> {
        let first = by_skill.iter().find(|rows| rows.first_valid().is_some());
        let split = first.or(by_skill.last())?;
        if !post.person || split.is_split() {
            return Some(Self::Group(GroupSplit::of(post, *split)));
        }
        let valid = by_skill.iter().filter_map(DayRows::first_valid);
        let best = valid.max_by_key(|assessed| assessed.precedence());
        best.or_else(|| split.iter().next()).map(|assessed| Self::Person(assessed, post.fte))
    }

    /// Calls `see` with each assessment, and with the FTE and headcount that it covers.
    fn each(&self, mut see: impl FnMut(&CountedAssessment, Fte, i32)) {
        match self {
            Self::Person(assessed, fte) => see(assessed, *fte, 1),
            Self::Group(split) => {
                split.each(|assessed, fte| see(assessed, fte, assessed.headcount));
            }
        }
    }

    /// Number of people in post among this many heads.
    fn holders(&self, heads: i64) -> i64 {
        match self {
            Self::Person(..) => heads,
            Self::Group(split) => split.holders(heads),
        }
    }
}
