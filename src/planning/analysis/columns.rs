//! All that an analysis looks at, in columns: what there are thousands of as numbers, and of the rest
//! each record once.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;

use crate::domain::{Organisation, Plan, Requirement, Role, Skill};

use super::{
    AssessmentRecord, Establishment, EstablishmentBuilder, Inputs, People, PeopleBuilder, Query,
    StaffingRecord, scope,
};

/// All that an analysis looks at, in columns.
#[derive(Clone, Debug)]
pub struct Columns {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The period ends that it has targets for, in order.
    pub periods: Vec<NaiveDate>,
    /// Those of roles, at least of all that have a target.
    pub role_requirements: Arc<Vec<Requirement>>,
    /// Those of the plan.
    pub plan_requirements: Arc<Vec<Requirement>>,
    /// All there are.
    pub organisations: Vec<Arc<Organisation>>,
    /// At least those with a target or with people in post.
    pub roles: Vec<Arc<Role>>,
    /// At least those that are required.
    pub skills: Vec<Arc<Skill>>,
    /// The organisations in scope, by name.
    pub parts: Vec<Part>,
}

/// An organisation in scope.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name.
    pub organisation: String,
    /// All targets that the plan has for it.
    pub establishment: Arc<Establishment>,
    /// All its people.
    pub people: Arc<People>,
}

impl Columns {
    /// The columns of rows.
    pub fn of(inputs: &Inputs, query: &Query) -> Self {
        let Inputs { plan, targets, .. } = inputs;
        let shared = |list: &[Organisation]| list.iter().cloned().map(Arc::new).collect();
        let organisations: Vec<Arc<Organisation>> = shared(&inputs.organisations);
        let scope =
            scope(plan, targets.iter().map(|target| &target.organisation), &organisations, query);
        let (of_plan, of_roles) =
            inputs.requirements.iter().cloned().partition(|r| r.parent == plan.name);
        let mut periods: Vec<_> = targets.iter().map(|target| target.period_end_date).collect();
        periods.sort_unstable();
        periods.dedup();
        Self {
            plan: Arc::new(plan.clone()),
            periods,
            role_requirements: Arc::new(of_roles),
            plan_requirements: Arc::new(of_plan),
            organisations,
            roles: inputs.roles.iter().cloned().map(Arc::new).collect(),
            skills: inputs.skills.iter().cloned().map(Arc::new).collect(),
            parts: parts(inputs, scope),
        }
    }

    /// All requirements.
    pub(super) fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.role_requirements.iter().chain(self.plan_requirements.iter())
    }
}

fn parts(inputs: &Inputs, scope: Vec<String>) -> Vec<Part> {
    let mut builders: HashMap<&str, (EstablishmentBuilder, PeopleBuilder)> =
        scope.iter().map(|name| (name.as_str(), Default::default())).collect();
    for target in &inputs.targets {
        if let Some((builder, _)) = builders.get_mut(target.organisation.as_str()) {
            let (needed, funded) = (target.needed_fte, target.funded_fte);
            builder.target(&target.role, target.period_end_date, needed, funded);
        }
    }
    for record in &inputs.staffing {
        if let Some((_, builder)) = builders.get_mut(record.parent.as_str()) {
            builder.staffing(&StaffingRecord {
                subject: &record.subject,
                role: &record.role,
                headcount: record.headcount,
                fte: record.fte,
                start_date: record.start_date,
                end_date: record.end_date,
            });
        }
    }
    for record in &inputs.assessments {
        if let Some((_, builder)) = builders.get_mut(record.parent.as_str()) {
            builder.assessment(&AssessmentRecord {
                subject: &record.subject,
                skill: &record.skill,
                level: record.level,
                headcount: record.headcount,
                fte: record.fte,
                assessed_date: record.assessed_date,
                valid_until_date: record.valid_until_date,
                revision: record.revision,
                name: &record.name,
            });
        }
    }
    let mut built: HashMap<String, _> = builders
        .into_iter()
        .map(|(name, (targets, people))| (name.to_owned(), (targets.build(), people.build())))
        .collect();
    let part = |organisation: String| {
        let (establishment, people) = built.remove(&organisation).unwrap_or_default();
        Part { organisation, establishment: Arc::new(establishment), people: Arc::new(people) }
    };
    scope.into_iter().map(part).collect()
}
