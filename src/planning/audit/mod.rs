//! The plan audit as a pure function. It finds the roles that a plan has no target for although people are in
//! post or the baseline plan needs them, and the skills that it does not require although the baseline plan
//! does or everyone needs them, each with the evidence. It also finds where it requires retired skills.

mod context;
mod evidence;
mod retired;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Organisation, Plan, Reason, Requirement, Role, Skill, Target, Violations, gap::GapKind,
        role,
    },
    planning::analysis,
};

pub use context::AuditContext;
pub use evidence::{BaselineTarget, InPost, OccupiedPost};
pub use retired::RetiredSkill;

use evidence::Posts;

/// Which plan to audit, against which baseline, as of which day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQuery {
    /// Resource name of the plan.
    pub plan: String,
    /// Name of the plan to compare with; empty for the plan's own baseline, if it has one.
    pub baseline: String,
    /// Day whose people in post count.
    pub as_of: NaiveDate,
}

impl AuditQuery {
    /// Validates the values alone. Paths of violations begin with the request field `field`.
    pub fn check(&self, field: &str, violations: &mut Violations) {
        if !self.baseline.is_empty() && self.baseline == self.plan {
            let description = "must not be the plan itself";
            let field = format!("{field}.baseline_plan");
            violations.add(&field, Reason::ReferenceNotAllowed, description);
        }
    }
}

/// Everything that an audit reads.
#[derive(Clone, Debug)]
pub struct AuditInputs {
    /// The plan audited.
    pub plan: Plan,
    /// Name of the baseline plan; empty if there is none.
    pub baseline: String,
    /// Roles of organisations with targets in the plan, each once.
    pub planned: Vec<PlannedRole>,
    /// Targets of the baseline plan; those that have a target in the plan too may be left out.
    pub baseline_targets: Vec<Target>,
    /// Requirements of the plan, of the baseline plan, and of every role with a target in the plan.
    pub requirements: Vec<Requirement>,
    /// All organisations.
    pub organisations: Vec<Organisation>,
    /// Roles with a target in either plan, or with people in post.
    pub roles: Vec<Role>,
    /// Active skills that are core or that the baseline plan requires. A retired skill can no longer be
    /// required, so no plan omits it.
    pub skills: Vec<Skill>,
    /// Retired skills that the plan requires, or the roles with a target in it.
    pub retired: Vec<RetiredSkill>,
    /// People in post on the day in the organisations in [`scope`], once per role and organisation.
    pub posts: Vec<OccupiedPost>,
}

/// A role of an organisation that the plan has targets for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRole {
    /// Resource name of the organisation.
    pub organisation: String,
    /// Resource name of the role.
    pub role: String,
    /// Last day of the last period with a target.
    pub last: NaiveDate,
}

impl PlannedRole {
    /// Organisation and role.
    pub fn place(&self) -> (&str, &str) {
        (&self.organisation, &self.role)
    }
}

/// Kind of what an audit finds, in the order in which it is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OmissionKind {
    /// A role without a target.
    Role,
    /// A skill that is not required.
    Skill,
    /// A skill that is required although it is retired.
    RequiresRetiredSkill,
}

impl OmissionKind {
    /// Kind of the gap as which it is recorded; `None` if it is not.
    pub fn gap_kind(self) -> Option<GapKind> {
        match self {
            Self::Role => Some(GapKind::OmittedRole),
            Self::Skill => Some(GapKind::OmittedSkill),
            Self::RequiresRetiredSkill => None,
        }
    }
}

/// A role or a skill that a plan omits, or a retired skill that it requires, with the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omission {
    /// What is found.
    pub kind: OmissionKind,
    /// Organisation without a target for the role; for a skill, the owner of the plan.
    pub organisation: String,
    /// The omitted role, or the role of the skill.
    pub role: String,
    /// The omitted or retired skill; empty if a role is omitted.
    pub skill: String,
    /// People in post in the role, the most FTE first.
    pub in_post: Vec<InPost>,
    /// Targets of the baseline plan for an omitted role.
    pub baseline_targets: Vec<BaselineTarget>,
    /// Names of the baseline plan's requirements that ask for an omitted skill.
    pub baseline_requirements: Vec<String>,
    /// Whether the skill is core: everyone needs it.
    pub core: bool,
    /// Names of the requirements of a retired skill.
    pub requirements: Vec<String>,
    /// The skill that replaces a retired one; empty if none does.
    pub replacement: String,
}

/// Names of the organisations that an audit looks at.
pub fn scope(
    plan: &Plan,
    planned: &[PlannedRole],
    of_baseline: &[PlannedRole],
    organisations: &[Organisation],
) -> Vec<String> {
    let planned = planned.iter().chain(of_baseline).map(|planned| &planned.organisation);
    analysis::organisations_of(plan, planned, organisations)
}

