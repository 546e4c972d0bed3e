//! Generates organisations, a framework, skills, roles and a plan.

use chrono::{Datelike, Days, NaiveDate};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

use crate::{
    api::v1::{
        Framework, FrameworkLevel, Importance, Organisation, OrganisationKind, Plan, Requirement,
        Role, Skill, Target,
    },
    cli::Failure,
    domain::role::FAMILIES,
};

use super::Size;

/// Highest rank of the framework.
pub const LEVELS: u64 = 4;

const REGIONS: usize = 7;
const CATEGORIES: usize = 6;
const FRAMEWORK: &str = "frameworks/generated";
const PLAN: &str = "plans/generated";
const OWNER: &str = "organisations/GNX";

/// A made-up nation.
pub struct Nation {
    size: Size,
    seed: u64,
    /// For each role, the indexes of the skills that it requires.
    required: Vec<Vec<usize>>,
}

/// Random streams. Each purpose has its own, so that none depends on how much of another is
/// generated.
#[derive(Clone, Copy)]
pub enum Draw {
    RoleSkills,
    Requirement,
    Target,
    Subject,
    Post,
    Pool,
    Assessment,
}

/// Pseudo-random numbers.
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// Returns a number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        // The remainder introduces a bias that is negligible for 64 bits.
        self.0.next_u64() % end.max(1)
    }

    /// Returns true once in `many` times on average.
    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// Returns `many` different numbers below `end`, or all of them if there are fewer.
    pub fn some(&mut self, many: usize, end: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..end).collect();
        for place in 0..many.min(end) {
            let other = place + self.below((end - place) as u64) as usize;
            all.swap(place, other);
        }
        all.truncate(many);
        all
    }
}

impl Nation {
    pub fn new(size: Size, seed: u64) -> Result<Self, Failure> {
        if size.requirements > size.skills {
            return Err("a role cannot require more skills than there are".into());
        }
        let mut nation = Self { size, seed, required: Vec::new() };
        let required = |role| {
            nation.chance(Draw::RoleSkills, role).some(nation.size.requirements, nation.size.skills)
        };
        nation.required = (0..nation.size.roles).map(required).collect();
        Ok(nation)
    }

    pub fn size(&self) -> &Size {
        &self.size
    }

    /// Returns the random numbers for the nth item of a purpose.
    pub fn chance(&self, draw: Draw, n: usize) -> Chance {
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        generator.set_stream((draw as u64) << 48 | n as u64);
        Chance(generator)
    }

    /// Returns the indexes of the skills that a role requires.
    pub fn required(&self, role: usize) -> &[usize] {
        &self.required[role]
    }

    pub fn organisation(n: usize) -> String {
        format!("organisations/GN{n:04}")
    }

    pub fn role(n: usize) -> String {
        format!("roles/generated-{n:03}")
    }

    pub fn skill(n: usize) -> String {
        format!("{FRAMEWORK}/skills/skill-{n:03}")
    }

    /// Returns the organisations, parents first.
    pub fn organisations(&self) -> Vec<Organisation> {
        let top = Organisation {
            name: OWNER.to_owned(),
            title: "Made-up nation".to_owned(),
            kind: OrganisationKind::NationalBody.into(),
            ..Organisation::default()
        };
        let region = |n| format!("GNR{n}");
        let regions = (0..REGIONS).map(|n| Organisation {
            name: format!("organisations/{}", region(n)),
            title: format!("Region {n}"),
            kind: OrganisationKind::Region.into(),
            parent: OWNER.to_owned(),
            region_code: region(n),
            ..Organisation::default()
        });
        let trusts = (0..self.size.organisations).map(|n| Organisation {
            name: Self::organisation(n),
            title: format!("Trust {n}"),
            kind: OrganisationKind::Trust.into(),
            parent: format!("organisations/{}", region(n % REGIONS)),
            region_code: region(n % REGIONS),
            ..Organisation::default()
        });
        [top].into_iter().chain(regions).chain(trusts).collect()
    }

