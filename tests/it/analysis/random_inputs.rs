//! Random rows and queries of a gap analysis.

use chrono::{DateTime, NaiveDate, Utc};
use digital_skills_registry::{
    domain::{
        Assessment, Framework, Fte, Organisation, Plan, Ratio, Requirement, Role, Skill, Staffing,
        Target,
        assessment::AssessmentSource,
        figures::Severity,
        framework::{FrameworkState, Level, Levels},
        organisation::OrganisationKind,
        plan::PlanState,
        requirement::Importance,
        skill::SkillState,
    },
    planning::analysis::{AnalysisQuery, AnalysisRows, Dimension, Periods},
};
use proptest::prelude::*;

/// Sources of assessments.
const SOURCES: [AssessmentSource; 3] =
    [AssessmentSource::Oneself, AssessmentSource::Test, AssessmentSource::System];

/// When every resource was created and updated.
pub const TIME: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The day that is so many days after 1 January 2026.
pub fn day(n: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::TimeDelta::days(n)
}

pub fn organisation(n: usize) -> Organisation {
    Organisation {
        name: format!("organisations/RX{n}"),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: format!("Trust {n}"),
        kind: OrganisationKind::Trust,
        parent: if n > 0 { "organisations/RX0".into() } else { String::new() },
        region_code: format!("Y{}", n % 2),
        open_date: None,
        close_date: None,
        successor: String::new(),
    }
}

pub fn role(n: usize) -> Role {
    Role {
        name: format!("roles/r{n}"),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: format!("Role {n}"),
        family: format!("FAMILY_{}", n % 2),
        group: String::new(),
        seniority: 0,
        afc_band_from: None,
        afc_band_to: None,
        codes: Default::default(),
        description: String::new(),
    }
}

pub fn skill(n: usize) -> Skill {
    Skill {
        name: format!("frameworks/f/skills/s{n}"),
        parent: "frameworks/f".into(),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: format!("Skill {n}"),
        description: String::new(),
        category: format!("Category {}", n % 2),
        external_uri: String::new(),
        alternative_labels: Default::default(),
        broader_skill: String::new(),
        broader_uris: Default::default(),
        core: false,
        state: SkillState::Active,
        replaced_by: String::new(),
        alignments: Default::default(),
    }
}

/// The skill, retired and replaced by another.
fn retired_skill(n: usize, by: usize) -> Skill {
    Skill { state: SkillState::Retired, replaced_by: skill(by).name, ..skill(n) }
}

/// The framework of the skills, with four levels or none.
pub fn framework(with_levels: bool) -> Framework {
    let level = |rank| Level {
        rank,
        id: format!("l{rank}"),
        title: format!("Level {rank}"),
        ..Level::default()
    };
    Framework {
        name: "frameworks/f".into(),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: "Framework".into(),
        version: String::new(),
        publisher: String::new(),
        licence: String::new(),
        levels: Levels(if with_levels { (1..=4).map(level).collect() } else { Vec::new() }),
        state: FrameworkState::Draft,
        supersedes: String::new(),
    }
}

pub fn plan() -> Plan {
    Plan {
        name: "plans/p".into(),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        title: "Plan".into(),
        owner: "organisations/RX0".into(),
        first_period_end_date: day(0),
        last_period_end_date: day(3_000),
        state: PlanState::Draft,
        supersedes: String::new(),
        baseline_plan: String::new(),
        author: "a".into(),
        approver: String::new(),
    }
}

pub fn requirement(
    role: usize,
    skill: usize,
    level: i32,
    weight: i64,
    holders: i32,
) -> Requirement {
    Requirement {
        name: format!("roles/r{role}/requirements/s{skill}"),
        parent: format!("roles/r{role}"),
        revision: 1,
        create_time: TIME,
        update_time: TIME,
        skill: format!("frameworks/f/skills/s{skill}"),
        minimum_level: level,
        importance: Importance::Essential,
        weight: Ratio::parts(weight),
        minimum_holders: holders,
        needed_from_date: None,
        role: String::new(),
        family: String::new(),
    }
}

prop_compose! {
    fn fte(most: i64)(parts in 0..=most * 100_000) -> Fte {
        Fte::parts(parts)
    }
}

prop_compose! {
    fn target()(
        organisation in 0..3usize, role in 0..3usize, period in 0..3i64,
        needed in prop_oneof![9 => fte(50), 1 => Just(Fte::ZERO)], funded in fte(50),
    ) -> Target {
        Target {
            name: format!("plans/p/targets/{organisation}-{role}-{period}"),
            parent: "plans/p".into(),
            revision: 1,
            create_time: TIME,
            update_time: TIME,
            organisation: format!("organisations/RX{organisation}"),
            role: format!("roles/r{role}"),
            period_end_date: day(100 * (period + 1)),
            needed_fte: needed,
            funded_fte: funded,
        }
    }
}

prop_compose! {
    fn staffing()(
        organisation in 0..3usize, role in 0..3usize, subject in 0..6usize, headcount in 1..4i32, fte in fte(9),
        start in -100..100i64, length in proptest::option::of(1..200i64), id in 0..1_000_000u32,
    ) -> Staffing {
        Staffing {
            name: format!("organisations/RX{organisation}/staffing/{id}"),
            parent: format!("organisations/RX{organisation}"),
            revision: 1,
            create_time: TIME,
            update_time: TIME,
            subject: format!("p{subject}"),
            role: format!("roles/r{role}"),
            headcount,
            fte,
            start_date: day(start),
            end_date: length.map(|length| day(start + length)),
            source: String::new(),
        }
    }
}

