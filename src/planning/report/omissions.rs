//! Roles and skills that the plan omits, with the evidence.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::{
    domain::Fte,
    planning::{
        analysis::{self, AnalysisQuery},
        audit::{self, Omission, OmissionKind},
    },
};

use super::Sources;

/// Roles and skills that a plan omits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Omissions {
    /// Roles without a target, the most FTE in post first.
    pub roles: Vec<OmissionLine>,
    /// Skills that are not required, the most FTE in post first.
    pub skills: Vec<OmissionLine>,
}

/// An omitted role, or an omitted skill of a role, with the evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OmissionLine {
    /// Title of the organisation without a target; for a skill, of the owner of the plan.
    pub organisation: String,
    /// Title of the role.
    pub role: String,
    /// Family of the role, as recorded.
    pub family: String,
    /// Title of the skill; empty if the role is omitted.
    pub skill: String,
    /// FTE in post in the role.
    pub in_post: Fte,
    /// People in post in the role.
    pub headcount: i64,
    /// Need of the baseline plan for the role in its last period.
    pub baseline: Option<BaselineNeed>,
    /// Whether the baseline plan requires the skill.
    pub required_by_baseline: bool,
    /// Whether the skill is core: everyone needs it.
    pub core: bool,
}

/// Need of a baseline plan for a role in its last period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BaselineNeed {
    /// FTE needed.
    pub needed: Fte,
    pub period_end: NaiveDate,
}

/// Omissions of the plan in the organisations asked for.
pub fn omissions(sources: &Sources, query: &AnalysisQuery) -> Omissions {
    let inputs = &sources.audit;
    let organisations: HashMap<&str, &str> =
        inputs.organisations.iter().map(|row| (row.name.as_str(), row.title.as_str())).collect();
    let roles: HashMap<&str, (&str, &str)> = (inputs.roles.iter())
        .map(|row| (row.name.as_str(), (row.title.as_str(), row.family.as_str())))
        .collect();
    let skills: HashMap<&str, &str> =
        inputs.skills.iter().map(|row| (row.name.as_str(), row.title.as_str())).collect();
    let line = |omission: &Omission| {
        let title = |titles: &HashMap<&str, &str>, name: &str| {
            titles.get(name).copied().unwrap_or(name).to_owned()
        };
        let (role, family) =
            roles.get(omission.role.as_str()).copied().unwrap_or((&omission.role, ""));
        let baseline = omission.baseline_targets.last();
        OmissionLine {
            organisation: title(&organisations, &omission.organisation),
            role: role.to_owned(),
            family: family.to_owned(),
            skill: title(&skills, &omission.skill),
            in_post: omission.in_post.iter().map(|post| post.fte).sum(),
            headcount: omission.in_post.iter().map(|post| post.headcount).sum(),
            baseline: baseline.map(|target| BaselineNeed {
                needed: target.needed,
                period_end: target.period_end,
            }),
            required_by_baseline: !omission.baseline_requirements.is_empty(),
            core: omission.core,
        }
    };
    let asked = analysis::named(&inputs.organisations, query);
    // A plan that omits a skill omits it in every organisation.
    let wanted = |omission: &&Omission| {
        omission.kind == OmissionKind::Skill
            || query.organisations.is_empty()
            || asked.binary_search(&omission.organisation).is_ok()
    };
    let found = audit::audit(inputs);
    let (mut roles_omitted, mut skills_omitted) = (Vec::new(), Vec::new());
    for omission in found.iter().filter(wanted) {
        match omission.kind {
            OmissionKind::Role => roles_omitted.push(line(omission)),
            OmissionKind::Skill => skills_omitted.push(line(omission)),
            // Nothing is omitted: the causes of the gap tell it.
            OmissionKind::RequiresRetiredSkill => {}
        }
    }
    roles_omitted.sort_by_key(|line| -line.in_post);
    skills_omitted.sort_by_key(|line| -line.in_post);
    Omissions { roles: roles_omitted, skills: skills_omitted }
}
