//! What role and plan together require.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::{Exact, Requirement, requirement::Importance};

use super::{Catalogue, Inputs};

/// What is required of a role in a skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Required {
    /// The rank that is enough; 0 where holding the skill at all is.
    pub minimum_level: i32,
    /// How much it matters.
    pub importance: Importance,
    /// How much a shortfall counts.
    pub weight: Exact,
    /// How many people at the least should hold it.
    pub minimum_holders: i32,
    /// The requirements that it comes from, by name.
    pub requirements: Vec<String>,
}

/// The skills required of a role in a period: those of the role, and those that the
/// plan asks of the role or its family. Where several ask for the same skill, the stricter of each
/// part applies.
pub(in crate::domain) fn of(
    inputs: &Inputs,
    catalogue: &Catalogue,
    role: &str,
    period_end: NaiveDate,
) -> BTreeMap<String, Required> {
    let family = catalogue.family_of(role);
    let falls_on = |requirement: &&Requirement| {
        requirement.falls_on(&inputs.plan.name, role, family, period_end)
    };
    let mut required: BTreeMap<String, Required> = BTreeMap::new();
    for requirement in inputs.requirements.iter().filter(falls_on) {
        let one = Required::from(requirement);
        match required.get_mut(&requirement.skill) {
            Some(other) => other.tighten(one),
            None => {
                required.insert(requirement.skill.clone(), one);
            }
        }
    }
    for required in required.values_mut() {
        required.requirements.sort_unstable();
    }
    required
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
