//! People in post in one organisation and their assessments, as columns of numbers in the order in which an
//! analysis reads them.

use std::{cmp::Reverse, collections::HashMap};

use serde::{Deserialize, Serialize};

use crate::domain::Fte;

use super::{
    records::{AssessmentRecord, StaffingRecord, number},
    skill_position::{CountedAssessment, Post, SubjectPosts},
};

/// People of one organisation with their assessments.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct People {
    /// Names of the roles that they are in.
    pub(super) roles: Vec<String>,
    /// Names of the skills that they have been assessed in.
    pub(super) skills: Vec<String>,
    /// Ordered by role and subject.
    posts: Vec<StaffedPost>,
    /// For each subject, the index of the first of its pairs; one more marks the end.
    subjects: Vec<u32>,
    /// Ordered by subject and skill.
    pairs: Vec<SubjectSkill>,
    /// Ordered by pair, day, level (the highest first), validity (the longest first), headcount and name.
    assessed: Vec<CountedAssessment>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct StaffedPost {
    role: u32,
    subject: u32,
    headcount: i32,
    start: i32,
    end: i32,
    fte: Fte,
}

/// Assessments of one subject in one skill.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct SubjectSkill {
    skill: u32,
    /// End of the pair's assessments; they begin where those of the previous pair end.
    end: u32,
}

/// Builds [`People`] from the records of one organisation.
#[derive(Debug, Default)]
pub struct PeopleBuilder {
    roles: NameIndex,
    skills: NameIndex,
    subjects: NameIndex,
    posts: Vec<StaffedPost>,
    assessed: Vec<PendingAssessment>,
    /// Names of all assessments, concatenated.
    names: String,
}

/// An assessment before sorting.
#[derive(Clone, Copy, Debug)]
struct PendingAssessment {
    subject: u32,
    skill: u32,
    /// Start and end of its name in the concatenated names.
    name: (usize, usize),
    assessed: CountedAssessment,
}

impl PeopleBuilder {
    /// Adds a staffing record; the order does not matter.
    pub fn staffing(&mut self, record: &StaffingRecord<'_>) {
        self.posts.push(StaffedPost {
            role: self.roles.number(record.role),
            subject: self.subjects.number(record.subject),
            headcount: record.headcount,
            start: number(record.start_date),
            end: record.end_date.map_or(i32::MAX, number),
            fte: record.fte,
        });
    }

    /// Adds an assessment; the order does not matter.
    pub fn assessment(&mut self, record: &AssessmentRecord<'_>) {
        let start = self.names.len();
        self.names.push_str(record.name);
        self.assessed.push(PendingAssessment {
            subject: self.subjects.number(record.subject),
            skill: self.skills.number(record.skill),
            name: (start, self.names.len()),
            assessed: CountedAssessment::of(record),
        });
    }

    /// Sorts the records and returns the people.
    pub fn build(mut self) -> People {
        self.posts.sort_unstable_by_key(|post| (post.role, post.subject));
        self.posts.shrink_to_fit();
        let (mut assessed, names) = (self.assessed, self.names);
        let name = |placed: &PendingAssessment| &names[placed.name.0..placed.name.1];
        let rank = |placed: &PendingAssessment| {
            let assessed = &placed.assessed;
            let first = (Reverse(assessed.level()), Reverse(assessed.valid_until));
            (placed.day(), first, assessed.headcount)
        };
        // Names break ties, so they are compared last.
        assessed.sort_unstable_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| name(a).cmp(name(b))));
        let (subjects, pairs) = index(&assessed, self.subjects.list.len());
        People {
            roles: self.roles.list,
            skills: self.skills.list,
            posts: self.posts,
            subjects,
            pairs,
            assessed: assessed.into_iter().map(|placed| placed.assessed).collect(),
        }
    }
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl PendingAssessment {
    fn day(&self) -> (u32, u32, i32) {
        (self.subject, self.skill, self.assessed.day)
    }
}