    pub fn framework(&self) -> Framework {
        let level = |rank| FrameworkLevel {
            rank,
            id: format!("level-{rank}"),
            title: format!("Level {rank}"),
            ..FrameworkLevel::default()
        };
        Framework {
            name: FRAMEWORK.to_owned(),
            title: "Made-up skills".to_owned(),
            levels: (1..=LEVELS as i32).map(level).collect(),
            ..Framework::default()
        }
    }

    pub fn skills(&self) -> Vec<Skill> {
        let skill = |n| Skill {
            name: Self::skill(n),
            title: format!("Skill {n}"),
            category: format!("Category {}", n % CATEGORIES),
            ..Skill::default()
        };
        (0..self.size.skills).map(skill).collect()
    }

    pub fn roles(&self) -> Vec<Role> {
        let role = |n: usize| Role {
            name: Self::role(n),
            title: format!("Role {n}"),
            family: FAMILIES[n % FAMILIES.len()].family.to_owned(),
            ..Role::default()
        };
        (0..self.size.roles).map(role).collect()
    }

    pub fn requirements(&self) -> Vec<Requirement> {
        let of = |role: usize| {
            let mut chance = self.chance(Draw::Requirement, role);
            let skills = self.required(role).iter();
            let requirement = move |skill: &usize| Requirement {
                name: format!("{}/requirements/skill-{skill:03}", Self::role(role)),
                skill: Self::skill(*skill),
                minimum_level: Some(1 + chance.below(LEVELS) as i32),
                importance: match chance.one_in(4) {
                    true => Importance::Desirable,
                    false => Importance::Essential,
                }
                .into(),
                weight: Some([0.5, 1.0, 1.5, 2.0, 3.0][chance.below(5) as usize]),
                minimum_holders: Some(1 + chance.below(3) as i32),
                ..Requirement::default()
            };
            skills.map(requirement)
        };
        (0..self.size.roles).flat_map(of).collect()
    }

    pub fn plan(&self) -> Plan {
        Plan {
            name: PLAN.to_owned(),
            title: "Made-up national plan".to_owned(),
            owner: OWNER.to_owned(),
            first_period_end_date: period(0).to_string(),
            last_period_end_date: period(self.size.periods.saturating_sub(1)).to_string(),
            ..Plan::default()
        }
    }

    /// Returns the targets of an organisation: one for every role in every period.
    pub fn targets(&self, organisation: usize) -> Vec<Target> {
        let places = (0..self.size.roles).flat_map(|role| {
            let periods = 0..self.size.periods;
            periods.map(move |n| (role, n))
        });
        let mut chance = self.chance(Draw::Target, organisation);
        let target = |(role, n)| {
            let needed = chance.below(300);
            let funded = needed * (70 + chance.below(41)) / 100;
            Target {
                name: format!("{PLAN}/targets/gn{organisation:04}-{role:03}-{n}"),
                organisation: Self::organisation(organisation),
                role: Self::role(role),
                period_end_date: period(n).to_string(),
                needed_fte: Some(needed as f64 / 100.0),
                funded_fte: Some(funded as f64 / 100.0),
                ..Target::default()
            }
        };
        places.map(target).collect()
    }
}

/// The day on which the nation is observed. All assessments lie before it.
pub fn today() -> NaiveDate {
    day(335, 2026)
}

/// Returns the last day of the nth period: the end of a financial year.
fn period(n: usize) -> NaiveDate {
    let years = i32::try_from(n).unwrap_or(0);
    let april = NaiveDate::from_ymd_opt(today().year() + 1 + years, 4, 1);
    april.map_or_else(today, |april| april - Days::new(1))
}

fn day(of_year: u32, year: i32) -> NaiveDate {
    NaiveDate::from_yo_opt(year, of_year).unwrap_or_default()
}
