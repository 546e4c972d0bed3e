//! Plan audits: all that one looks at is read in one snapshot, and then it is pure.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::store::{Lock, Snapshot};

use crate::domain::{
    Caller, Framework, Plan, Result, Right, Skill,
    audit::{self, Inputs, Omission, Query},
    framework::FrameworkState,
    name, organisation, requirement, role, skill,
    skill::SkillState,
    step, target,
};

use super::{
    Registry,
    analysis::{blocking, distinct, staffing},
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
    let of = |plan: &str| target::Entity::find().filter(target::Column::Parent.eq(plan));
    let targets = snapshot.select(of(&plan.name)).await?;
    let baseline_targets = snapshot.select(of(&baseline)).await?;
    let mut parents = distinct(targets.iter().map(|target| &target.role));
    parents.extend([plan.name.clone(), baseline.clone()]);
    let requirements = requirement::Entity::find().filter(snapshot.any("parent", &parents));
    let requirements = snapshot.select(requirements).await?;
    let organisations = snapshot.select(organisation::Entity::find()).await?;
    let scope = audit::scope(&plan, &targets, &baseline_targets, &organisations);
    let staffing = snapshot.select(staffing(snapshot.any("parent", &scope), query.as_of)).await?;
    let roles = targets.iter().chain(&baseline_targets).map(|target| &target.role);
    let roles = distinct(roles.chain(staffing.iter().map(|record| &record.role)));
    let roles = snapshot.select(role::Entity::find().filter(snapshot.any("name", &roles))).await?;
    let asked = requirements.iter().filter(|requirement| requirement.parent == baseline);
    let asked = distinct(asked.map(|requirement| &requirement.skill));
    let skills = skills_in_use(snapshot, asked).await?;
    Ok(Inputs {
        plan,
        baseline,
        targets,
        baseline_targets,
        requirements,
        organisations,
        roles,
        skills,
        staffing,
    })
}

async fn plan(snapshot: &Snapshot, name: &str) -> Result<Plan> {
    let found = snapshot.find::<Plan>(&[name.to_owned()], Lock::None).await?.pop();
    found.ok_or_else(|| step::not_found::<Plan>(Some(name.to_owned())))
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
