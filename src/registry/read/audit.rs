//! Reads the inputs of a plan audit.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Func},
};

use crate::{
    domain::{
        Framework, Fte, Organisation, Plan, Requirement, Result, Role, Skill, Staffing, Target,
        framework::FrameworkState,
        name, organisation, requirement,
        skill::{self, SkillState},
        staffing, target,
    },
    planning::audit::{
        self, AuditInputs, AuditQuery, InPost, OccupiedPost, PlannedRole, RetiredSkill,
    },
    registry::distinct::distinct,
};

use super::{
    people::{in_post_on, is_in_post_on},
    view::View,
};

/// Reads the inputs of a plan audit.
pub(in crate::registry) async fn audit_inputs(
    view: &View,
    query: &AuditQuery,
) -> Result<AuditInputs> {
    let plan: Plan = view.get(&query.plan).await?;
    let baseline = match query.baseline.as_str() {
        "" => plan.baseline_plan.clone(),
        given => view.get::<Plan>(given).await?.name,
    };
    let replaced: Vec<Target> = view.replaced().await?;
    let planned = planned_by(view, &plan.name, &replaced).await?;
    let of_baseline = planned_by(view, &baseline, &replaced).await?;
    let baseline_targets = without(view, &baseline, &of_baseline, &planned, replaced).await?;
    let mut parents = distinct(planned.iter().map(|planned| &planned.role));
    parents.extend([plan.name.clone(), baseline.clone()]);
    let requirements = requirements(view, &parents).await?;
    let organisations: Vec<Organisation> =
        view.select(organisation::Entity::find(), |_| true).await?;
    let scope = audit::scope(&plan, &planned, &of_baseline, &organisations);
    let posts = posts(view, &scope, query.as_of).await?;
    let roles = planned.iter().chain(&of_baseline).map(|planned| &planned.role);
    let roles = distinct(roles.chain(posts.iter().map(|post| &post.role)));
    let roles: Vec<Role> = view.find(&roles).await?;
    let asked = requirements.iter().filter(|requirement| requirement.parent == baseline);
    let asked = distinct(asked.map(|requirement| &requirement.skill));
    let skills = skills_in_use(view, asked).await?;
    let required = requirements.iter().filter(|requirement| requirement.parent != baseline);
    let required = distinct(required.map(|requirement| &requirement.skill));
    let retired = retired_skills(view, required).await?;
    Ok(AuditInputs {
        plan,
        baseline,
        planned,
        baseline_targets,
        requirements,
        organisations,
        roles,
        skills,
        retired,
        posts,
    })
}

/// Requirements of these parents.
async fn requirements(view: &View, parents: &[String]) -> Result<Vec<Requirement>> {
    let select = requirement::Entity::find().filter(view.any("parent", parents));
    let parents: HashSet<&String> = parents.iter().collect();
    view.select(select, |row: &Requirement| parents.contains(&row.parent)).await
}

/// Roles of organisations with targets in a plan: one line each instead of every target, of which a national
/// plan has hundreds of thousands. `replaced` are the former states of targets that have changed since.
async fn planned_by(view: &View, plan: &str, replaced: &[Target]) -> Result<Vec<PlannedRole>> {
    let last = Func::max(Expr::col(target::Column::PeriodEndDate));
    let of_plan = Condition::all().add(target::Column::Parent.eq(plan));
    let lines = target::Entity::find()
        .filter(view.unchanged(of_plan))
        .select_only()
        .column(target::Column::Organisation)
        .column(target::Column::Role)
        .column_as(Expr::expr(last), "last")
        .group_by(target::Column::Organisation)
        .group_by(target::Column::Role);
    let lines: Vec<(String, String, NaiveDate)> = view.snapshot().select_tuple(lines).await?;
    let replaced = (replaced.iter().filter(|target| target.parent == plan))
        .map(|row| (row.organisation.clone(), row.role.clone(), row.period_end_date));
    let mut planned: BTreeMap<(String, String), NaiveDate> = BTreeMap::new();
    for (organisation, role, end) in lines.into_iter().chain(replaced) {
        let last = planned.entry((organisation, role)).or_insert(end);
        *last = Ord::max(end, *last);
    }
    let line = |((organisation, role), last)| PlannedRole { organisation, role, last };
    Ok(planned.into_iter().map(line).collect())
}

