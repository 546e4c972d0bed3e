//! The definitions of a gap, word for word: slow, by names, a loop in a loop. What the analysis gives must
//! be this, whatever it is given.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use digital_skills_registry::{
    domain::{
        Assessment, Fte, Ratio, Requirement, Staffing, Target, figures::Severity,
        requirement::Importance,
    },
    planning::analysis::{AnalysisQuery, AnalysisRows, Periods},
};

/// Organisation, role, skill and period end.
pub type PartKey = (String, String, String, NaiveDate);

/// What is found in a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub needed: Fte,
    pub funded: Fte,
    pub in_post: Fte,
    pub skilled: Fte,
    pub below: Fte,
    pub expired: Fte,
    pub holders: i32,
    pub minimum_level: i32,
    pub minimum_holders: i32,
    pub weight: Ratio,
    pub requirements: Vec<String>,
    /// What the shortfall is due to: unfunded, vacant, below, expired and unassessed.
    pub due_to: [Fte; 5],
}

/// Kind by name, organisation, role, skill and FTE.
pub type WarnedPart = (&'static str, String, String, String, Fte);

pub fn cells(
    inputs: &AnalysisRows,
    query: &AnalysisQuery,
) -> (BTreeMap<PartKey, Cell>, BTreeSet<WarnedPart>) {
    let (mut cells, mut warned) = (BTreeMap::new(), BTreeMap::new());
    let mut warn = |kind, organisation: &str, role: &str, skill: &str, fte: Fte| {
        let place = (kind, organisation.to_owned(), role.to_owned(), skill.to_owned());
        let most: &mut Fte = warned.entry(place).or_insert(fte);
        *most = fte.max(*most);
    };
    let scope = scope(inputs, query);
    let periods = periods(inputs, query);
    for target in &inputs.targets {
        let asked = scope.contains(&target.organisation)
            && periods.contains(&target.period_end_date)
            && wants_role(inputs, query, &target.role);
        if !asked {
            continue;
        }
        let required: Vec<&Requirement> =
            inputs.requirements.iter().filter(|r| falls_on(inputs, r, target)).collect();
        if required.is_empty() {
            let kind = "RoleWithoutRequirements";
            warn(kind, &target.organisation, &target.role, "", target.needed_fte);
        }
        let skills: BTreeSet<&String> = required.iter().map(|r| &r.skill).collect();
        for skill in skills {
            let all: Vec<_> = required.iter().filter(|r| r.skill == *skill).collect();
            let importance = all.iter().map(|r| r.importance).max().unwrap();
            if !wants_skill(query, skill, importance) {
                continue;
            }
            let mut cell = Cell {
                needed: target.needed_fte,
                funded: target.funded_fte,
                minimum_level: all.iter().map(|r| r.minimum_level).max().unwrap(),
                minimum_holders: all.iter().map(|r| r.minimum_holders).max().unwrap(),
                weight: all.iter().map(|r| r.weight).max().unwrap(),
                requirements: all.iter().map(|r| r.name.clone()).collect(),
                ..Cell::default()
            };
            cell.requirements.sort_unstable();
            stand(inputs, query.as_of, target, skill, &mut cell);
            cell.due_to = due_to(&cell);
            if query.minimum_severity.is_some_and(|least| severity(&cell) < least) {
                continue;
            }
            let assessed = cell.skilled + cell.below + cell.expired;
            if assessed > cell.in_post {
                let over = assessed - cell.in_post;
                warn("OverAssessed", &target.organisation, &target.role, skill, over);
            }
            let (organisation, role) = (target.organisation.clone(), target.role.clone());
            cells.insert((organisation, role, skill.clone(), target.period_end_date), cell);
        }
    }
    for (organisation, role) in places(inputs, query.as_of) {
        let planned =
            inputs.targets.iter().any(|t| t.organisation == organisation && t.role == role);
        if !planned && scope.contains(&organisation) && wants_role(inputs, query, &role) {
            let all = active(inputs, query.as_of, &organisation, &role);
            let fte = all.iter().map(|staffing| staffing.fte).sum();
            warn("RoleNotInPlan", &organisation, &role, "", fte);
        }
    }
    let list = warned.into_iter().map(|((kind, o, r, s), fte)| (kind, o, r, s, fte));
    (cells, list.collect())
}

/// How those in post stand.
fn stand(inputs: &AnalysisRows, day: NaiveDate, target: &Target, skill: &str, cell: &mut Cell) {
    let all = active(inputs, day, &target.organisation, &target.role);
    let subjects: BTreeSet<&String> = all.iter().map(|staffing| &staffing.subject).collect();
    for subject in subjects {
        let posts: Vec<_> = all.iter().filter(|s| s.subject == *subject).collect();
        let fte: Fte = posts.iter().map(|staffing| staffing.fte).sum();
        let headcount: i64 = posts.iter().map(|staffing| i64::from(staffing.headcount)).sum();
        cell.in_post = cell.in_post + fte;
        let current = current(inputs, day, &target.organisation, subject, skill);
        let person = posts.iter().all(|staffing| staffing.headcount == 1);
        if person {
            let last = current.iter().max_by_key(|a| (a.revision, &a.name));
            if let Some(last) = last {
                count(cell, last, day, fte, 1);
            }
            continue;
        }
        let (mut heads, mut given) = (0, 0);
        for assessment in current {
            let share = match assessment.fte {
                Some(own) => own,
                None => {
                    heads += i64::from(assessment.headcount);
                    // Half of a hundred-thousandth is rounded up.
                    let so_far = (2 * fte.count() * heads + headcount) / (2 * headcount);
                    let share = Fte::parts(so_far - given);
                    given = so_far;
                    share
                }
            };
            count(cell, assessment, day, share, assessment.headcount);
        }
    }
}

/// The part of each positive term is shortfall × term ÷ all positive terms, rounded running on: each is the
/// difference of what all up to it come to, to the nearest.
fn due_to(cell: &Cell) -> [Fte; 5] {
    let count = |fte: Fte| i128::from(fte.count());
    let assessed = cell.skilled + cell.below + cell.expired;
    let terms = [
        count(cell.needed - cell.funded),
        count(cell.funded - cell.in_post),
        count(cell.below),
        count(cell.expired),
        count(cell.in_post - assessed),
    ];
    let short = count(cell.needed - cell.skilled);
    let positive: i128 = terms.iter().filter(|term| **term > 0).sum();
    let up_to = |last: usize| -> i128 {
        if short <= 0 {
            return 0;
        }
        let so_far: i128 = terms[..last].iter().filter(|term| **term > 0).sum();
        (2 * short * so_far + positive).div_euclid(2 * positive)
    };
    std::array::from_fn(|n| Fte::parts(i64::try_from(up_to(n + 1) - up_to(n)).unwrap()))
}

fn count(cell: &mut Cell, assessment: &Assessment, day: NaiveDate, fte: Fte, heads: i32) {
    if assessment.valid_until_date.is_some_and(|until| until < day) {
        cell.expired = cell.expired + fte;
    } else if assessment.level >= cell.minimum_level {
        cell.skilled = cell.skilled + fte;
        cell.holders += heads;
    } else {
        cell.below = cell.below + fte;
    }
}

/// Those of the latest day, the highest level first, and then by name.
fn current<'a>(
    inputs: &'a AnalysisRows,
    day: NaiveDate,
    organisation: &str,
    subject: &str,
    skill: &str,
) -> Vec<&'a Assessment> {
    let of = |a: &&Assessment| {
        a.parent == organisation
            && a.subject == subject
            && a.skill == skill
            && a.assessed_date <= day
    };
    let latest = inputs.assessments.iter().filter(of).map(|a| a.assessed_date).max();
    let mut current: Vec<_> =
        inputs.assessments.iter().filter(of).filter(|a| Some(a.assessed_date) == latest).collect();
    current.sort_by_key(|a| (-a.level, &a.name));
    current
}

