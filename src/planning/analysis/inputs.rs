//! Inputs of an analysis. Records that come by the thousand are held as columns of numbers, all others once
//! each.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;

use crate::domain::{
    Assessment, Framework, Organisation, Plan, Requirement, Role, Skill, Staffing, Target,
};

use super::{AnalysisQuery, Establishment, EstablishmentBuilder, People, PeopleBuilder, scope};

/// Everything that an analysis reads.
#[derive(Clone, Debug)]
pub struct AnalysisInputs {
    /// The plan analysed.
    pub plan: Arc<Plan>,
    /// Last days of the periods that the plan has targets for, in order.
    pub periods: Vec<NaiveDate>,
    /// Roles with a target in the plan, each with the last days of the periods of its targets; may be empty if
    /// the query names no role, family, skill and framework.
    pub planned_roles: Arc<Vec<(String, NaiveDate)>>,
    /// Requirements of roles, at least of every role with a target.
    pub role_requirements: Arc<Vec<Requirement>>,
    /// Requirements of the plan.
    pub plan_requirements: Arc<Vec<Requirement>>,
    /// All organisations.
    pub organisations: Vec<Arc<Organisation>>,
    /// Roles: at least those with a target or with people in post.
    pub roles: Vec<Arc<Role>>,
    /// Skills: at least those that are required.
    pub skills: Vec<Arc<Skill>>,
    /// Frameworks: at least those of required skills.
    pub frameworks: Vec<Arc<Framework>>,
    /// Data of the organisations in scope, ordered by name.
    pub in_scope: Vec<OrganisationData>,
}

/// Targets and people of one organisation in scope.
#[derive(Clone, Debug)]
pub struct OrganisationData {
    /// Resource name of the organisation.
    pub organisation: String,
    /// Every target of the plan for the organisation.
    pub establishment: Arc<Establishment>,
    /// Everyone in the organisation, with their assessments.
    pub people: Arc<People>,
}

/// Inputs as plain rows, for tests and benchmarks that make their own.
#[derive(Clone, Debug)]
pub struct AnalysisRows {
    /// The plan analysed.
    pub plan: Plan,
    /// Every target of the plan.
    pub targets: Vec<Target>,
    /// Requirements of the plan and of every role with a target.
    pub requirements: Vec<Requirement>,
    /// All organisations.
    pub organisations: Vec<Organisation>,
    /// Roles with a target or with people in post.
    pub roles: Vec<Role>,
    /// Skills that are required.
    pub skills: Vec<Skill>,
    /// Frameworks of these skills.
    pub frameworks: Vec<Framework>,
    /// Staffing in the organisations in scope, at least of those in post on the day.
    pub staffing: Vec<Staffing>,
    /// Assessments in the organisations in scope, at least those in required skills up to the day.
    pub assessments: Vec<Assessment>,
}

impl AnalysisInputs {
    /// Builds the inputs of a query from plain rows.
    pub fn of(rows: &AnalysisRows, query: &AnalysisQuery) -> Self {
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
        let planned = targets.iter().map(|target| (target.role.clone(), target.period_end_date));
        Self {
            plan: Arc::new(plan.clone()),
            periods,
            planned_roles: Arc::new(planned.collect()),
            role_requirements: Arc::new(of_roles),
            plan_requirements: Arc::new(of_plan),
            organisations: shared(&rows.organisations),
            roles: shared(&rows.roles),
            skills: shared(&rows.skills),
            frameworks: shared(&rows.frameworks),
            in_scope: in_scope(rows, scope),
        }
    }

    /// Requirements of roles, then those of the plan.
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
