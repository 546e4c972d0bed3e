//! The worked example as a report, for tests.

use crate::{
    domain::{ClosureOption, GapSnapshot, Ratio, Revision, closure_option::ClosureOptionKind},
    planning::{
        analysis::{AnalysisInputs, AnalysisQuery, AnalysisRows},
        audit,
        example::*,
        projection::{AssumedFigures, Assumption},
    },
};

use super::{Report, ReportQuery, Sources, report};

pub fn query() -> AnalysisQuery {
    AnalysisQuery::of("plans/p", day("2026-07-01"))
}

pub fn report_query() -> ReportQuery {
    ReportQuery { query: query(), budget: 300_000, assumptions: Vec::new() }
}

/// The worked example: N 6, F 5, two skills and four people.
pub fn worked() -> Example {
    let mut first = requirement("roles/analyst/requirements/s1", "s1", 3);
    (first.weight, first.minimum_holders) = (Ratio::whole(3), 2);
    let second = requirement("roles/analyst/requirements/s2", "s2", 2);
    let mut need = target("plans/p/targets/t", "RX1", "analyst", "2027-03-31", 6.0);
    need.funded_fte = fte(5.0);
    let mut lapsed = assessment("RX1", "c", "s1", 3);
    lapsed.valid_until_date = Some(day("2026-06-30"));
    let assessments = vec![
        assessment("RX1", "a", "s1", 4),
        assessment("RX1", "a", "s2", 1),
        assessment("RX1", "b", "s1", 2),
        assessment("RX1", "b", "s2", 3),
        lapsed,
        assessment("RX1", "c", "s2", 2),
        assessment("RX1", "d", "s2", 2),
    ];
    let people = [("a", 1.0), ("b", 0.8), ("c", 1.0), ("d", 0.6)];
    let staffing = people.map(|(who, fte)| staffing("RX1", who, "analyst", 1, fte)).to_vec();
    let inputs = AnalysisRows {
        plan: plan("p", "RX1"),
        targets: vec![need],
        requirements: vec![first, second],
        organisations: vec![trust("RX1", "")],
        roles: vec![role("analyst", "DATA")],
        skills: vec![skill("s1", false), skill("s2", false)],
        frameworks: Vec::new(),
        staffing,
        assessments,
    };
    let audit = audit::AuditInputs {
        plan: inputs.plan.clone(),
        baseline: String::new(),
        planned: planned(&inputs.targets),
        baseline_targets: Vec::new(),
        requirements: inputs.requirements.clone(),
        organisations: inputs.organisations.clone(),
        roles: inputs.roles.clone(),
        skills: Vec::new(),
        retired: Vec::new(),
        posts: posts(&inputs.staffing),
    };
    Example { inputs, audit, options: Vec::new(), gap_snapshots: Vec::new() }
}

/// Rows of a report that a test can change.
pub struct Example {
    pub inputs: AnalysisRows,
    pub audit: audit::AuditInputs,
    pub options: Vec<ClosureOption>,
    pub gap_snapshots: Vec<GapSnapshot>,
}

impl Example {
    pub fn sources(&self) -> Sources {
        Sources {
            columns: AnalysisInputs::of(&self.inputs, &query()),
            movements: Vec::new(),
            options: self.options.clone(),
            audit: self.audit.clone(),
            gap_snapshots: self.gap_snapshots.clone(),
            recorded_skills: Vec::new(),
            frameworks: Vec::new(),
            baseline: None,
            revision: Revision::new(7),
        }
    }
}

/// Makes the report of an example.
pub fn made(example: &Example) -> Report {
    report(&example.sources(), &report_query(), &|| false).unwrap()
}

/// Makes the report of an example with one assumption.
pub fn made_with(example: &Example, given: AssumedFigures) -> Report {
    let assumptions = vec![Assumption { given, ..Assumption::default() }];
    let query = ReportQuery { assumptions, ..report_query() };
    report(&example.sources(), &query, &|| false).unwrap()
}

/// A gap snapshot of the first skill.
pub fn recorded(as_of: &str, shortfall: f64) -> GapSnapshot {
    let (organisation, skill) = ("organisations/RX1", "frameworks/f/skills/s1");
    gap_snapshot(organisation, skill, as_of, "2027-03-31", [6.0, 6.0 - shortfall, shortfall])
}

/// Closure options of the worked example, all for the first skill.
pub fn options() -> Vec<ClosureOption> {
    let option = |name: &str, kind, cost, per_head: f64, success: f64| ClosureOption {
        name: format!("closureOptions/{name}"),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        title: name.to_owned(),
        kind,
        organisation: String::new(),
        role: String::new(),
        family: String::new(),
        skill: "frameworks/f/skills/s1".into(),
        from_level: 0,
        to_level: 0,
        cost_per_head_pence: cost,
        fte_per_head: fte(per_head),
        success_probability: ratio(success),
        capacity_per_period: 1,
        lead_time_days: 0,
        relations: Default::default(),
        description: String::new(),
    };
    use ClosureOptionKind::{Assess, Recertify, Recruit, Train};
    vec![
        option("assess", Assess, 5_000, 0.6, 0.5),
        option("hire", Recruit, 300_000, 1.0, 0.8),
        option("recertify", Recertify, 34_626, 1.0, 0.95),
        option("train", Train, 218_132, 0.8, 0.85),
    ]
}
