//! What an audit of a plan looks at.

use std::collections::HashSet;

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Func},
};

use crate::{
    domain::{
        AsOf, Framework, Fte, Plan, Result, Skill, Target,
        framework::FrameworkState,
        name, organisation, requirement, role,
        skill::{self, SkillState},
        staffing, target,
    },
    planning::audit::{self, InPost, Inputs, Planned, Post, Query},
    registry::distinct::distinct,
    store::{Lock, Snapshot},
};

use super::{existence::get, people::in_post_on};

/// Reads all that the audit looks at.
pub(in crate::registry) async fn audit_inputs(
    snapshot: &Snapshot,
    query: &Query,
) -> Result<Inputs> {
    let audited = get::<Plan, _>(snapshot, &query.plan, AsOf::Latest).await?;
    let baseline = match query.baseline.as_str() {
        "" => audited.baseline_plan.clone(),
        given => get::<Plan, _>(snapshot, given, AsOf::Latest).await?.name,
    };
    let plan = audited;
    let planned = planned_by(snapshot, &plan.name).await?;
    let of_baseline = planned_by(snapshot, &baseline).await?;
    let baseline_targets = without(snapshot, &baseline, &of_baseline, &planned).await?;
    let mut parents = distinct(planned.iter().map(|planned| &planned.role));
    parents.extend([plan.name.clone(), baseline.clone()]);
    let requirements = requirement::Entity::find().filter(snapshot.any("parent", &parents));
    let requirements = snapshot.select(requirements).await?;
    let organisations = snapshot.select(organisation::Entity::find()).await?;
    let scope = audit::scope(&plan, &planned, &of_baseline, &organisations);
    let posts = posts(snapshot, &scope, query.as_of).await?;
    let roles = planned.iter().chain(&of_baseline).map(|planned| &planned.role);
    let roles = distinct(roles.chain(posts.iter().map(|post| &post.role)));
    let roles = snapshot.select(role::Entity::find().filter(snapshot.any("name", &roles))).await?;
    let asked = requirements.iter().filter(|requirement| requirement.parent == baseline);
    let asked = distinct(asked.map(|requirement| &requirement.skill));
    let skills = skills_in_use(snapshot, asked).await?;
    Ok(Inputs {
        plan,
        baseline,
        planned,
        baseline_targets,
        requirements,
        organisations,
        roles,
        skills,
        posts,
    })
}

/// Where a plan has targets: a line for each role of an organisation, and not each target, of which a
/// national plan has hundreds of thousands.
async fn planned_by(snapshot: &Snapshot, plan: &str) -> Result<Vec<Planned>> {
    let last = Func::max(Expr::col(target::Column::PeriodEndDate));
    let lines = target::Entity::find()
        .filter(target::Column::Parent.eq(plan))
        .select_only()
        .column(target::Column::Organisation)
        .column(target::Column::Role)
        .column_as(Expr::expr(last), "last")
        .group_by(target::Column::Organisation)
        .group_by(target::Column::Role);
    let lines: Vec<(String, String, NaiveDate)> = snapshot.select_tuple(lines).await?;
    let planned = |(organisation, role, last)| Planned { organisation, role, last };
    Ok(lines.into_iter().map(planned).collect())
}

/// The targets of a plan, at least those where another has none.
async fn without(
    snapshot: &Snapshot,
    plan: &str,
    its: &[Planned],
    others: &[Planned],
) -> Result<Vec<Target>> {
    let others: HashSet<(&str, &str)> = others.iter().map(Planned::place).collect();
    let only = its.iter().filter(|planned| !others.contains(&planned.place()));
    let roles = distinct(only.map(|planned| &planned.role));
    let select = target::Entity::find()
        .filter(target::Column::Parent.eq(plan))
        .filter(snapshot.any("role", &roles));
    Ok(snapshot.select(select).await?)
}

/// Who is in post on a day in these organisations, each role of one in sum.
async fn posts(snapshot: &Snapshot, scope: &[String], day: NaiveDate) -> Result<Vec<Post>> {
    // A sum of whole numbers is a numeric, if not told otherwise.
    let sum = |column| Expr::expr(Func::sum(Expr::col(column))).cast_as("bigint");
    let sums = in_post_on(snapshot.any("parent", scope), day)
        .select_only()
        .column(staffing::Column::Parent)
        .column(staffing::Column::Role)
        .column_as(sum(staffing::Column::Fte), "fte")
        .column_as(sum(staffing::Column::Headcount), "headcount")
        .group_by(staffing::Column::Parent)
        .group_by(staffing::Column::Role);
    let sums: Vec<(String, String, i64, i64)> = snapshot.select_tuple(sums).await?;
    let post = |(organisation, role, fte, headcount)| Post {
        role,
        who: InPost { organisation, fte: Fte::parts(fte), headcount },
    };
    Ok(sums.into_iter().map(post).collect())
}

/// The core skills and those asked for, as far as they can still be required.
async fn skills_in_use(snapshot: &Snapshot, asked: Vec<String>) -> Result<Vec<Skill>> {
    let core = skill::Entity::find().filter(skill::Column::Core.eq(true));
    let asked = skill::Entity::find().filter(snapshot.any("name", &asked));
    let mut skills = snapshot.select(core).await?;
    skills.extend(snapshot.select(asked).await?.into_iter().filter(|skill| !skill.core));
    let frameworks = distinct(skills.iter().map(|skill| &skill.parent));
    let frameworks: Vec<Framework> = snapshot.find(&frameworks, Lock::None).await?;
    let retired: HashSet<String> = (frameworks.into_iter())
        .filter(|framework| framework.state == FrameworkState::Retired)
        .map(|framework| framework.name)
        .collect();
    let retired = |skill: &Skill| name::parent_of(&skill.name).is_some_and(|n| retired.contains(n));
    skills.retain(|skill| skill.state == SkillState::Active && !retired(skill));
    Ok(skills)
}
