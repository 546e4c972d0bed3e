//! What role and plan together require.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::domain::{Ratio, Requirement, Role, requirement::Importance};

use super::AnalysisInputs;

/// What is required of a role in a skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Required {
    /// The rank that is enough; 0 where holding the skill at all is.
    pub minimum_level: i32,
    /// How much it matters.
    pub importance: Importance,
    /// How much a shortfall counts.
    pub weight: Ratio,
    /// How many people at the least should hold it.
    pub minimum_holders: i32,
    /// The requirements that it comes from, by name.
    pub requirements: Vec<String>,
}

/// All requirements, by what they fall on.
pub(crate) struct Requirements<'a> {
    plan: &'a str,
    of_roles: HashMap<&'a str, Vec<&'a Requirement>>,
    of_plan: Vec<&'a Requirement>,
}

impl<'a> Requirements<'a> {
    /// Those of roles, and those of the plan.
    pub fn of(inputs: &'a AnalysisInputs) -> Self {
        let mut of_roles: HashMap<&str, Vec<&Requirement>> = HashMap::new();
        let mut of_plan = Vec::new();
        for requirement in inputs.requirements() {
            match requirement.parent == inputs.plan.name {
                true => of_plan.push(requirement),
                false => of_roles.entry(&requirement.parent).or_default().push(requirement),
            }
        }
        Self { plan: &inputs.plan.name, of_roles, of_plan }
    }

    /// The skills required of a role in a period, by name: those of the role, and those that the plan
    /// asks of the role or its family. Where several ask for the same skill, the stricter of each part
    /// applies.
    pub fn in_period(&self, role: &Role, period: NaiveDate) -> BTreeMap<&'a str, Required> {
        let of_role = self.of_roles.get(role.name.as_str()).into_iter().flatten();
        let falls_on = |requirement: &&&Requirement| {
            requirement.falls_on(self.plan, &role.name, &role.family, period)
        };
        let mut required: BTreeMap<&str, Required> = BTreeMap::new();
        for requirement in of_role.chain(&self.of_plan).filter(falls_on) {
            let one = Required::from(*requirement);
            match required.get_mut(requirement.skill.as_str()) {
                Some(other) => other.tighten(one),
                None => {
                    required.insert(&requirement.skill, one);
                }
            }
        }
        for required in required.values_mut() {
            required.requirements.sort_unstable();
        }
        required
    }
}

impl From<&Requirement> for Required {
    fn from(requirement: &Requirement) -> Self {
        Self {
            minimum_level: requirement.minimum_level,
            importance: requirement.importance,
            weight: requirement.weight,
            minimum_holders: requirement.minimum_holders,
            requirements: vec![requirement.name.clone()],
        }
    }
}

impl Required {
    fn tighten(&mut self, other: Self) {
        self.minimum_level = self.minimum_level.max(other.minimum_level);
        self.importance = self.importance.max(other.importance);
        self.weight = self.weight.max(other.weight);
        self.minimum_holders = self.minimum_holders.max(other.minimum_holders);
        self.requirements.extend(other.requirements);
    }
}