fn active<'a>(
    inputs: &'a AnalysisRows,
    day: NaiveDate,
    organisation: &str,
    role: &str,
) -> Vec<&'a Staffing> {
    let active = |s: &&Staffing| {
        s.parent == organisation
            && s.role == role
            && s.start_date <= day
            && s.end_date.is_none_or(|end| day < end)
    };
    inputs.staffing.iter().filter(active).collect()
}

fn places(inputs: &AnalysisRows, day: NaiveDate) -> BTreeSet<(String, String)> {
    let all = inputs.staffing.iter();
    let places = all.filter(|s| s.start_date <= day && s.end_date.is_none_or(|end| day < end));
    places.map(|s| (s.parent.clone(), s.role.clone())).collect()
}

fn falls_on(inputs: &AnalysisRows, requirement: &Requirement, target: &Target) -> bool {
    let role = inputs.roles.iter().find(|role| role.name == target.role).unwrap();
    let of_plan = requirement.parent == inputs.plan.name
        && (requirement.role == role.name
            || (!requirement.family.is_empty() && requirement.family == role.family));
    (requirement.parent == role.name || of_plan)
        && requirement.needed_from_date.is_none_or(|from| from <= target.period_end_date)
}

fn wants_role(inputs: &AnalysisRows, query: &AnalysisQuery, role: &str) -> bool {
    let role = inputs.roles.iter().find(|other| other.name == role).unwrap();
    (query.roles.is_empty() || query.roles.contains(&role.name))
        && (query.families.is_empty() || query.families.contains(&role.family))
}

