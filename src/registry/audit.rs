//! Plan audits: all that one looks at is read in one snapshot, and then it is pure.

use std::collections::HashSet;

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Func},
};

use crate::{
    domain::{
        Caller, Exact, Framework, Plan, Result, Right, Skill, Target,
        framework::FrameworkState,
        name, organisation, requirement, role,
        skill::{self, SkillState},
        staffing, target,
    },
    planning::audit::{self, InPost, Inputs, Omission, Planned, Post, Query},
    registry::step,
    store::{Lock, Snapshot},
};

use super::{
    Registry,
    analysis::{blocking, distinct, in_post_on},
};

/// What an audit found, and what it looked at.
pub struct Audited {
    /// All that was looked at.
    pub inputs: Inputs,
    /// What the plan forgets.
    pub omissions: Vec<Omission>,
    /// The revision that everything was read at.
    pub revision: i64,
}

impl Registry {
    /// Audits a plan.
    pub async fn audit(&self, caller: &Caller, query: &Query) -> Result<Audited> {
        caller.require(Right::Read)?;
        let snapshot = self.store.snapshot().await?;
        let inputs = read(&snapshot, query).await?;
        let revision = snapshot.revision();
        drop(snapshot);
        blocking(move || {
            let omissions = audit::audit(&inputs);
            Audited { inputs, omissions, revision }
        })
        .await
    }
}

/// Reads all that the audit looks at.
pub(super) async fn read(snapshot: &Snapshot, query: &Query) -> Result<Inputs> {
    let audited = plan(snapshot, &query.plan).await?;
    let baseline = match query.baseline.as_str() {
        "" => audited.baseline_plan.clone(),
        given => plan(snapshot, given).await?.name,
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

async fn plan(snapshot: &Snapshot, name: &str) -> Result<Plan> {
    let found = snapshot.find::<Plan>(&[name.to_owned()], Lock::None).await?.pop();
    found.ok_or_else(|| step::not_found::<Plan>(Some(name.to_owned())))
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
        who: InPost { organisation, fte: Exact::parts(fte), headcount },
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
