//! Who is in post, and which of their assessments count.

use std::{cmp::Reverse, collections::BTreeSet};

use chrono::NaiveDate;
use digital_skills_registry::{
    domain::{Assessment, Fte, Staffing, Target, skill::SkillState},
    planning::analysis::{AnalysisQuery, AnalysisRows},
};

use super::Cell;

/// How those in post stand.
pub fn stand(
    inputs: &AnalysisRows,
    query: &AnalysisQuery,
    target: &Target,
    skill: &str,
    cell: &mut Cell,
) {
    let day = query.as_of;
    let everywhere: Vec<&Staffing> =
        active(inputs, day).filter(|s| s.parent == target.organisation).collect();
    let here: Vec<_> = everywhere.iter().filter(|s| s.role == target.role).collect();
    let subjects: BTreeSet<&String> = here.iter().map(|staffing| &staffing.subject).collect();
    for subject in subjects {
        let posts: Vec<_> = here.iter().filter(|s| s.subject == *subject).collect();
        let fte: Fte = posts.iter().map(|staffing| staffing.fte).sum();
        cell.in_post = cell.in_post + fte;
        let known: Vec<Vec<&Assessment>> = with_replacements(inputs, skill)
            .iter()
            .map(|skill| known(inputs, query, &target.organisation, subject, skill))
            .filter(|known| !known.is_empty())
            .collect();
        let any_valid = |known: &&Vec<&Assessment>| known.iter().any(|a| is_valid(a, day));
        let Some(of_skill) = known.iter().find(any_valid).or(known.last()) else { continue };
        let split = split(of_skill, day);
        let several = split.len() > 1 && split.iter().any(|a| a.headcount > 1);
        if several || posts.iter().any(|staffing| staffing.headcount > 1) {
            let whole: Vec<_> =
                everywhere.iter().copied().filter(|s| s.subject == *subject).collect();
            let older = of_skill.iter().filter(|a| a.assessed_date < split[0].assessed_date);
            let older_valid = older.into_iter().any(|a| is_valid(a, day));
            group(inputs, day, (whole, fte), (&split, older_valid), cell);
            continue;
        }
        let valid = known.iter().flatten().filter(|a| is_valid(a, day));
        let best = valid.max_by_key(|a| (a.assessed_date, a.level, until(a), Reverse(&a.name)));
        if count(inputs, cell, best.unwrap_or(&split[0]), day, fte) {
            cell.holders += 1;
        }
    }
}

/// The skill and, while each is retired, what replaces it in its framework.
fn with_replacements(inputs: &AnalysisRows, skill: &str) -> Vec<String> {
    let framework = |skill: &str| skill.split_once("/skills/").unwrap().0.to_owned();
    let mut chain = vec![skill.to_owned()];
    loop {
        let last = inputs.skills.iter().find(|s| Some(&s.name) == chain.last()).unwrap();
        let next = inputs.skills.iter().find(|s| s.name == last.replaced_by);
        match next.filter(|next| framework(&next.name) == framework(skill)) {
            Some(next) if last.state == SkillState::Retired => chain.push(next.name.clone()),
            _ => return chain,
        }
    }
}

