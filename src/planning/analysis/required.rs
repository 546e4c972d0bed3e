//! Combines the requirements of roles and of the plan.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use crate::domain::{Ratio, Requirement, Role, name, requirement::Importance};

use super::AnalysisInputs;

/// What a role requires in one skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredSkill {
    /// Minimum rank; 0 if it is enough to hold the skill at all.
    pub minimum_level: i32,
    /// Lowest rank of an assessment that meets it. For the minimum level 0 it is 1 in a framework with levels,
    /// where 0 is below every level.
    pub lowest_rank: i32,
    /// Essential or desirable.
    pub importance: Importance,
    /// Weight of a shortfall in priorities and weighted coverage.
    pub weight: Ratio,
    /// Minimum number of people who should hold the skill.
    pub minimum_holders: i32,
    /// Names of the requirements that this combines.
    pub requirements: Vec<String>,
}

/// Requirements indexed by the role or family that they apply to.
pub(crate) struct Requirements<'a> {
    plan: &'a str,
    of_roles: HashMap<&'a str, Vec<&'a Requirement>>,
    of_plan: Vec<&'a Requirement>,
    /// Names of the frameworks without levels.
    without_levels: HashSet<&'a str>,
}

impl<'a> Requirements<'a> {
    /// Indexes the requirements of roles and of the plan.
    pub fn of(inputs: &'a AnalysisInputs) -> Self {
        let mut of_roles: HashMap<&str, Vec<&Requirement>> = HashMap::new();
        let mut of_plan = Vec::new();
        for requirement in inputs.requirements() {
            match requirement.parent == inputs.plan.name {
                true => of_plan.push(requirement),
                false => of_roles.entry(&requirement.parent).or_default().push(requirement),
            }
        }
        let without_levels =
            inputs.frameworks.iter().filter(|framework| framework.levels.0.is_empty());
        Self {
            plan: &inputs.plan.name,
            of_roles,
            of_plan,
            without_levels: without_levels.map(|framework| framework.name.as_str()).collect(),
        }
    }

    /// Skills that a role requires in a period, by name: those of the role, and those that the plan asks of
    /// the role or its family. If several requirements name the same skill, the stricter value of each field
    /// applies.
    pub fn in_period(&self, role: &Role, period: NaiveDate) -> BTreeMap<&'a str, RequiredSkill> {
        let of_role = self.of_roles.get(role.name.as_str()).into_iter().flatten();
        let falls_on = |requirement: &&&Requirement| {
            requirement.falls_on(self.plan, &role.name, &role.family, period)
        };
        let mut required: BTreeMap<&str, RequiredSkill> = BTreeMap::new();
        for requirement in of_role.chain(&self.of_plan).filter(falls_on) {
            let one = RequiredSkill::from(*requirement);
            match required.get_mut(requirement.skill.as_str()) {
                Some(other) => other.tighten(one),
                None => {
                    required.insert(&requirement.skill, one);
                }
            }
        }
        for (skill, required) in &mut required {
            required.requirements.sort_unstable();
            let framework = name::parent_of(skill).unwrap_or_default();
            let least = i32::from(!self.without_levels.contains(framework));
            required.lowest_rank = required.minimum_level.max(least);
        }
        required
    }
}

impl From<&Requirement> for RequiredSkill {
    fn from(requirement: &Requirement) -> Self {
        Self {
            minimum_level: requirement.minimum_level,
            lowest_rank: requirement.minimum_level,
            importance: requirement.importance,
            weight: requirement.weight,
            minimum_holders: requirement.minimum_holders,
            requirements: vec![requirement.name.clone()],
        }
    }
}

impl RequiredSkill {
    fn tighten(&mut self, other: Self) {
        self.minimum_level = self.minimum_level.max(other.minimum_level);
        self.importance = self.importance.max(other.importance);
        self.weight = self.weight.max(other.weight);
        self.minimum_holders = self.minimum_holders.max(other.minimum_holders);
        self.requirements.extend(other.requirements);
    }
}