/// Audits a plan. Returns omitted roles by organisation and role, then omitted skills by role and skill, then
/// required skills that are retired by role and skill.
pub fn audit(inputs: &AuditInputs) -> Vec<Omission> {
    let posts = Posts::of(&inputs.posts);
    let family_of: HashMap<&str, &str> =
        inputs.roles.iter().map(|role| (role.name.as_str(), role.family.as_str())).collect();
    let mut omissions = omitted_roles(inputs, &posts, &family_of);
    let planned = planned_roles(inputs);
    omissions.extend(omitted_skills(inputs, &posts, &family_of, &planned));
    omissions.extend(retired::required(inputs, &posts, &family_of, &planned));
    omissions
}

fn omitted_roles(
    inputs: &AuditInputs,
    posts: &Posts<'_>,
    family_of: &HashMap<&str, &str>,
) -> Vec<Omission> {
    let planned: HashSet<(&str, &str)> = inputs.planned.iter().map(PlannedRole::place).collect();
    let mut needed: BTreeMap<(&str, &str), Vec<BaselineTarget>> = BTreeMap::new();
    for target in inputs.baseline_targets.iter().filter(|target| target.needed_fte.count() > 0) {
        let place = (target.organisation.as_str(), target.role.as_str());
        needed.entry(place).or_default().push(target.into());
    }
    let places: BTreeSet<(&str, &str)> = posts.places().chain(needed.keys().copied()).collect();
    let digital = |role: &str| family_of.get(role).is_some_and(|family| role::is_digital(family));
    let forgotten = places.into_iter().filter(|place| !planned.contains(place) && digital(place.1));
    let omission = |(organisation, role)| {
        let mut baseline_targets = needed.remove(&(organisation, role)).unwrap_or_default();
        baseline_targets.sort();
        Omission {
            kind: OmissionKind::Role,
            in_post: posts.at(organisation, role).into_iter().collect(),
            organisation: organisation.to_owned(),
            role: role.to_owned(),
            skill: String::new(),
            baseline_targets,
            baseline_requirements: Vec::new(),
            core: false,
            requirements: Vec::new(),
            replacement: String::new(),
        }
    };
    forgotten.map(omission).collect()
}

/// Roles with a target, each with the last day of its last period: a requirement in force in one period stays in
/// force in all later ones.
fn planned_roles(inputs: &AuditInputs) -> BTreeMap<&str, NaiveDate> {
    let mut planned: BTreeMap<&str, NaiveDate> = BTreeMap::new();
    for place in &inputs.planned {
        let last = planned.entry(&place.role).or_insert(place.last);
        *last = place.last.max(*last);
    }
    planned
}

fn omitted_skills(
    inputs: &AuditInputs,
    posts: &Posts<'_>,
    family_of: &HashMap<&str, &str>,
    planned: &BTreeMap<&str, NaiveDate>,
) -> Vec<Omission> {
    let in_use: BTreeMap<&str, bool> =
        inputs.skills.iter().map(|skill| (skill.name.as_str(), skill.core)).collect();
    let mut omissions = Vec::new();
    for (&role, &last) in planned {
        let family = family_of.get(role).copied().unwrap_or_default();
        let falls =
            |plan| move |requirement: &&Requirement| requirement.falls_on(plan, role, family, last);
        let required = inputs.requirements.iter().filter(falls(&inputs.plan.name));
        let required: BTreeSet<&str> = required.map(|r| r.skill.as_str()).collect();
        let of_baseline: Vec<&Requirement> = (inputs.requirements.iter())
            .filter(|requirement| requirement.parent == inputs.baseline)
            .filter(falls(&inputs.baseline))
            .collect();
        for (skill, core) in in_use.iter().filter(|(skill, _)| !required.contains(*skill)) {
            let asks = of_baseline.iter().filter(|requirement| requirement.skill == *skill);
            let mut baseline_requirements: Vec<String> = asks.map(|r| r.name.clone()).collect();
            baseline_requirements.sort_unstable();
            if !core && baseline_requirements.is_empty() {
                continue;
            }
            omissions.push(Omission {
                kind: OmissionKind::Skill,
                organisation: inputs.plan.owner.clone(),
                role: role.to_owned(),
                skill: (*skill).to_owned(),
                in_post: posts.of_role(role),
                baseline_targets: Vec::new(),
                baseline_requirements,
                core: *core,
                requirements: Vec::new(),
                replacement: String::new(),
            });
        }
    }
    omissions
}

#[cfg(test)]
mod tests;
