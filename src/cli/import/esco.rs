//! Imports skills of ESCO, as a framework without levels. This service uses the ESCO
//! classification of the European Commission.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    api::v1::{self, skill_service_client::SkillServiceClient},
    cli::Failure,
};

use super::{
    Report,
    distinct::reject_conflict,
    esco_concept::{Concept, concept, id},
    esco_links::{BroaderLinks, Relations},
    session::{Session, exported},
    source::{Line, Rows},
    titles::preferred,
};

/// Columns that a file of skills must have. Of the others, only those that it has are imported.
const COLUMNS: [&str; 2] = ["conceptUri", "preferredLabel"];

/// Columns of a file of relations.
const RELATION_COLUMNS: [&str; 2] = ["conceptUri", "broaderUri"];

/// The content of the files, by names.
#[derive(Default)]
struct Content {
    concepts: BTreeMap<String, Concept>,
    relations: Relations,
}

pub async fn import(session: &mut Session<'_>) -> Result<(), Failure> {
    let options = session.options;
    let framework = v1::Framework {
        name: format!("frameworks/{}", options.framework.as_deref().unwrap_or("esco")),
        title: "ESCO, European Skills, Competences, Qualifications and Occupations".to_owned(),
        publisher: "European Commission".to_owned(),
        licence: "Commission Decision 2011/833/EU. This service uses the ESCO classification of \
                  the European Commission."
            .to_owned(),
        ..v1::Framework::default()
    };
    let mut content = Content::default();
    for path in &options.files {
        let rows = Rows::with_headings(path, &COLUMNS[..1])?;
        let relates = rows.has(RELATION_COLUMNS[1]);
        if !relates {
            rows.require(&COLUMNS)?;
        }
        for line in rows.lines()? {
            match relates {
                true => content.add_relation(&line),
                false => content.add_concept(&framework.name, &line, &mut session.report),
            }
        }
    }
    let name = framework.name.clone();
    session.load_framework(framework).await?;
    let known = known_skills(session, &name).await?;
    let concepts = content.accepted(&known, &mut session.report);
    let skills = BroaderLinks::new(&known, concepts, content.relations).rows(&mut session.report);
    session.load(&name, skills).await?;
    session.publish(&name).await
}

async fn known_skills(
    session: &Session<'_>,
    framework: &str,
) -> Result<HashMap<String, v1::Skill>, Failure> {
    let mut service = SkillServiceClient::new(session.channel.clone());
    let parent = framework.to_owned();
    let export = v1::ExportSkillsRequest { parent, ..Default::default() };
    let known = exported(service.export_skills(export).await, |part| part.skills).await?;
    Ok(known.into_iter().map(|skill| (skill.name.clone(), skill)).collect())
}

impl Content {
    fn add_concept(&mut self, framework: &str, line: &Line, report: &mut Report) {
        let uri = line.get("conceptUri");
        let Some(id) = id(&uri) else {
            let reasons = "conceptUri is not an address that ends in an identifier".to_owned();
            return report.reject("Skill", &line.origin, uri, reasons);
        };
        let concept = concept(format!("{framework}/skills/{id}"), line);
        match self.concepts.get_mut(&concept.skill.name) {
            Some(known) => known.merge(concept),
            None => {
                self.concepts.insert(concept.skill.name.clone(), concept);
            }
        }
    }

    fn add_relation(&mut self, line: &Line) {
        let [concept, broader] = RELATION_COLUMNS.map(|column| line.get(column));
        let relations = self.relations.entry(concept);
        let (_, uris) = relations.or_insert_with(|| (line.origin.clone(), BTreeSet::new()));
        uris.insert(broader);
    }

    /// Takes the concepts out, without those whose id stands for another one.
    fn accepted(
        &mut self,
        known: &HashMap<String, v1::Skill>,
        report: &mut Report,
    ) -> BTreeMap<String, Concept> {
        let mut accepted = BTreeMap::new();
        for (name, mut concept) in std::mem::take(&mut self.concepts) {
            let origins: Vec<&str> = concept.origins.iter().map(String::as_str).collect();
            let known = known.get(&name);
            let other = |known: &&v1::Skill| {
                !known.external_uri.is_empty() && known.external_uri != concept.skill.external_uri
            };
            if concept.has_conflict {
                reject_conflict("Skill", &name, &origins, report);
            } else if let Some(known) = known.filter(other) {
                let reasons = format!("the id stands for {} in the registry", known.external_uri);
                report.reject("Skill", origins.first().unwrap_or(&""), name, reasons);
            } else {
                if let Some(known) = known {
                    concept.skill.title = preferred(&known.title, &concept.skill.title).to_owned();
                }
                accepted.insert(name, concept);
            }
        }
        accepted
    }
}
