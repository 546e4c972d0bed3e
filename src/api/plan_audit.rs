//! Plan audits.

use std::collections::HashMap;

use crate::{
    domain::{Caller, Plan, Reason, Result, Violations},
    planning::audit::{AuditContext, AuditQuery, BaselineTarget, InPost, Omission, OmissionKind},
    registry::{PlanAudit, Registry},
};

use super::{
    page::{PageWindow, Pin},
    standard, v1,
    wire::{WireValue, wire_enum},
};

wire_enum! {
    OmissionKind => OmissionKind { Role, Skill, RequiresRetiredSkill }
}

/// Maximum number of organisations with people in post per omission.
const MAX_IN_POST: usize = 100;

/// Handles AuditPlan.
pub async fn page(
    registry: &Registry,
    caller: &Caller,
    request: v1::AuditPlanRequest,
) -> Result<v1::AuditPlanResponse> {
    let mut violations = Violations::default();
    let window = PageWindow::read(&request, &mut violations);
    let mut query = self::query(registry, "query", request.query, &mut violations);
    query.as_of = window.day(query.as_of);
    violations.into_result()?;
    registry.recognise(caller, window.given()).await?;
    let audited = registry.audit_plan(caller, &query, window.as_of()).await?;
    let head = registry.head(caller).await?;
    let pin = Pin { revision: audited.revision, day: Some(query.as_of) };
    let (page, next_page_token) = window.of(&audited.omissions, pin, &head);
    let titles = Titles::of(&audited);
    Ok(v1::AuditPlanResponse {
        context: Some(context(&audited.context(&query))),
        omissions: page.iter().map(|omission| titles.omission(omission)).collect(),
        next_page_token,
    })
}

/// Reads a query from the message at `field`.
pub fn query(
    registry: &Registry,
    field: &str,
    wire: Option<v1::PlanAuditQuery>,
    violations: &mut Violations,
) -> AuditQuery {
    if wire.is_none() {
        violations.add(field, Reason::Required, "must not be empty");
    }
    let wire = wire.unwrap_or_default();
    let path = |name: &str| format!("{field}.{name}");
    let plan = standard::one_name::<Plan>(&path("plan"), &wire.plan, violations);
    let baseline = match wire.baseline_plan.as_str() {
        "" => String::new(),
        text => standard::one_name::<Plan>(&path("baseline_plan"), text, violations),
    };
    let as_of = WireValue::from_wire(wire.as_of_date, &path("as_of_date"), violations);
    let query = AuditQuery { plan, baseline, as_of: registry.day_or_today(as_of) };
    query.check(field, violations);
    query
}

/// Turns a context into a message.
pub fn context(context: &AuditContext) -> v1::PlanAuditContext {
    let AuditContext { query, roles, skills, retired, .. } = context;
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    v1::PlanAuditContext {
        query: Some(v1::PlanAuditQuery {
            plan: query.plan.clone(),
            baseline_plan: query.baseline.clone(),
            as_of_date: query.as_of.to_string(),
        }),
        plan_title: context.plan_title.clone(),
        plan_revision: context.plan_revision,
        read_revision: context.revision.number(),
        omission_count: count(roles + skills + retired),
        omitted_role_count: count(*roles),
        omitted_skill_count: count(*skills),
        retired_skill_count: count(*retired),
    }
}

/// Titles of the resources that omissions name.
struct Titles<'a> {
    of: HashMap<&'a str, &'a str>,
    family: HashMap<&'a str, &'a str>,
}

impl<'a> Titles<'a> {
    fn of(audited: &'a PlanAudit) -> Self {
        let inputs = &audited.inputs;
        let organisations = inputs.organisations.iter().map(|o| (o.name.as_str(), &o.title));
        let roles = inputs.roles.iter().map(|role| (role.name.as_str(), &role.title));
        let retired = inputs.retired.iter().map(|retired| &retired.skill);
        let skills = inputs.skills.iter().chain(retired);
        let skills = skills.map(|skill| (skill.name.as_str(), &skill.title));
        let titles = organisations.chain(roles).chain(skills);
        let families = inputs.roles.iter();
        Self {
            of: titles.map(|(name, title)| (name, title.as_str())).collect(),
            family: families.map(|role| (role.name.as_str(), role.family.as_str())).collect(),
        }
    }

    fn title(&self, name: &str) -> String {
        self.of.get(name).copied().unwrap_or_default().to_owned()
    }

    fn omission(&self, omission: &Omission) -> v1::PlanOmission {
        let Omission { kind, organisation, role, skill, in_post, .. } = omission;
        v1::PlanOmission {
            kind: kind.to_wire(),
            organisation: organisation.clone(),
            organisation_title: self.title(organisation),
            role: role.clone(),
            role_title: self.title(role),
            family: self.family.get(role.as_str()).copied().unwrap_or_default().to_owned(),
            skill: skill.clone(),
            skill_title: self.title(skill),
            in_post: in_post.iter().take(MAX_IN_POST).map(|post| self.in_post(post)).collect(),
            in_post_organisation_count: i32::try_from(in_post.len()).unwrap_or(i32::MAX),
            in_post_fte: in_post.iter().map(|post| post.fte).sum::<crate::domain::Fte>().to_wire(),
            in_post_headcount: in_post.iter().map(|post| post.headcount).sum(),
            baseline_targets: omission.baseline_targets.iter().map(baseline_target).collect(),
            baseline_requirements: omission.baseline_requirements.clone(),
            core: omission.core,
            requirements: omission.requirements.clone(),
            replacement: omission.replacement.clone(),
        }
    }

    fn in_post(&self, post: &InPost) -> v1::RoleInPost {
        v1::RoleInPost {
            organisation: post.organisation.clone(),
            organisation_title: self.title(&post.organisation),
            fte: post.fte.to_wire(),
            headcount: post.headcount,
        }
    }
}

fn baseline_target(target: &BaselineTarget) -> v1::BaselineTarget {
    v1::BaselineTarget {
        target: target.name.clone(),
        period_end_date: target.period_end.to_string(),
        needed_fte: target.needed.to_wire(),
    }
}