/// A group is worked out as a whole; a role has of each figure its part of the group's FTE.
fn group(
    inputs: &AnalysisRows,
    day: NaiveDate,
    (whole, fte): (Vec<&Staffing>, Fte),
    (split, older_valid): (&[&Assessment], bool),
    cell: &mut Cell,
) {
    let fte = i128::from(fte.count());
    let in_post: i128 = whole.iter().map(|s| i128::from(s.fte.count())).sum();
    let people: i128 = whole.iter().map(|s| i128::from(s.headcount)).sum();
    let roles: BTreeSet<&String> = whole.iter().map(|s| &s.role).collect();
    let without = split.iter().filter(|a| a.fte.is_none()).map(|a| i128::from(a.headcount));
    let mut by_headcount = running(&without.collect::<Vec<_>>(), in_post, people).into_iter();
    let own = |a: &&Assessment| match a.fte {
        Some(own) => i128::from(own.count()),
        None => by_headcount.next().unwrap(),
    };
    let mut rows: Vec<i128> = split.iter().map(own).collect();
    let assessed: i128 = rows.iter().sum();
    let heads: i128 = split.iter().map(|a| i128::from(a.headcount)).sum();
    let mut excess = 0;
    let mut missing = if heads < people && older_valid { (in_post - assessed).max(0) } else { 0 };
    if assessed > in_post {
        excess = assessed - in_post;
        rows = running(&rows, in_post, assessed);
    }
    if roles.len() > 1 {
        excess = running(&[excess], fte, in_post)[0];
        missing = running(&[missing], fte, in_post)[0];
        rows = running(&rows, fte, in_post);
    }
    cell.excess = cell.excess + Fte::parts(i64::try_from(excess).unwrap());
    cell.missing = cell.missing + Fte::parts(i64::try_from(missing).unwrap());
    let mut holders = 0;
    for (assessment, row) in split.iter().zip(rows) {
        if count(inputs, cell, assessment, day, Fte::parts(i64::try_from(row).unwrap())) {
            holders += i128::from(assessment.headcount);
        }
    }
    if heads > people {
        holders = holders * people / heads;
    }
    if roles.len() > 1 {
        holders = if in_post == 0 { 0 } else { holders * fte / in_post };
    }
    cell.holders += i32::try_from(holders).unwrap();
}

/// Each part × whole ÷ sum, rounded running on: the difference of what all up to it come to, to the nearest.
pub fn running(parts: &[i128], whole: i128, sum: i128) -> Vec<i128> {
    let up_to = |last: usize| match sum {
        0 => 0,
        sum => (2 * whole * parts[..last].iter().sum::<i128>() + sum).div_euclid(2 * sum),
    };
    (0..parts.len()).map(|n| up_to(n + 1) - up_to(n)).collect()
}

/// Returns whether the assessment is skilled.
fn count(
    inputs: &AnalysisRows,
    cell: &mut Cell,
    assessment: &Assessment,
    day: NaiveDate,
    fte: Fte,
) -> bool {
    let framework = assessment.skill.split_once("/skills/").unwrap().0;
    let levels = inputs.frameworks.iter().any(|f| f.name == framework && !f.levels.0.is_empty());
    let holds = match cell.minimum_level {
        0 if levels => assessment.level >= 1,
        minimum_level => assessment.level >= minimum_level,
    };
    let valid = is_valid(assessment, day);
    match (valid, holds) {
        (true, true) => cell.skilled = cell.skilled + fte,
        (true, false) => cell.below = cell.below + fte,
        (false, _) => cell.expired = cell.expired + fte,
    }
    valid && holds
}

fn is_valid(assessment: &Assessment, day: NaiveDate) -> bool {
    until(assessment) >= day
}

fn until(assessment: &Assessment) -> NaiveDate {
    assessment.valid_until_date.unwrap_or(NaiveDate::MAX)
}

/// Assessments of a subject and skill that were made by the day, of a source that counts.
fn known<'a>(
    inputs: &'a AnalysisRows,
    query: &AnalysisQuery,
    organisation: &str,
    subject: &str,
    skill: &str,
) -> Vec<&'a Assessment> {
    let sources = &query.assessment_sources;
    let known = |a: &&Assessment| {
        a.parent == organisation
            && a.subject == subject
            && a.skill == skill
            && a.assessed_date <= query.as_of
            && (sources.is_empty() || sources.contains(&a.source))
    };
    inputs.assessments.iter().filter(known).collect()
}

/// Those of the newest day on which one is valid, else of the newest day: the highest level first, of those the
/// longest validity, then the smaller headcount, and then by name.
fn split<'a>(known: &[&'a Assessment], day: NaiveDate) -> Vec<&'a Assessment> {
    let valid = known.iter().filter(|a| is_valid(a, day)).map(|a| a.assessed_date).max();
    let newest = valid.or(known.iter().map(|a| a.assessed_date).max());
    let mut split: Vec<_> =
        known.iter().copied().filter(|a| Some(a.assessed_date) == newest).collect();
    split.sort_by_key(|a| (-a.level, Reverse(until(a)), a.headcount, &a.name));
    split
}

pub fn active(inputs: &AnalysisRows, day: NaiveDate) -> impl Iterator<Item = &Staffing> {
    let active = move |s: &&Staffing| s.start_date <= day && s.end_date.is_none_or(|end| day < end);
    inputs.staffing.iter().filter(active)
}