/// Targets of a plan, at least those for which another plan has none. `replaced` are the former states of targets
/// that have changed since.
async fn without(
    view: &View,
    plan: &str,
    its: &[PlannedRole],
    others: &[PlannedRole],
    replaced: Vec<Target>,
) -> Result<Vec<Target>> {
    let others: HashSet<(&str, &str)> = others.iter().map(PlannedRole::place).collect();
    let only = its.iter().filter(|planned| !others.contains(&planned.place()));
    let roles = distinct(only.map(|planned| &planned.role));
    let wanted =
        Condition::all().add(target::Column::Parent.eq(plan)).add(view.any("role", &roles));
    let select = target::Entity::find().filter(view.unchanged(wanted));
    let mut targets: Vec<Target> = view.snapshot().select(select).await?;
    targets
        .extend(replaced.into_iter().filter(|row| row.parent == plan && roles.contains(&row.role)));
    Ok(targets)
}

/// People in post on a day in these organisations, summed by organisation and role.
async fn posts(view: &View, scope: &[String], day: NaiveDate) -> Result<Vec<OccupiedPost>> {
    // PostgreSQL sums integers as numeric; hence the cast.
    let sum = |column| Expr::expr(Func::sum(Expr::col(column))).cast_as("bigint");
    let sums = in_post_on(view.unchanged(view.any("parent", scope)), day)
        .select_only()
        .column(staffing::Column::Parent)
        .column(staffing::Column::Role)
        .column_as(sum(staffing::Column::Fte), "fte")
        .column_as(sum(staffing::Column::Headcount), "headcount")
        .group_by(staffing::Column::Parent)
        .group_by(staffing::Column::Role);
    let sums: Vec<(String, String, i64, i64)> = view.snapshot().select_tuple(sums).await?;
    let replaced: Vec<Staffing> = view.replaced().await?;
    let scope: HashSet<&String> = scope.iter().collect();
    let replaced = (replaced.into_iter())
        .filter(|row| scope.contains(&row.parent) && is_in_post_on(row, day))
        .map(|row| (row.parent, row.role, row.fte.count(), i64::from(row.headcount)));
    let mut posts: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
    for (organisation, role, fte, headcount) in sums.into_iter().chain(replaced) {
        let sum = posts.entry((organisation, role)).or_default();
        *sum = (sum.0 + fte, sum.1 + headcount);
    }
    let post = |((organisation, role), (fte, headcount))| OccupiedPost {
        role,
        who: InPost { organisation, fte: Fte::parts(fte), headcount },
    };
    Ok(posts.into_iter().map(post).collect())
}

/// The core skills and those asked for, except retired ones.
async fn skills_in_use(view: &View, asked: Vec<String>) -> Result<Vec<Skill>> {
    let core = skill::Entity::find().filter(skill::Column::Core.eq(true));
    let mut skills = view.select(core, |skill: &Skill| skill.core).await?;
    let asked: Vec<Skill> = view.find(&asked).await?;
    skills.extend(asked.into_iter().filter(|skill| !skill.core));
    let frameworks = distinct(skills.iter().map(|skill| &skill.parent));
    let frameworks: Vec<Framework> = view.find(&frameworks).await?;
    let retired: HashSet<String> = (frameworks.into_iter())
        .filter(|framework| framework.state == FrameworkState::Retired)
        .map(|framework| framework.name)
        .collect();
    let retired = |skill: &Skill| name::parent_of(&skill.name).is_some_and(|n| retired.contains(n));
    skills.retain(|skill| skill.state == SkillState::Active && !retired(skill));
    Ok(skills)
}

/// Those of these skills that are retired, each with what replaces it.
async fn retired_skills(view: &View, required: Vec<String>) -> Result<Vec<RetiredSkill>> {
    let is_retired = |skill: &Skill| skill.state == SkillState::Retired;
    let required: Vec<Skill> = view.find(&required).await?;
    let mut retired = Vec::new();
    for skill in required.into_iter().filter(is_retired) {
        let mut replacement = skill.replaced_by.clone();
        // The chain ends: it cannot form a cycle.
        while !replacement.is_empty() {
            let found: Vec<Skill> = view.find(std::slice::from_ref(&replacement)).await?;
            match found.into_iter().find(|next| is_retired(next) && !next.replaced_by.is_empty()) {
                Some(next) => replacement = next.replaced_by,
                None => break,
            }
        }
        retired.push(RetiredSkill { skill, replacement });
    }
    Ok(retired)
}
