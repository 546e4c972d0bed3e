//! Imports the Government Digital and Data Profession Capability Framework: a framework of four
//! levels, its skills, its role levels as roles, and the requirements of each.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    api::v1::{
        self, role_service_client::RoleServiceClient, skill_service_client::SkillServiceClient,
    },
    cli::Failure,
};

use super::{
    Report, SourcedRow,
    distinct::{DistinctRows, reject_conflict},
    gdad_skill::{LEVELS, SkillCells},
    session::{Session, exported},
    source::{Line, Rows, one_line, slug},
    titles::{preferred, share_an_id},
};

/// Value of a level that a role or a skill does not have. Holding the skill at all is enough then.
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

/// Fields of a role that the files say.
const ROLE_FIELDS: [&str; 4] = ["title", "family", "group", "description"];

/// Fields of a requirement that the files say.
const REQUIREMENT_FIELDS: [&str; 2] = ["skill", "minimum_level"];

/// The content of the files.
#[derive(Default)]
struct Content {
    skills: BTreeMap<String, SkillCells>,
    roles: DistinctRows<v1::Role>,
    requirements: DistinctRows<v1::Requirement>,
}

pub async fn import(session: &mut Session<'_>) -> Result<(), Failure> {
    let options = session.options;
    let id = options.framework.as_deref().unwrap_or("gdad");
    let mut content = Content::default();
    for path in &options.files {
        let rows = Rows::with_headings(path, &["Skill Name"])?;
        let of_roles = rows.has("Role");
        if of_roles {
            rows.require(&ROLE_COLUMNS)?;
        }
        for line in rows.lines()? {
            match of_roles {
                true => content.add_role(id, &line, &mut session.report),
                false => content.add_skill(id, &line, &mut session.report),
            }
        }
    }
    let framework = framework(id);
    let name = framework.name.clone();
    session.load_framework(framework).await?;
    let skills = skill_rows(session, &name, content.skills).await?;
    session.load(&name, skills).await?;
    let roles = content.roles.take(&mut session.report);
    let roles = role_rows(session, roles).await?;
    session.load("", roles).await?;
    let requirements = content.requirements.take(&mut session.report);
    let requirements = session.without_rejected(requirements, |row| {
        let role = row.name.split("/requirements/").next().unwrap_or_default();
        vec![row.skill.clone(), role.to_owned()]
    });
    session.load("roles/-", requirements).await?;
    session.publish(&name).await
}

fn framework(id: &str) -> v1::Framework {
    let level = |(rank, title): (i32, &&str)| v1::FrameworkLevel {
        rank,
        id: slug(title),
        title: (*title).to_owned(),
        description: String::new(),
    };
    v1::Framework {
        name: format!("frameworks/{id}"),
        title: "Government Digital and Data Profession Capability Framework".to_owned(),
        publisher: "UK Government".to_owned(),
        licence: "Open Government Licence v3.0".to_owned(),
        levels: (1..).zip(&LEVELS).map(level).collect(),
        ..v1::Framework::default()
    }
}

impl Content {
    /// Adds a line of `skills.csv`: a skill, and what each of its levels means.
    fn add_skill(&mut self, framework: &str, line: &Line, report: &mut Report) {
        let title = line.get("Skill Name");
        if title.is_empty() {
            let reasons = "the column \"Skill Name\" is empty".to_owned();
            return report.reject("Skill", &line.origin, String::new(), reasons);
        }
        let name = format!("frameworks/{framework}/skills/{}", slug(&title));
        self.skills.entry(name).or_default().add(SkillCells::of_skills_file(line));
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
        let id = slug(&line.get("Skill Name"));
        let skill = format!("frameworks/{framework}/skills/{id}");
        self.skills.entry(skill.clone()).or_default().add(SkillCells::of_roles_file(line));

        let role = role(framework, line);
        let requirement = v1::Requirement {
            name: format!("{}/requirements/{id}", role.name),
            skill,
            minimum_level: Some(rank.map_or(0, |rank| rank as i32 + 1)),
            importance: v1::Importance::Essential as i32,
            weight: Some(1.0),
            minimum_holders: Some(1),
            ..v1::Requirement::default()
        };
        let fields = ROLE_FIELDS.to_vec();
        self.roles.add(SourcedRow { fields, ..line.sourced(role) });
        let fields = REQUIREMENT_FIELDS.to_vec();
        self.requirements.add(SourcedRow { fields, ..line.sourced(requirement) });
    }
}

/// Returns the skills of the files, each with what the registry knows of it already. Rejects those
/// whose id stands for another skill, there or in the files.
async fn skill_rows(
    session: &mut Session<'_>,
    framework: &str,
    skills: BTreeMap<String, SkillCells>,
) -> Result<Vec<SourcedRow<v1::Skill>>, Failure> {
    let mut service = SkillServiceClient::new(session.channel.clone());
    let parent = framework.to_owned();
    let export = v1::ExportSkillsRequest { parent, ..Default::default() };
    let known = exported(service.export_skills(export).await, |part| part.skills).await?;
    let known: HashMap<String, v1::Skill> =
        known.into_iter().map(|skill| (skill.name.clone(), skill)).collect();
    let mut rows = Vec::new();
    for (name, cells) in skills {
        let known = known.get(&name);
        if cells.has_conflict() {
            reject_conflict("Skill", &name, &cells.origins(), &mut session.report);
        } else if let Some(known) = known.filter(|known| share_an_id(&known.title, cells.title())) {
            let reasons = in_the_registry(&known.title, cells.title());
            session.report.reject("Skill", cells.origin(), name, reasons);
        } else {
            rows.push(cells.row(name, known));
        }
    }
    Ok(rows)
}

/// Returns the roles with the titles to keep. Rejects those whose id stands for another role in the
/// registry.
async fn role_rows(
    session: &mut Session<'_>,
    mut rows: Vec<SourcedRow<v1::Role>>,
) -> Result<Vec<SourcedRow<v1::Role>>, Failure> {
    let mut service = RoleServiceClient::new(session.channel.clone());
    let export = v1::ExportRolesRequest::default();
    let known = exported(service.export_roles(export).await, |part| part.roles).await?;
    let titles: HashMap<String, String> =
        known.into_iter().map(|role| (role.name, role.title)).collect();
    let report = &mut session.report;
    rows.retain_mut(|SourcedRow { origin, row, .. }| {
        let Some(known) = titles.get(&row.name) else { return true };
        if share_an_id(known, &row.title) {
            let reasons = in_the_registry(known, &row.title);
            report.reject("Role", origin, row.name.clone(), reasons);
            return false;
        }
        row.title = preferred(known, &row.title).to_owned();
        true
    });
    Ok(rows)
}

fn in_the_registry(known: &str, title: &str) -> String {
    format!(
        "the registry has {known:?} under this id: if {title:?} is its new title, change it there first"
    )
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