/// Computes where each subject's pairs begin, and where each pair's assessments end.
fn index(assessed: &[PendingAssessment], subjects: usize) -> (Vec<u32>, Vec<SubjectSkill>) {
    let (mut firsts, mut pairs, mut end) = (Vec::with_capacity(subjects + 1), Vec::new(), 0);
    for same in assessed.chunk_by(|a, b| (a.subject, a.skill) == (b.subject, b.skill)) {
        end += same.len();
        firsts.resize(same[0].subject as usize + 1, length(pairs.len()));
        pairs.push(SubjectSkill { skill: same[0].skill, end: length(end) });
    }
    firsts.resize(subjects + 1, length(pairs.len()));
    pairs.shrink_to_fit();
    (firsts, pairs)
}

impl People {
    /// Posts held on a day, by index of their role, in order.
    pub(super) fn posts(&self, day: i32) -> Vec<(u32, Vec<Post>)> {
        let active: Vec<StaffedPost> =
            self.posts.iter().filter(|p| p.start <= day && day < p.end).copied().collect();
        let wholes = self.wholes(&active);
        let of_role = |records: &[StaffedPost]| {
            let posts = records.chunk_by(|a, b| a.subject == b.subject).map(|records| Post {
                subject: records[0].subject,
                fte: records.iter().map(|record| record.fte).sum(),
                person: records.iter().all(|record| record.headcount == 1),
                whole: wholes[records[0].subject as usize],
            });
            (records[0].role, posts.collect())
        };
        active.chunk_by(|a, b| a.role == b.role).map(of_role).collect()
    }

    /// Posts of each subject, by its index, over these records, which must be ordered by role.
    fn wholes(&self, active: &[StaffedPost]) -> Vec<SubjectPosts> {
        let mut wholes = vec![SubjectPosts::default(); self.subjects.len().saturating_sub(1)];
        let of_post = active.chunk_by(|a, b| (a.role, a.subject) == (b.role, b.subject));
        for records in of_post {
            let whole = &mut wholes[records[0].subject as usize];
            whole.several_roles = whole.headcount > 0;
            for record in records {
                whole.fte = whole.fte + record.fte;
                whole.headcount += i64::from(record.headcount);
            }
        }
        wholes
    }

    /// Assessments of a subject in a skill that were made up to a day.
    pub(super) fn assessed(&self, subject: u32, skill: u32, day: i32) -> &[CountedAssessment] {
        let subject = subject as usize;
        let pairs = self.subjects[subject] as usize..self.subjects[subject + 1] as usize;
        let Ok(place) = self.pairs[pairs.clone()].binary_search_by_key(&skill, |pair| pair.skill)
        else {
            return &[];
        };
        let pair = pairs.start + place;
        let first = if pair == 0 { 0 } else { self.pairs[pair - 1].end as usize };
        let all = &self.assessed[first..self.pairs[pair].end as usize];
        &all[..all.partition_point(|assessed| assessed.day <= day)]
    }

    /// Approximate size in memory, in bytes.
    pub fn bytes(&self) -> usize {
        let texts = self.roles.iter().chain(&self.skills).map(|name| name.len() + 24);
        size_of::<Self>()
            + texts.sum::<usize>()
            + size_of_val(&self.posts[..])
            + size_of_val(&self.subjects[..])
            + size_of_val(&self.pairs[..])
            + size_of_val(&self.assessed[..])
    }
}

/// Numbers names in the order of their first appearance.
#[derive(Debug, Default)]
pub(super) struct NameIndex {
    pub list: Vec<String>,
    numbers: HashMap<String, u32>,
    /// Number found last: equal names often follow each other.
    last: u32,
}

impl NameIndex {
    pub fn number(&mut self, name: &str) -> u32 {
        if self.list.get(self.last as usize).is_some_and(|last| last == name) {
            return self.last;
        }
        self.last = match self.numbers.get(name) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
                self.list.push(name.to_owned());
                self.numbers.insert(name.to_owned(), number);
                number
            }
        };
        self.last
    }
}
