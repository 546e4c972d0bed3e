//! Rows for unit tests of pure code, each with only what matters there.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    domain::{
        Assessment, Fte, GapSnapshot, Organisation, Plan, Ratio, Requirement, Role, Skill,
        Staffing, Target, assessment::AssessmentSource, gap_snapshot::GapSnapshotKind, name,
        organisation::OrganisationKind, plan::PlanState, requirement::Importance,
        skill::SkillState,
    },
    planning::audit::{InPost, OccupiedPost, PlannedRole},
};

const TIME: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// A day, written `YYYY-MM-DD`.
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

/// An amount of FTE.
pub fn fte(number: f64) -> Fte {
    Fte::read(number).unwrap_or_default()
}

/// A ratio.
pub fn ratio(number: f64) -> Ratio {
    Ratio::read(number).unwrap_or_default()
}

fn parent(name: &str) -> String {
    name::parent_of(name).unwrap_or_default().to_owned()
}

pub fn organisation(code: &str, kind: OrganisationKind, parent: &str) -> Organisation {
    let above = if parent.is_empty() { String::new() } else { format!("organisations/{parent}") };
    Organisation {
        name: format!("organisations/{code}"),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: code.to_owned(),
        kind,
        parent: above,
        region_code: String::new(),
        open_date: None,
        close_date: None,
        successor: String::new(),
    }
}

pub fn trust(code: &str, parent: &str) -> Organisation {
    organisation(code, OrganisationKind::Trust, parent)
}

pub fn role(id: &str, family: &str) -> Role {
    Role {
        name: format!("roles/{id}"),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: id.to_owned(),
        family: family.to_owned(),
        group: String::new(),
        seniority: 0,
        afc_band_from: None,
        afc_band_to: None,
        codes: Default::default(),
        description: String::new(),
    }
}

pub fn skill(id: &str, core: bool) -> Skill {
    Skill {
        name: format!("frameworks/f/skills/{id}"),
        parent: "frameworks/f".to_owned(),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: id.to_owned(),
        description: String::new(),
        category: String::new(),
        external_uri: String::new(),
        alternative_labels: Default::default(),
        broader_skill: String::new(),
        broader_uris: Default::default(),
        core,
        state: SkillState::Active,
        replaced_by: String::new(),
        alignments: Default::default(),
    }
}

pub fn plan(id: &str, owner: &str) -> Plan {
    Plan {
        name: format!("plans/{id}"),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: id.to_owned(),
        owner: format!("organisations/{owner}"),
        first_period_end_date: day("2027-03-31"),
        last_period_end_date: day("2029-03-31"),
        state: PlanState::Draft,
        supersedes: String::new(),
        baseline_plan: String::new(),
        author: "a".to_owned(),
        approver: String::new(),
    }
}

/// `name` has the form `plans/p/targets/t`.
pub fn target(name: &str, organisation: &str, role: &str, period: &str, needed: f64) -> Target {
    Target {
        name: name.to_owned(),
        parent: parent(name),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        organisation: format!("organisations/{organisation}"),
        role: format!("roles/{role}"),
        period_end_date: day(period),
        needed_fte: fte(needed),
        funded_fte: fte(needed),
    }
}

/// `name` has the form `roles/r/requirements/x` or `plans/p/requirements/x`.
pub fn requirement(name: &str, skill: &str, level: i32) -> Requirement {
    Requirement {
        name: name.to_owned(),
        parent: parent(name),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        skill: format!("frameworks/f/skills/{skill}"),
        minimum_level: level,
        importance: Importance::Essential,
        weight: Ratio::ONE,
        minimum_holders: 1,
        needed_from_date: None,
        role: String::new(),
        family: String::new(),
    }
}

pub fn staffing(
    organisation: &str,
    subject: &str,
    role: &str,
    headcount: i32,
    number: f64,
) -> Staffing {
    Staffing {
        name: format!("organisations/{organisation}/staffing/{subject}-{role}"),
        parent: format!("organisations/{organisation}"),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        subject: subject.to_owned(),
        role: format!("roles/{role}"),
        headcount,
        fte: fte(number),
        start_date: day("2020-01-01"),
        end_date: None,
        source: String::new(),
    }
}

pub fn assessment(organisation: &str, subject: &str, skill: &str, level: i32) -> Assessment {
    Assessment {
        name: format!("organisations/{organisation}/assessments/{subject}-{skill}"),
        parent: format!("organisations/{organisation}"),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        subject: subject.to_owned(),
        skill: format!("frameworks/f/skills/{skill}"),
        level,
        headcount: 1,
        fte: None,
        assessed_date: day("2025-01-01"),
        valid_until_date: None,
        source: AssessmentSource::Test,
        assessor: String::new(),
        evidence_uri: String::new(),
    }
}

/// A gap snapshot with needed, skilled and missing FTE.
pub fn gap_snapshot(
    organisation: &str,
    skill: &str,
    as_of: &str,
    end: &str,
    terms: [f64; 3],
) -> GapSnapshot {
    let [needed_fte, skilled_fte, shortfall_fte] = terms.map(fte);
    GapSnapshot {
        name: String::new(),
        parent: "plans/p".into(),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        organisation: organisation.into(),
        skill: skill.into(),
        period_end_date: day(end),
        as_of_date: day(as_of),
        needed_fte,
        skilled_fte,
        shortfall_fte,
        kind: GapSnapshotKind::Analysed,
    }
}

/// Roles of organisations with targets, as an audit reads them.
pub fn planned(targets: &[Target]) -> Vec<PlannedRole> {
    let mut planned = BTreeMap::new();
    for Target { organisation, role, period_end_date, .. } in targets {
        let last = planned.entry((organisation, role)).or_insert(*period_end_date);
        *last = *period_end_date.max(last);
    }
    let line = |((organisation, role), last): ((&String, &String), _)| PlannedRole {
        organisation: organisation.clone(),
        role: role.clone(),
        last,
    };
    planned.into_iter().map(line).collect()
}

/// People in post, as an audit reads them.
pub fn posts(staffing: &[Staffing]) -> Vec<OccupiedPost> {
    let mut posts: BTreeMap<_, (Fte, i64)> = BTreeMap::new();
    for Staffing { parent, role, fte, headcount, .. } in staffing {
        let sum = posts.entry((parent, role)).or_default();
        *sum = (sum.0 + *fte, sum.1 + i64::from(*headcount));
    }
    let post = |((organisation, role), (fte, headcount)): ((&String, &String), _)| OccupiedPost {
        role: role.clone(),
        who: InPost { organisation: organisation.clone(), fte, headcount },
    };
    posts.into_iter().map(post).collect()
}
