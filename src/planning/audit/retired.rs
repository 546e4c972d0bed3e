//! Skills that a plan requires although they are retired.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::domain::Skill;

use super::{AuditInputs, Omission, OmissionKind, evidence::Posts};

/// A retired skill, with the one to require instead.
#[derive(Clone, Debug)]
pub struct RetiredSkill {
    /// The skill.
    pub skill: Skill,
    /// Name of the skill that replaces it, along the chain of those that are retired too; empty if none does.
    pub replacement: String,
}

/// Retired skills that roles with a target require, by role and skill.
pub(super) fn required(
    inputs: &AuditInputs,
    posts: &Posts<'_>,
    family_of: &HashMap<&str, &str>,
    planned: &BTreeMap<&str, NaiveDate>,
) -> Vec<Omission> {
    let retired: BTreeMap<&str, &RetiredSkill> =
        inputs.retired.iter().map(|retired| (retired.skill.name.as_str(), retired)).collect();
    let mut found = Vec::new();
    for (role, last) in planned {
        let family = family_of.get(role).copied().unwrap_or_default();
        let mut of_role: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for requirement in &inputs.requirements {
            if requirement.falls_on(&inputs.plan.name, role, family, *last)
                && retired.contains_key(requirement.skill.as_str())
            {
                of_role.entry(&requirement.skill).or_default().push(requirement.name.clone());
            }
        }
        for (skill, mut requirements) in of_role {
            requirements.sort_unstable();
            found.push(Omission {
                kind: OmissionKind::RequiresRetiredSkill,
                organisation: inputs.plan.owner.clone(),
                role: (*role).to_owned(),
                skill: skill.to_owned(),
                in_post: posts.of_role(role),
                baseline_targets: Vec::new(),
                baseline_requirements: Vec::new(),
                core: retired[skill].skill.core,
                requirements,
                replacement: retired[skill].replacement.clone(),
            });
        }
    }
    found
}
