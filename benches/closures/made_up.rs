//! Made-up organisations with gaps, and options to close them.

use chrono::NaiveDate;
use digital_skills_registry::{
    domain::{
        Assessment, ClosureOption, Fte, Organisation, Plan, Ratio, Requirement, Role, Skill,
        Staffing, Target, assessment::AssessmentSource, closure_option::ClosureOptionKind,
        organisation::OrganisationKind, plan::PlanState, requirement::Importance,
        skill::SkillState,
    },
    planning::analysis::{AnalysisInputs, AnalysisQuery, AnalysisRows},
};

/// How much of it: each organisation has 5 roles that require 4 skills each.
#[derive(Clone, Copy)]
pub struct Size {
    pub organisations: usize,
    /// Options for each gap.
    pub options_each: usize,
}

const ROLES: usize = 5;
const SKILLS: usize = 4;

/// A linear congruential generator (Knuth's constants): the same numbers every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: u64) -> i64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % most) as i64
    }
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn made_up(size: Size) -> (AnalysisInputs, AnalysisQuery, Vec<ClosureOption>) {
    let mut numbers = Numbers(20_261_123);
    let organisations: Vec<_> = (0..size.organisations).map(organisation).collect();
    let roles: Vec<_> = (0..ROLES).map(role).collect();
    let skills: Vec<_> = (0..SKILLS).map(skill).collect();
    let (mut targets, mut staffing, mut assessments) = (Vec::new(), Vec::new(), Vec::new());
    let mut options = Vec::new();
    for organisation in &organisations {
        for role in &roles {
            targets.push(target(organisation, role, numbers.below(40) + 20));
            for person in 0..numbers.below(20) + 8 {
                let subject = format!("{}-{person}", role.name.replace('/', "-"));
                let fte = Fte::parts((numbers.below(9) + 2) * 10_000);
                staffing.push(employed(organisation, role, &subject, fte));
                for skill in &skills {
                    assessments.extend(assessed(organisation, &subject, skill, &mut numbers));
                }
            }
            for skill in &skills {
                for _ in 0..size.options_each {
                    let at = options.len();
                    options.push(option(at, organisation, role, skill, &mut numbers));
                }
            }
        }
    }
    let requirements = roles
        .iter()
        .flat_map(|role| skills.iter().map(move |skill| (role, skill)))
        .map(|(role, skill)| requirement(role, skill, numbers.below(5) + 1))
        .collect();
    let plan = plan(&organisations[0]);
    let inputs = AnalysisRows {
        plan,
        targets,
        requirements,
        organisations,
        roles,
        skills,
        frameworks: Vec::new(),
        staffing,
        assessments,
    };
    (AnalysisInputs::of(&inputs, &query()), query(), options)
}

fn query() -> AnalysisQuery {
    AnalysisQuery::of("plans/p", date("2026-07-01"))
}

fn option(
    at: usize,
    organisation: &Organisation,
    role: &Role,
    skill: &Skill,
    numbers: &mut Numbers,
) -> ClosureOption {
    use ClosureOptionKind::{Assess, Recertify, Recruit, Train};
    let (kind, cost, spread) = [
        (Assess, 3_000, 10_000),
        (Recertify, 20_000, 40_000),
        (Train, 60_000, 300_000),
        (Recruit, 200_000, 700_000),
    ][numbers.below(4) as usize];
    ClosureOption {
        name: format!("closureOptions/{at:06}"),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        title: format!("Option {at}"),
        kind,
        organisation: organisation.name.clone(),
        role: role.name.clone(),
        family: String::new(),
        skill: skill.name.clone(),
        from_level: 0,
        to_level: 0,
        cost_per_head_pence: cost + numbers.below(spread),
        fte_per_head: Fte::parts((numbers.below(6) + 5) * 10_000),
        success_probability: Ratio::parts((numbers.below(60) + 40) * 1_000),
        capacity_per_period: numbers.below(12) as i32,
        lead_time_days: 30,
        relations: Default::default(),
        description: String::new(),
    }
}

fn organisation(i: usize) -> Organisation {
    Organisation {
        name: format!("organisations/M{i:04}"),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        title: format!("Trust {i}"),
        kind: OrganisationKind::Trust,
        parent: String::new(),
        region_code: String::new(),
        open_date: None,
        close_date: None,
        successor: String::new(),
    }
}

fn role(i: usize) -> Role {
    Role {
        name: format!("roles/r{i}"),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        title: format!("Role {i}"),
        family: "DATA".into(),
        group: String::new(),
        seniority: 0,
        afc_band_from: None,
        afc_band_to: None,
        codes: Default::default(),
        description: String::new(),
    }
}

fn skill(i: usize) -> Skill {
    Skill {
        name: format!("frameworks/f/skills/s{i}"),
        parent: "frameworks/f".into(),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        title: format!("Skill {i}"),
        description: String::new(),
        category: String::new(),
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

fn plan(owner: &Organisation) -> Plan {
    Plan {
        name: "plans/p".into(),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        title: "Plan".into(),
        owner: owner.name.clone(),
        first_period_end_date: date("2027-03-31"),
        last_period_end_date: date("2027-03-31"),
        state: PlanState::Draft,
        supersedes: String::new(),
        baseline_plan: String::new(),
        author: String::new(),
        approver: String::new(),
    }
}

fn target(organisation: &Organisation, role: &Role, needed: i64) -> Target {
    Target {
        name: format!("plans/p/targets/{}-{}", organisation.title, role.title),
        parent: "plans/p".into(),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        organisation: organisation.name.clone(),
        role: role.name.clone(),
        period_end_date: date("2027-03-31"),
        needed_fte: Fte::whole(needed),
        funded_fte: Fte::whole(needed - needed / 10),
    }
}

fn requirement(role: &Role, skill: &Skill, weight: i64) -> Requirement {
    Requirement {
        name: format!("{}/requirements/{}", role.name, skill.title),
        parent: role.name.clone(),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        skill: skill.name.clone(),
        minimum_level: 3,
        importance: Importance::Essential,
        weight: Ratio::whole(weight),
        minimum_holders: 1,
        needed_from_date: None,
        role: String::new(),
        family: String::new(),
    }
}

fn employed(organisation: &Organisation, role: &Role, subject: &str, fte: Fte) -> Staffing {
    Staffing {
        name: format!("{}/staffing/{subject}", organisation.name),
        parent: organisation.name.clone(),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        subject: subject.to_owned(),
        role: role.name.clone(),
        headcount: 1,
        fte,
        start_date: date("2024-01-01"),
        end_date: None,
        source: String::new(),
    }
}

/// A quarter was never assessed, a quarter of the others has lapsed, and half are below the level.
fn assessed(
    organisation: &Organisation,
    subject: &str,
    skill: &Skill,
    numbers: &mut Numbers,
) -> Option<Assessment> {
    if numbers.below(4) == 0 {
        return None;
    }
    Some(Assessment {
        name: format!("{}/assessments/{subject}-{}", organisation.name, skill.title),
        parent: organisation.name.clone(),
        revision: 1,
        create_time: Default::default(),
        update_time: Default::default(),
        subject: subject.to_owned(),
        skill: skill.name.clone(),
        level: numbers.below(4) as i32 + 1,
        headcount: 1,
        fte: None,
        assessed_date: date("2025-06-30"),
        valid_until_date: (numbers.below(4) == 0).then(|| date("2026-06-29")),
        source: AssessmentSource::Test,
        assessor: String::new(),
        evidence_uri: String::new(),
    })
}
