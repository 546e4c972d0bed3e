//! The rows: a small world, and as many staffing records and assessments in it as are asked for.

use chrono::{Days, NaiveDate};
use digital_skills_registry::api::{client::Importable, v1::*};
use tokio_stream::wrappers::ReceiverStream;

/// How many rows go in a message: the most that one may have.
pub const BATCH: usize = 1_000;

const ORGANISATIONS: usize = 20;
const SKILLS: usize = 10;
const ROLES: usize = 10;

/// The messages of a stream.
pub type Batches<R> = ReceiverStream<R>;

/// A row of which there are as many as are asked for.
pub trait NumberedRow: Importable {
    /// Its table.
    const TABLE: &'static str;

    fn name_of(n: usize) -> String;
    fn nth(n: usize) -> Self;
}

impl NumberedRow for Staffing {
    const TABLE: &'static str = "staffing";

    fn name_of(n: usize) -> String {
        format!("{}/staffing/{n:08}", organisation(n))
    }

    fn nth(n: usize) -> Self {
        let chance = scattered(n);
        let left = chance.is_multiple_of(8);
        Self {
            name: Self::name_of(n),
            subject: subject(n),
            role: format!("roles/role-{}", chance % ROLES),
            headcount: Some(1),
            fte: Some([1.0, 0.8, 0.6, 0.5][chance % 4]),
            start_date: day(2015, chance % 3_000),
            end_date: if left { day(2024, chance % 700) } else { String::new() },
            source: "ESR".to_owned(),
            ..Self::default()
        }
    }
}

impl NumberedRow for Assessment {
    const TABLE: &'static str = "assessment";

    fn name_of(n: usize) -> String {
        format!("{}/assessments/{n:08}", organisation(n / SKILLS))
    }

    fn nth(n: usize) -> Self {
        let chance = scattered(n);
        let (lapses, proven) = (chance.is_multiple_of(2), chance.is_multiple_of(3));
        let proof = || format!("https://learning.example.nhs.uk/certificates/{chance:x}");
        Self {
            name: Self::name_of(n),
            subject: subject(n / SKILLS),
            skill: format!("frameworks/size/skills/skill-{}", n % SKILLS),
            level: Some((chance % 5) as i32),
            headcount: Some(1),
            assessed_date: day(2023, chance % 1_000),
            valid_until_date: if lapses { day(2026, chance % 1_000) } else { String::new() },
            source: (1 + chance % 7) as i32,
            assessor: subject(chance % 500),
            evidence_uri: if proven { proof() } else { String::new() },
            ..Self::default()
        }
    }
}

/// All that the rows refer to.
pub struct World {
    pub organisations: Vec<Organisation>,
    pub framework: Framework,
    pub skills: Vec<Skill>,
    pub roles: Vec<Role>,
}

impl World {
    pub fn new() -> Self {
        let organisations = (0..ORGANISATIONS).map(|n| Organisation {
            name: organisation(n),
            title: format!("Trust {n}"),
            kind: OrganisationKind::Trust as i32,
            ..Organisation::default()
        });
        let level = |rank| FrameworkLevel {
            rank,
            id: format!("level-{rank}"),
            title: format!("Level {rank}"),
            description: String::new(),
        };
        let framework = Framework {
            name: "frameworks/size".to_owned(),
            title: "Four levels".to_owned(),
            levels: (1..=4).map(level).collect(),
            ..Framework::default()
        };
        let skills = (0..SKILLS).map(|n| Skill {
            name: format!("{}/skills/skill-{n}", framework.name),
            title: format!("Skill {n}"),
            ..Skill::default()
        });
        let roles = (0..ROLES).map(|n| Role {
            name: format!("roles/role-{n}"),
            title: format!("Role {n}"),
            family: "DATA".to_owned(),
            ..Role::default()
        });
        Self {
            organisations: organisations.collect(),
            skills: skills.collect(),
            roles: roles.collect(),
            framework,
        }
    }
}

/// The organisation of the nth person: a batch has rows of all of them.
fn organisation(n: usize) -> String {
    format!("organisations/SIZE{:02}", n % ORGANISATIONS)
}

/// The pseudonym of the nth person. It tells nothing of their place among the others, so that an index
/// on it is written to everywhere, as with true ones.
fn subject(n: usize) -> String {
    // Letters alone: some digits look like a date.
    let chance = scattered(n);
    (0..16).map(|place| char::from(b'a' + (chance >> (4 * place) & 15) as u8)).collect()
}

fn day(year: i32, after: usize) -> String {
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    (first + Days::new(after as u64)).to_string()
}

/// A number that looks like chance, and is the same for the same `n` (SplitMix64).
fn scattered(n: usize) -> usize {
    let mut x = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 31)) as usize
}