fn wants_skill(query: &AnalysisQuery, skill: &str, importance: Importance) -> bool {
    let framework = skill.split_once("/skills/").unwrap().0.to_owned();
    (query.skills.is_empty() || query.skills.contains(&skill.to_owned()))
        && (query.frameworks.is_empty() || query.frameworks.contains(&framework))
        && query.importance.is_none_or(|wanted| wanted == importance)
}

fn scope(inputs: &AnalysisRows, query: &AnalysisQuery) -> BTreeSet<String> {
    let mut tops = query.organisations.clone();
    if tops.is_empty() {
        tops.push(inputs.plan.owner.clone());
    }
    let below = query.organisations.is_empty() || query.include_descendants;
    let mut scope: BTreeSet<String> = tops.into_iter().collect();
    for _ in &inputs.organisations {
        for organisation in inputs.organisations.iter().filter(|_| below) {
            if scope.contains(&organisation.parent) {
                scope.insert(organisation.name.clone());
            }
        }
    }
    if query.organisations.is_empty() {
        scope.extend(inputs.targets.iter().map(|target| target.organisation.clone()));
    }
    scope
}

fn periods(inputs: &AnalysisRows, query: &AnalysisQuery) -> BTreeSet<NaiveDate> {
    let all: BTreeSet<_> = inputs.targets.iter().map(|target| target.period_end_date).collect();
    match &query.periods {
        Periods::Every => all,
        Periods::Ending(ends) => all.into_iter().filter(|end| ends.contains(end)).collect(),
        Periods::Current => {
            let next = all.iter().find(|end| **end >= query.as_of).or(all.last());
            next.copied().into_iter().collect()
        }
    }
}

fn severity(cell: &Cell) -> Severity {
    let short = (cell.needed - cell.skilled).count().max(0) as f64;
    match short / cell.needed.count().max(1) as f64 {
        0.0 => Severity::Met,
        part if part > 0.25 => Severity::Critical,
        part if part > 0.15 => Severity::High,
        part if part > 0.05 => Severity::Medium,
        _ => Severity::Low,
    }
}
