//! Generates staffing records and assessments.

use chrono::{Days, NaiveDate};

use crate::api::v1::{Assessment, AssessmentSource, Staffing};

use super::nation::{Chance, Draw, LEVELS, Nation, today};

/// One staffing record in this many is a group, and another is the second post of the person
/// before.
const GROUPS: usize = 50;

/// Number of skills, beyond those of the role, that a person is assessed in.
const OTHER_SKILLS: usize = 18;

/// Days that one round of assessments takes.
const ROUND: u64 = 800;

/// Days before the nation is observed on which the last round ends: the registry refuses assessments of days to come,
/// and the nation is loaded before the day on which it is observed, too.
const ENDED: u64 = 10;

/// The random part of a staffing record.
struct Post {
    organisation: usize,
    role: usize,
    headcount: i32,
    /// In hundredths of an FTE.
    fte: u64,
}

impl Nation {
    /// Returns the nth staffing record.
    pub fn staffing(&self, n: usize) -> Staffing {
        let mut chance = self.chance(Draw::Post, n);
        let post = self.post(n, &mut chance);
        let start = today() - Days::new(chance.below(4_000));
        // Some start in the future, and some have left.
        let start = if chance.one_in(40) { today() + Days::new(1) } else { start };
        let end = chance.one_in(12).then(|| start + Days::new(1 + chance.below(4_000)));
        Staffing {
            name: format!("{}/staffing/{n:07}", Self::organisation(post.organisation)),
            subject: self.subject(n),
            role: Self::role(post.role),
            headcount: Some(post.headcount),
            fte: Some(post.fte as f64 / 100.0),
            start_date: start.to_string(),
            end_date: end.map_or_else(String::new, |end| end.to_string()),
            source: "made up".to_owned(),
            ..Staffing::default()
        }
    }

    /// Returns the assessments of the subject of the nth staffing record.
    pub fn assessments(&self, n: usize) -> Vec<Assessment> {
        let post = self.post(n, &mut self.chance(Draw::Post, n));
        let (all, people) = (self.size().assessments, self.size().staffing);
        let count = all / people + usize::from(n < all % people);
        let subject = self.subject(n);
        let pool = self.pool(n, post.role);
        // A group is assessed in two parts.
        let parts = if is_group(n) { 2 } else { 1 };
        let assessment = |j: usize| {
            let (place, part) = (j / parts, j % parts);
            let (skill, round) = (pool[place % pool.len()], place / pool.len());
            let mut chance = self.chance(Draw::Assessment, n * 1_000 + place);
            let date = assessed(round, n, &mut chance);
            let valid = chance.one_in(2).then(|| date + Days::new(365 * (1 + chance.below(4))));
            let level = (chance.below(LEVELS + 1) + part as u64) % (LEVELS + 1);
            let (headcount, fte) = (post.headcount, post.fte);
            let source = 1 + chance.below(7) as i32;
            Assessment {
                name: format!(
                    "{}/assessments/{n:07}-{j:02}",
                    Self::organisation(post.organisation)
                ),
                subject: subject.clone(),
                skill: Self::skill(skill),
                level: Some(level as i32),
                headcount: Some(headcount / parts as i32),
                fte: is_group(n).then(|| (fte / parts as u64) as f64 / 100.0),
                assessed_date: date.to_string(),
                valid_until_date: valid.map_or_else(String::new, |date| date.to_string()),
                source: AssessmentSource::try_from(source).unwrap_or_default().into(),
                ..Assessment::default()
            }
        };
        (0..count).map(assessment).collect()
    }

    fn post(&self, n: usize, chance: &mut Chance) -> Post {
        let size = self.size();
        let role = chance.below(size.roles as u64) as usize;
        let headcount = if is_group(n) { 2 + chance.below(11) } else { 1 };
        let fte = headcount * [100, 100, 80, 60, 50][chance.below(5) as usize];
        Post {
            // The records of an organisation are consecutive, as the organisation would send them.
            organisation: n * size.organisations / size.staffing,
            role,
            headcount: headcount as i32,
            fte,
        }
    }

    /// A pseudonym made of letters only: some digits look like a date.
    fn subject(&self, n: usize) -> String {
        let n = if is_second_post(n) { n - 1 } else { n };
        let mut chance = self.chance(Draw::Subject, n);
        (0..16).map(|_| char::from(b'a' + chance.below(26) as u8)).collect()
    }

    /// Returns the skills that a subject is assessed in, in turn and then again: most of those that
    /// the role requires, and others.
    fn pool(&self, n: usize, role: usize) -> Vec<usize> {
        let mut chance = self.chance(Draw::Pool, n);
        let required = self.required(role);
        let others = chance.some(OTHER_SKILLS + required.len(), self.size().skills);
        let others = others.into_iter().filter(|skill| !required.contains(skill));
        let others: Vec<usize> = others.take(OTHER_SKILLS).collect();
        let assessed = required.iter().copied().filter(|_| !chance.one_in(8));
        let pool: Vec<usize> = assessed.chain(others).collect();
        match pool.is_empty() {
            true => required.to_vec(),
            false => pool,
        }
    }
}

/// Returns the day of an assessment. The assessments of a person's two posts never fall on the same
/// day: if two in one skill did, the order of import would decide which one counts.
fn assessed(round: usize, n: usize, chance: &mut Chance) -> NaiveDate {
    let within = 2 * chance.below(ROUND / 2) + u64::from(is_second_post(n));
    today() - Days::new(ENDED + round as u64 * ROUND + within)
}

fn is_group(n: usize) -> bool {
    n % GROUPS == GROUPS - 1
}

fn is_second_post(n: usize) -> bool {
    n % GROUPS == GROUPS / 2
}