prop_compose! {
    fn assessment()(
        organisation in 0..3usize, subject in 0..6usize, skill in 0..3usize, level in 0..5i32, headcount in 1..4i32,
        fte in proptest::option::of(fte(5)), on in -50..50i64, valid in proptest::option::of(0..100i64),
        source in prop::sample::select(SOURCES.to_vec()), id in 0..1_000_000u32,
    ) -> Assessment {
        Assessment {
            name: format!("organisations/RX{organisation}/assessments/{id}"),
            parent: format!("organisations/RX{organisation}"),
            revision: 1,
            create_time: TIME,
            update_time: TIME,
            subject: format!("p{subject}"),
            skill: format!("frameworks/f/skills/s{skill}"),
            level,
            headcount,
            fte,
            assessed_date: day(on),
            valid_until_date: valid.map(|valid| day(on + valid)),
            source,
            assessor: String::new(),
            evidence_uri: String::new(),
        }
    }
}

prop_compose! {
    /// Rows of a plan with requirements of roles only.
    pub fn inputs()(
        targets in prop::collection::vec(target(), 1..12),
        required in prop::collection::vec((0..3usize, 0..3usize, 0..5i32, 1..500_000i64, 1..4i32), 0..8),
        staffing in prop::collection::vec(staffing(), 0..25),
        assessments in prop::collection::vec(assessment(), 0..40),
        with_levels in prop::bool::weighted(0.8),
        retired in 0..3usize,
    ) -> AnalysisRows {
        // One for each natural key.
        let mut keys = std::collections::HashSet::new();
        let targets = targets.into_iter().filter(|target| keys.insert(target.name.clone())).collect();
        let mut keys = std::collections::HashSet::new();
        let requirements = required.into_iter().filter(|(role, skill, ..)| keys.insert((*role, *skill)));
        AnalysisRows {
            plan: plan(),
            targets,
            requirements: requirements.map(|(r, s, level, weight, holders)| requirement(r, s, level, weight, holders)).collect(),
            organisations: (0..3).map(organisation).collect(),
            roles: (0..3).map(role).collect(),
            // Each of those retired is replaced by the next.
            skills: (0..3).map(|n| if n < retired { retired_skill(n, n + 1) } else { skill(n) }).collect(),
            frameworks: vec![framework(with_levels)],
            staffing,
            assessments,
        }
    }
}

prop_compose! {
    /// With requirements of the plan too, and such as begin later.
    pub fn wide_inputs()(
        inputs in inputs(),
        of_plan in prop::collection::vec(
            (0..3usize, any::<bool>(), 0..3usize, 0..5i32, 1..500_000i64, any::<bool>(), 0..400i64), 0..5,
        ),
        desirable in prop::collection::vec(any::<bool>(), 13),
    ) -> AnalysisRows {
        let mut inputs = inputs;
        for (n, (role, by_family, skill, level, weight, later, from)) in of_plan.into_iter().enumerate() {
            inputs.requirements.push(Requirement {
                name: format!("plans/p/requirements/{n}"),
                parent: "plans/p".into(),
                role: if by_family { String::new() } else { format!("roles/r{role}") },
                family: if by_family { format!("FAMILY_{}", role % 2) } else { String::new() },
                needed_from_date: later.then(|| day(from)),
                ..requirement(role, skill, level, weight, 1)
            });
        }
        for (requirement, desirable) in inputs.requirements.iter_mut().zip(desirable) {
            requirement.importance = if desirable { Importance::Desirable } else { Importance::Essential };
        }
        inputs
    }
}

prop_compose! {
    /// A query that may narrow by anything, and sums nothing.
    pub fn any_query()(
        organisations in prop::sample::subsequence(vec![0usize, 1, 2], 0..=2),
        include_descendants: bool,
        roles in prop::sample::subsequence(vec![0usize, 1, 2], 0..=2),
        family in proptest::option::of(0..2usize),
        skills in prop::sample::subsequence(vec![0usize, 1, 2], 0..=2),
        framework in proptest::option::of(prop::sample::select(vec!["frameworks/f", "frameworks/g"])),
        periods in prop_oneof![
            3 => Just(Periods::Every),
            1 => Just(Periods::Current),
            1 => Just(Periods::Ending(vec![day(100), day(300), day(999)])),
        ],
        least in proptest::option::weighted(0.2, prop::sample::select(vec![Severity::Met, Severity::Low, Severity::High])),
        importance in proptest::option::weighted(0.2, Just(Importance::Essential)),
        as_of in -60..350i64,
        assessment_sources in prop::sample::subsequence(SOURCES.to_vec(), 0..=2),
    ) -> AnalysisQuery {
        AnalysisQuery {
            organisations: organisations.into_iter().map(|n| organisation(n).name).collect(),
            include_descendants,
            roles: roles.into_iter().map(|n| role(n).name).collect(),
            families: family.map(|n| format!("FAMILY_{n}")).into_iter().collect(),
            skills: skills.into_iter().map(|n| skill(n).name).collect(),
            frameworks: framework.map(str::to_owned).into_iter().collect(),
            periods,
            minimum_severity: least,
            importance,
            as_of: day(as_of),
            assessment_sources,
            ..query(&[])
        }
    }
}

/// A query for every row, or for sums of these dimensions.
pub fn query(group_by: &[Dimension]) -> AnalysisQuery {
    AnalysisQuery {
        periods: Periods::Every,
        group_by: group_by.to_vec(),
        ..AnalysisQuery::of("plans/p", day(30))
    }
}
