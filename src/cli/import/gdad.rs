//! Imports the Government Digital and Data Profession Capability Framework: a framework of four
//! levels, its skills, its role levels as roles, and the requirements of each.

use std::collections::{BTreeMap, HashSet};

use tonic::transport::Channel;

use crate::{
    api::v1,
    cli::{Failure, import::Import},
};

use super::{
    Report, SourcedRow, load, publish,
    source::{Line, Rows, one_line, slug},
};

/// Levels in ascending order. If the files say `NOT IN USE` there is no level, and holding the
/// skill at all is enough.
const LEVELS: [&str; 4] = ["Awareness", "Working", "Practitioner", "Expert"];

/// Value of a level that a role or a skill does not have.
const UNGRADED: &str = "NOT IN USE";

/// Columns of `roles.csv` that are read.
const ROLE_COLUMNS: [&str; 8] = [
    "Role Family",
    "Role",
    "Role Description",
    "Role Level",
    "Role Level Description",
    "Skill Name",
    "Skill Description",
    "Skill Level",
];

/// The content of the files, without duplicates and in order.
#[derive(Default)]
struct Content {
    skills: BTreeMap<String, SourcedRow<v1::Skill>>,
    roles: BTreeMap<String, SourcedRow<v1::Role>>,
    requirements: BTreeMap<String, SourcedRow<v1::Requirement>>,
}

pub async fn import(
    channel: &Channel,
    options: &Import,
    report: &mut Report,
) -> Result<(), Failure> {
    let id = options.framework.as_deref().unwrap_or("gdad");
    let mut content = Content::default();
    for path in &options.files {
        let rows = Rows::with_headings(path, &["Skill Name"])?;
        for line in rows.lines()? {
            if line.get("Role").is_empty() {
                content.add_skill(id, &line);
            } else {
                content.add_role(id, &line, report);
            }
        }
    }
    let framework = framework(id, &options.edition);
    let origin = options.files[0].display().to_string();
    let name = framework.name.clone();
    load(channel, "", vec![SourcedRow { origin, row: framework }], report).await?;
    let rows = |skills: BTreeMap<_, _>| skills.into_values().collect();
    load(channel, &name, rows(content.skills), report).await?;
    load(channel, "", content.roles.into_values().collect(), report).await?;
    load(channel, "roles/-", content.requirements.into_values().collect(), report).await?;
    match options.publish {
        true => publish(channel, &name).await,
        false => Ok(()),
    }
}

fn framework(id: &str, edition: &str) -> v1::Framework {
    let level = |(rank, title): (i32, &&str)| v1::FrameworkLevel {
        rank,
        id: slug(title),
        title: (*title).to_owned(),
        description: String::new(),
    };
    v1::Framework {
        name: format!("frameworks/{id}"),
        title: "Government Digital and Data Profession Capability Framework".to_owned(),
        version: edition.to_owned(),
        publisher: "UK Government".to_owned(),
        licence: "Open Government Licence v3.0".to_owned(),
        levels: (1..).zip(&LEVELS).map(level).collect(),
        ..v1::Framework::default()
    }
}

impl Content {
    /// Adds a line of `skills.csv`: a skill, and what each of its levels means.
    fn add_skill(&mut self, framework: &str, line: &Line) {
        let (title, mut description) = (line.get("Skill Name"), line.get("Skill Description"));
        for level in LEVELS {
            let meaning = line.get(level);
            if !meaning.is_empty() {
                description.push_str(&format!("\n\n{level}\n{meaning}"));
            }
        }
        let name = format!("frameworks/{framework}/skills/{}", slug(&title));
        self.skills.insert(name.clone(), sourced(line, skill(name, &title, description)));
    }

    /// Adds a line of `roles.csv`: a role level and a skill that it requires. The file may contain
    /// the same line more than once.
    fn add_role(&mut self, framework: &str, line: &Line, report: &mut Report) {
        if let Some(missing) = ROLE_COLUMNS
            .iter()
            .find(|column| line.get(column).is_empty() && !column.ends_with("Description"))
        {
            let reasons = format!("the column {missing:?} is empty");
            report.reject("Requirement", &line.origin, String::new(), reasons);
            return;
        }
        let level = line.get("Skill Level");
        let rank = LEVELS.iter().position(|other| *other == level);
        if rank.is_none() && level != UNGRADED {
            let reasons = format!("there is no level {level:?}");
            report.reject("Requirement", &line.origin, String::new(), reasons);
            return;
        }
        let title = line.get("Skill Name");
        let skill_name = format!("frameworks/{framework}/skills/{}", slug(&title));
        let new = skill(skill_name.clone(), &title, line.get("Skill Description"));
        self.skills.entry(skill_name.clone()).or_insert_with(|| sourced(line, new));

        let role = role(framework, line);
        let name = format!("{}/requirements/{}", role.name, slug(&title));
        self.roles.entry(role.name.clone()).or_insert_with(|| sourced(line, role));
        let requirement = v1::Requirement {
            name: name.clone(),
            skill: skill_name,
            minimum_level: Some(rank.map_or(0, |rank| rank as i32 + 1)),
            importance: v1::Importance::Essential as i32,
            weight: Some(1.0),
            minimum_holders: Some(1),
            ..v1::Requirement::default()
        };
        self.requirements.entry(name).or_insert_with(|| sourced(line, requirement));
    }
}

fn sourced<T>(line: &Line, row: T) -> SourcedRow<T> {
    SourcedRow { origin: line.origin.clone(), row }
}

fn skill(name: String, title: &str, description: String) -> v1::Skill {
    v1::Skill {
        name,
        title: one_line(title),
        description,
        state: v1::SkillState::Active as i32,
        ..v1::Skill::default()
    }
}

fn role(framework: &str, line: &Line) -> v1::Role {
    let (group, level) = (line.get("Role"), line.get("Role Level"));
    let title = if level == UNGRADED { &group } else { &level };
    let texts = [line.get("Role Description"), line.get("Role Level Description")];
    let mut seen = HashSet::new();
    let texts = texts
        .iter()
        .filter(|text| !text.is_empty() && *text != UNGRADED && seen.insert(text.as_str()));
    let description: Vec<&str> = texts.map(String::as_str).collect();
    v1::Role {
        name: format!("roles/{framework}.{}", slug(title)),
        title: one_line(title),
        family: family(&line.get("Role Family")),
        group: one_line(&group),
        description: description.join("\n\n"),
        ..v1::Role::default()
    }
}

/// Converts a family. The framework's families are the registry's, except that of the chief roles.
fn family(text: &str) -> String {
    let text = text.split('(').next().unwrap_or(text);
    match slug(text).as_str() {
        "chief-digital-and-data" => "DIGITAL_LEADERSHIP".to_owned(),
        slug => slug.to_ascii_uppercase().replace('-', "_"),
    }
}
