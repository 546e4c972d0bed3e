//! All that an analysis looks at: records of which there are thousands in columns of numbers, all others
//! once each.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;

use crate::domain::{Assessment, Organisation, Plan, Requirement, Role, Skill, Staffing, Target};

use super::{Establishment, EstablishmentBuilder, People, PeopleBuilder, Query, scope};

/// All that an analysis looks at.
#[derive(Clone, Debug)]
pub struct AnalysisInputs {
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
    pub in_scope: Vec<OrganisationData>,
}

/// An organisation in scope.
#[derive(Clone, Debug)]
pub struct OrganisationData {
    /// Its name.
    pub organisation: String,
    /// All targets that the plan has for it.
    pub establishment: Arc<Establishment>,
    /// All its people.
    pub people: Arc<People>,
}

/// What an analysis looks at in rows, for whoever has made them: tests and benchmarks.
#[derive(Clone, Debug)]
pub struct AnalysisRows {
    /// The plan.
    pub plan: Plan,
    /// All of the plan.
    pub targets: Vec<Target>,
    /// Those of the plan, and of every role that has a target.
    pub requirements: Vec<Requirement>,
    /// All there are.
    pub organisations: Vec<Organisation>,
    /// Those with a target or with people in post.
    pub roles: Vec<Role>,
    /// Those that are required.
    pub skills: Vec<Skill>,
    /// At least those in post on the day, in the organisations in scope.
    pub staffing: Vec<Staffing>,
    /// At least those of the required skills up to the day, in the organisations in scope.
    pub assessments: Vec<Assessment>,
}

impl AnalysisInputs {
    /// The inputs of a query that rows make.
    pub fn of(rows: &AnalysisRows, query: &Query) -> Self {
        fn shared<T: Clone>(list: &[T]) -> Vec<Arc<T>> {
            list.iter().cloned().map(Arc::new).collect()
        }
        let AnalysisRows { plan, targets, .. } = rows;
        let planned = targets.iter().map(|target| &target.organisation);
        let scope = scope(plan, planned, &rows.organisations, query);
        let (of_plan, of_roles) =
            rows.requirements.iter().cloned().partition(|r| r.parent == plan.name);
        let mut periods: Vec<_> = targets.iter().map(|target| target.period_end_date).collect();
        periods.sort_unstable();
        periods.dedup();
        Self {
            plan: Arc::new(plan.clone()),
            periods,
            role_requirements: Arc::new(of_roles),
            plan_requirements: Arc::new(of_plan),
            organisations: shared(&rows.organisations),
            roles: shared(&rows.roles),
            skills: shared(&rows.skills),
            in_scope: in_scope(rows, scope),
        }
    }

    /// All requirements.
    pub(super) fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.role_requirements.iter().chain(self.plan_requirements.iter())
    }
}

fn in_scope(rows: &AnalysisRows, scope: Vec<String>) -> Vec<OrganisationData> {
    let mut builders: HashMap<&str, (EstablishmentBuilder, PeopleBuilder)> = HashMap::new();
    for target in &rows.targets {
        builders.entry(&target.organisation).or_default().0.target(&target.into());
    }
    for record in &rows.staffing {
        builders.entry(&record.parent).or_default().1.staffing(&record.into());
    }
    for record in &rows.assessments {
        builders.entry(&record.parent).or_default().1.assessment(&record.into());
    }
    let data = |organisation: String| {
        let (targets, people) = builders.remove(organisation.as_str()).unwrap_or_default();
        let (establishment, people) = (Arc::new(targets.build()), Arc::new(people.build()));
        OrganisationData { organisation, establishment, people }
    };
    scope.into_iter().map(data).collect()
}
