//! What the plan forgets, with the evidence in words.

use std::collections::HashMap;

use crate::{
    domain::{Fte, gap::GapKind},
    planning::{
        analysis::{self, Query},
        audit::{self, Omission},
    },
};

use super::{Sources, words};

/// What a plan forgets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// The title of the plan that it is measured against; empty where there is none.
    pub baseline: String,
    /// Roles without a target, the most FTE in post first.
    pub roles: Vec<Omitted>,
    /// Skills that are not required, the most FTE in post first.
    pub skills: Vec<Omitted>,
}

/// Something forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omitted {
    /// The title of the organisation without a target; of a skill, of the owner of the plan.
    pub organisation: String,
    /// The title of the role.
    pub role: String,
    /// What its family is called.
    pub family: String,
    /// The title of the skill; empty where the role is forgotten.
    pub skill: String,
    /// How many FTE are in post in the role.
    pub in_post: Fte,
    /// What the baseline plan needs of the role in its last period.
    pub baseline_needed: Fte,
    /// Why it should be in the plan.
    pub evidence: String,
}

/// What the plan forgets in the organisations asked for.
pub fn of(sources: &Sources, query: &Query) -> Forgotten {
    let inputs = &sources.audit;
    let organisations: HashMap<&str, &str> =
        inputs.organisations.iter().map(|row| (row.name.as_str(), row.title.as_str())).collect();
    let roles: HashMap<&str, (&str, &str)> = (inputs.roles.iter())
        .map(|row| (row.name.as_str(), (row.title.as_str(), row.family.as_str())))
        .collect();
    let skills: HashMap<&str, &str> =
        inputs.skills.iter().map(|row| (row.name.as_str(), row.title.as_str())).collect();
    let omitted = |omission: &Omission| {
        let title = |titles: &HashMap<&str, &str>, name: &str| {
            titles.get(name).copied().unwrap_or(name).to_owned()
        };
        let (role, family) =
            roles.get(omission.role.as_str()).copied().unwrap_or((&omission.role, ""));
        Omitted {
            organisation: title(&organisations, &omission.organisation),
            role: role.to_owned(),
            family: words::family(family),
            skill: title(&skills, &omission.skill),
            in_post: omission.in_post.iter().map(|post| post.fte).sum(),
            baseline_needed: omission.baseline_targets.last().map_or(Fte::ZERO, |t| t.needed),
            evidence: evidence(omission),
        }
    };
    let asked = analysis::named(&inputs.organisations, query);
    // A skill that is not required is so everywhere.
    let wanted = |omission: &&Omission| {
        omission.kind == GapKind::OmittedSkill
            || query.organisations.is_empty()
            || asked.binary_search(&omission.organisation).is_ok()
    };
    let omissions = audit::audit(inputs);
    let (mut of_roles, mut of_skills) = (Vec::new(), Vec::new());
    for omission in omissions.iter().filter(wanted) {
        match omission.kind {
            GapKind::OmittedRole => of_roles.push(omitted(omission)),
            _ => of_skills.push(omitted(omission)),
        }
    }
    of_roles.sort_by_key(|omitted| -omitted.in_post);
    of_skills.sort_by_key(|omitted| -omitted.in_post);
    let baseline = sources.baseline.as_ref().map_or_else(String::new, |plan| plan.title.clone());
    Forgotten { baseline, roles: of_roles, skills: of_skills }
}

fn evidence(omission: &Omission) -> String {
    let in_post: i64 = omission.in_post.iter().map(|post| post.headcount).sum();
    let in_post_fte: Fte = omission.in_post.iter().map(|post| post.fte).sum();
    let posts = (in_post > 0).then(|| {
        let people = usize::try_from(in_post).unwrap_or(usize::MAX);
        let people = words::several(people, "person", "people");
        format!("{people} ({} FTE) in post", words::fte(in_post_fte))
    });
    let baseline = omission.baseline_targets.last().map(|target| {
        let needed = words::fte(target.needed);
        format!("the baseline plan needs {needed} FTE by {}", words::date(target.period_end))
    });
    let required = (!omission.baseline_requirements.is_empty())
        .then(|| "the baseline plan requires it".to_owned());
    let core = omission.core.then(|| "it is a core skill, which everyone needs".to_owned());
    let all: Vec<String> = posts.into_iter().chain(baseline).chain(required).chain(core).collect();
    all.join("; ")
}
