//! What the files of ESCO say of one skill.

use std::collections::BTreeSet;

use crate::api::v1;

use super::{
    SourcedRow,
    source::{Line, one_line},
};

/// A skill, as all lines about it say.
pub struct Concept {
    pub skill: v1::Skill,
    /// Fields that the lines say.
    pub fields: Vec<&'static str>,
    pub origins: Vec<String>,
    /// Whether two lines are about different concepts.
    pub has_conflict: bool,
}

impl Concept {
    /// A skill of the registry of which no line says anything.
    pub fn known(skill: v1::Skill, origin: String) -> Self {
        Self { skill, fields: Vec::new(), origins: vec![origin], has_conflict: false }
    }

    /// Takes the fields that this does not have yet from another line about the concept. A title
    /// or an address of its own makes it another concept of the same identifier.
    pub fn merge(&mut self, other: Self) {
        self.has_conflict |= (&self.skill.external_uri, &self.skill.title)
            != (&other.skill.external_uri, &other.skill.title);
        for field in other.fields {
            if self.fields.contains(&field) {
                continue;
            }
            let (skill, other) = (&mut self.skill, &other.skill);
            match field {
                "description" => skill.description.clone_from(&other.description),
                "category" => skill.category.clone_from(&other.category),
                "alternative_labels" => {
                    skill.alternative_labels.clone_from(&other.alternative_labels);
                }
                "broader_uris" => skill.broader_uris.clone_from(&other.broader_uris),
                _ => {}
            }
            self.fields.push(field);
        }
        self.origins.extend(other.origins);
    }

    /// The row to import.
    pub fn row(self) -> SourcedRow<v1::Skill> {
        let origin = self.origins.into_iter().next().unwrap_or_default();
        SourcedRow { origin, row: self.skill, fields: self.fields }
    }
}

/// Reads a line about a concept.
pub fn concept(name: String, line: &Line) -> Concept {
    let mut alternative_labels: Vec<String> = Vec::new();
    for label in line.get("altLabels").split(['|', '\n']).map(one_line) {
        if !label.is_empty() && !alternative_labels.contains(&label) {
            alternative_labels.push(label);
        }
    }
    // In an order of their own, so that no file's order matters.
    let broader = line.get("broaderConceptUri");
    let broader = broader.split(['|', '\n']).map(str::trim).filter(|uri| !uri.is_empty());
    let broader: BTreeSet<String> = broader.map(str::to_owned).collect();
    let skill = v1::Skill {
        name,
        title: one_line(&line.get("preferredLabel")),
        description: line.get("description"),
        category: line.get("skillType"),
        external_uri: line.get("conceptUri"),
        alternative_labels,
        broader_uris: broader.into_iter().collect(),
        state: v1::SkillState::Active as i32,
        ..v1::Skill::default()
    };
    let mut fields = vec!["title", "external_uri"];
    for (column, field) in [
        ("description", "description"),
        ("skillType", "category"),
        ("altLabels", "alternative_labels"),
        ("broaderConceptUri", "broader_uris"),
    ] {
        if line.has(column) {
            fields.push(field);
        }
    }
    Concept { skill, fields, origins: vec![line.origin.clone()], has_conflict: false }
}

/// Returns the identifier at the end of a concept's address.
pub fn id(uri: &str) -> Option<String> {
    let (_, id) = uri.rsplit_once('/')?;
    let good = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    good.then(|| id.to_ascii_lowercase())
}
