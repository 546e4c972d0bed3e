//! The plan audit: pure, values in and values out. It finds the digital roles that a plan has no target
//! for although people are in post in them or the baseline plan needs them, and the skills that it does
//! not require although the baseline plan does or everyone needs them; each with the evidence.

mod context;
mod evidence;

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
pub use evidence::{BaselineTarget, InPost, Post};

use evidence::Posts;

/// What to audit, and against what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The plan.
    pub plan: String,
    /// The plan to measure it against; empty for its own baseline plan, if any.
    pub baseline: String,
    /// The day whose people in post count.
    pub as_of: NaiveDate,
}

impl Query {
    /// Checks the values alone; the query is at `field` of a request.
    pub fn check(&self, field: &str, violations: &mut Violations) {
        if !self.baseline.is_empty() && self.baseline == self.plan {
            let description = "must be another plan";
            let field = format!("{field}.baseline_plan");
            violations.add(&field, Reason::ReferenceNotAllowed, description);
        }
    }
}

/// All that an audit looks at.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The plan.
    pub plan: Plan,
    /// The name of the plan that it is measured against; empty where there is none.
    pub baseline: String,
    /// Where the plan has targets, each role of an organisation once.
    pub planned: Vec<Planned>,
    /// Those of the baseline plan; those where the plan has targets too may be left out.
    pub baseline_targets: Vec<Target>,
    /// Those of the plan, of the baseline plan, and of every role that the plan has a target for.
    pub requirements: Vec<Requirement>,
    /// All there are.
    pub organisations: Vec<Organisation>,
    /// Those with a target in either plan, or with people in post.
    pub roles: Vec<Role>,
    /// Of those that are in use: the core ones, and those that the baseline plan requires. A retired skill
    /// cannot be required any more, so that no plan forgets it.
    pub skills: Vec<Skill>,
    /// Who is in post on the day in the organisations in [`scope`], each role of one once.
    pub posts: Vec<Post>,
}

/// That a plan has targets for a role of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The organisation.
    pub organisation: String,
    /// The role.
    pub role: String,
    /// The last day of the last period with a target.
    pub last: NaiveDate,
}

impl Planned {
    /// The organisation and the role.
    pub fn place(&self) -> (&str, &str) {
        (&self.organisation, &self.role)
    }
}

/// Something that a plan forgets, with the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omission {
    /// A role or a skill.
    pub kind: GapKind,
    /// The organisation without a target for the role; of a skill, the owner of the plan.
    pub organisation: String,
    /// The role that is forgotten, or of which the skill is.
    pub role: String,
    /// The skill that is forgotten; empty where it is a role.
    pub skill: String,
    /// Who is in post in the role, the most FTE first.
    pub in_post: Vec<InPost>,
    /// What the baseline plan needs of a role.
    pub baseline_targets: Vec<BaselineTarget>,
    /// The requirements of the baseline plan that ask for a skill.
    pub baseline_requirements: Vec<String>,
    /// Whether everyone needs the skill.
    pub core: bool,
}

/// The organisations that an audit looks at, by name.
pub fn scope(
    plan: &Plan,
    planned: &[Planned],
    of_baseline: &[Planned],
    organisations: &[Organisation],
) -> Vec<String> {
    let planned = planned.iter().chain(of_baseline).map(|planned| &planned.organisation);
    analysis::organisations_of(plan, planned, organisations)
}

/// Audits: roles first, by organisation and role, then skills, by role and skill.
pub fn audit(inputs: &Inputs) -> Vec<Omission> {
    let posts = Posts::of(&inputs.posts);
    let family_of: HashMap<&str, &str> =
        inputs.roles.iter().map(|role| (role.name.as_str(), role.family.as_str())).collect();
    let mut omissions = omitted_roles(inputs, &posts, &family_of);
    omissions.extend(omitted_skills(inputs, &posts, &family_of));
    omissions
}

fn omitted_roles(
    inputs: &Inputs,
    posts: &Posts<'_>,
    family_of: &HashMap<&str, &str>,
) -> Vec<Omission> {
    let planned: HashSet<(&str, &str)> = inputs.planned.iter().map(Planned::place).collect();
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
            kind: GapKind::OmittedRole,
            in_post: posts.at(organisation, role).into_iter().collect(),
            organisation: organisation.to_owned(),
            role: role.to_owned(),
            skill: String::new(),
            baseline_targets,
            baseline_requirements: Vec::new(),
            core: false,
        }
    };
    forgotten.map(omission).collect()
}

fn omitted_skills(
    inputs: &Inputs,
    posts: &Posts<'_>,
    family_of: &HashMap<&str, &str>,
) -> Vec<Omission> {
    // A requirement that counts in one period counts in all that follow.
    let mut planned: BTreeMap<&str, NaiveDate> = BTreeMap::new();
    for place in &inputs.planned {
        let last = planned.entry(&place.role).or_insert(place.last);
        *last = place.last.max(*last);
    }
    let in_use: BTreeMap<&str, bool> =
        inputs.skills.iter().map(|skill| (skill.name.as_str(), skill.core)).collect();
    let mut omissions = Vec::new();
    for (role, last) in planned {
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
                kind: GapKind::OmittedSkill,
                organisation: inputs.plan.owner.clone(),
                role: role.to_owned(),
                skill: (*skill).to_owned(),
                in_post: posts.of_role(role),
                baseline_targets: Vec::new(),
                baseline_requirements,
                core: *core,
            });
        }
    }
    omissions
}

#[cfg(test)]
mod tests;
