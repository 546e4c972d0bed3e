//! The definitions of a gap, word for word: slow, by names, a loop in a loop. What the analysis gives must
//! be this, whatever it is given.

mod people;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use digital_skills_registry::{
    domain::{
        Fte, Ratio, Requirement, Target, figures::Severity, requirement::Importance,
        skill::SkillState,
    },
    planning::analysis::{AnalysisQuery, AnalysisRows, Periods},
};

use people::{active, running, stand};

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
    /// FTE of groups assessed in excess of those in post.
    pub excess: Fte,
    /// FTE of groups that their newest split leaves unassessed although an older one is still valid.
    pub missing: Fte,
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
    for name in nothing_selected(inputs, query, &scope, &periods) {
        warn("NothingSelected", &name, "", "", Fte::ZERO);
    }
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
            stand(inputs, query, target, skill, &mut cell);
            cell.due_to = due_to(&cell);
            if query.minimum_severity.is_some_and(|least| severity(&cell) < Some(least)) {
                continue;
            }
            if cell.excess > Fte::ZERO {
                warn("OverAssessed", &target.organisation, &target.role, skill, cell.excess);
            }
            if cell.missing > Fte::ZERO {
                let kind = "GroupSplitIncomplete";
                warn(kind, &target.organisation, &target.role, skill, cell.missing);
            }
            let of_skill = inputs.skills.iter().find(|s| s.name == *skill).unwrap();
            if of_skill.state == SkillState::Retired {
                let kind = "RequirementOfRetiredSkill";
                warn(kind, &target.organisation, &target.role, skill, cell.needed);
            }
            let (organisation, role) = (target.organisation.clone(), target.role.clone());
            cells.insert((organisation, role, skill.clone(), target.period_end_date), cell);
        }
    }
    for ((organisation, role), fte) in places(inputs, query.as_of) {
        let planned =
            inputs.targets.iter().any(|t| t.organisation == organisation && t.role == role);
        if !planned && scope.contains(&organisation) && wants_role(inputs, query, &role) {
            warn("RoleNotInPlan", &organisation, &role, "", fte);
        }
    }
    let list = warned.into_iter().map(|((kind, o, r, s), fte)| (kind, o, r, s, fte));
    (cells, list.collect())
}

/// The part of each positive term is shortfall × term ÷ all positive terms, rounded running on.
fn due_to(cell: &Cell) -> [Fte; 5] {
    let count = |fte: Fte| i128::from(fte.count()).max(0);
    let assessed = cell.skilled + cell.below + cell.expired;
    let terms = [
        count(cell.needed - cell.funded),
        count(cell.funded - cell.in_post),
        count(cell.below),
        count(cell.expired),
        count(cell.in_post - assessed),
    ];
    let parts = running(&terms, count(cell.needed - cell.skilled), terms.iter().sum());
    std::array::from_fn(|n| Fte::parts(i64::try_from(parts[n]).unwrap()))
}

fn places(inputs: &AnalysisRows, day: NaiveDate) -> BTreeMap<(String, String), Fte> {
    let mut places: BTreeMap<_, Fte> = BTreeMap::new();
    for staffing in active(inputs, day) {
        let fte = places.entry((staffing.parent.clone(), staffing.role.clone())).or_default();
        *fte = *fte + staffing.fte;
    }
    places
}

fn falls_on(inputs: &AnalysisRows, requirement: &Requirement, target: &Target) -> bool {
    let role = inputs.roles.iter().find(|role| role.name == target.role).unwrap();
    let of_plan = requirement.parent == inputs.plan.name
        && (requirement.role == role.name
            || (!requirement.family.is_empty() && requirement.family == role.family));
    (requirement.parent == role.name || of_plan)
        && requirement.needed_from_date.is_none_or(|from| from <= target.period_end_date)
}

/// The names that by themselves select no target of the plan, and an empty one if the whole selects none.
fn nothing_selected(
    inputs: &AnalysisRows,
    query: &AnalysisQuery,
    in_scope: &BTreeSet<String>,
    in_periods: &BTreeSet<NaiveDate>,
) -> Vec<String> {
    let none = |selects: &dyn Fn(&Target) -> bool| !inputs.targets.iter().any(selects);
    let requires = |target: &Target, wanted: &dyn Fn(&str) -> bool| {
        inputs.requirements.iter().any(|r| falls_on(inputs, r, target) && wanted(&r.skill))
    };
    let alone = AnalysisQuery::of("plans/p", query.as_of);
    let mut found = Vec::new();
    for name in &query.organisations {
        let organisations = vec![name.clone()];
        let include_descendants = query.include_descendants;
        let alone = AnalysisQuery { organisations, include_descendants, ..alone.clone() };
        let scope = scope(inputs, &alone);
        found.extend(none(&|target| scope.contains(&target.organisation)).then_some(name));
    }
    for name in &query.roles {
        found.extend(none(&|target| target.role == *name).then_some(name));
    }
    for name in &query.families {
        let alone = AnalysisQuery { families: vec![name.clone()], ..alone.clone() };
        found.extend(none(&|target| wants_role(inputs, &alone, &target.role)).then_some(name));
    }
    for name in &query.skills {
        let named = |skill: &str| skill == name;
        found.extend(none(&|target| requires(target, &named)).then_some(name));
    }
    for name in &query.frameworks {
        let named = |skill: &str| skill.starts_with(&format!("{name}/"));
        found.extend(none(&|target| requires(target, &named)).then_some(name));
    }
    let mut found: Vec<String> = found.into_iter().cloned().collect();
    let any_skill = query.skills.is_empty() && query.frameworks.is_empty();
    let without = AnalysisQuery { importance: None, ..query.clone() };
    let named = |skill: &str| wants_skill(&without, skill, Importance::Essential);
    let whole = |target: &Target| {
        in_scope.contains(&target.organisation)
            && in_periods.contains(&target.period_end_date)
            && wants_role(inputs, query, &target.role)
            && (any_skill || requires(target, &named))
    };
    found.extend(none(&whole).then(String::new));
    found
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

/// `None` where nothing is needed: that is below every severity.
fn severity(cell: &Cell) -> Option<Severity> {
    let short = (cell.needed - cell.skilled).count().max(0) as f64;
    let severity = match short / cell.needed.count().max(1) as f64 {
        0.0 => Severity::Met,
        part if part > 0.25 => Severity::Critical,
        part if part > 0.15 => Severity::High,
        part if part > 0.05 => Severity::Medium,
        _ => Severity::Low,
    };
    (cell.needed > Fte::ZERO).then_some(severity)
}
