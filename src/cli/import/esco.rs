//! Imports a skills collection of ESCO, as a framework without levels. This service uses the ESCO
//! classification of the European Commission.

use std::collections::HashMap;

use tonic::transport::Channel;

use crate::{
    api::v1,
    cli::{Failure, import::Import},
};

use super::{
    Report, SourcedRow, load, publish,
    source::{Line, Rows, one_line},
};

const COLUMNS: [&str; 6] =
    ["conceptUri", "preferredLabel", "skillType", "altLabels", "description", "broaderConceptUri"];

pub async fn import(
    channel: &Channel,
    options: &Import,
    report: &mut Report,
) -> Result<(), Failure> {
    let framework = v1::Framework {
        name: format!("frameworks/{}", options.framework.as_deref().unwrap_or("esco")),
        title: "ESCO, European Skills, Competences, Qualifications and Occupations".to_owned(),
        version: options.edition.clone(),
        publisher: "European Commission".to_owned(),
        licence: "Commission Decision 2011/833/EU. This service uses the ESCO classification of \
                  the European Commission."
            .to_owned(),
        ..v1::Framework::default()
    };
    let mut lines = Vec::new();
    for path in &options.files {
        lines.extend(Rows::with_headings(path, &COLUMNS)?.lines()?);
    }
    let skills = skills(&framework.name, &lines, report);
    let name = framework.name.clone();
    let origin = options.files[0].display().to_string();
    load(channel, "", vec![SourcedRow { origin, row: framework }], report).await?;
    load(channel, &name, skills, report).await?;
    match options.publish {
        true => publish(channel, &name).await,
        false => Ok(()),
    }
}

/// Returns the skills of the collection, broader skills first.
fn skills(framework: &str, lines: &[Line], report: &mut Report) -> Vec<SourcedRow<v1::Skill>> {
    let mut by_uri: HashMap<String, usize> = HashMap::new();
    for (i, line) in lines.iter().enumerate() {
        let uri = line.get("conceptUri");
        match id(&uri) {
            Some(_) => {
                by_uri.entry(uri).or_insert(i);
            }
            None => {
                let reasons = "conceptUri is not an address that ends in an identifier".to_owned();
                report.reject("Skill", &line.origin, uri, reasons);
            }
        }
    }
    // The first of several broader concepts that is a skill of the collection.
    let broader = |line: &Line| {
        let uris = line.get("broaderConceptUri");
        uris.split('|').map(str::trim).find(|uri| by_uri.contains_key(*uri)).map(str::to_owned)
    };
    let depth = |line: &Line| {
        let up = |uri: &String| by_uri.get(uri).and_then(|i| broader(&lines[*i]));
        // A chain longer than the collection would be a cycle.
        std::iter::successors(broader(line), up).take(lines.len()).count()
    };
    let known = lines.iter().enumerate();
    let known = known.filter(|(i, line)| by_uri.get(&line.get("conceptUri")) == Some(i));
    let mut skills: Vec<_> = known
        .map(|(_, line)| {
            let broader = broader(line).and_then(|uri| id(&uri));
            (depth(line), skill(framework, line, broader))
        })
        .collect();
    skills.sort_by_key(|(depth, _)| *depth);
    skills.into_iter().map(|(_, skill)| skill).collect()
}

fn skill(framework: &str, line: &Line, broader: Option<String>) -> SourcedRow<v1::Skill> {
    let uri = line.get("conceptUri");
    let name = |id: &str| format!("{framework}/skills/{id}");
    let labels = line.get("altLabels");
    let mut alternative_labels: Vec<String> = Vec::new();
    for label in labels.split(['|', '\n']).map(one_line) {
        if !label.is_empty() && !alternative_labels.contains(&label) {
            alternative_labels.push(label);
        }
    }
    let row = v1::Skill {
        name: name(&id(&uri).unwrap_or_default()),
        title: one_line(&line.get("preferredLabel")),
        description: line.get("description"),
        category: line.get("skillType"),
        external_uri: uri,
        alternative_labels,
        broader_skill: broader.map(|id| name(&id)).unwrap_or_default(),
        state: v1::SkillState::Active as i32,
        ..v1::Skill::default()
    };
    SourcedRow { origin: line.origin.clone(), row }
}

/// Returns the identifier at the end of a concept's address.
fn id(uri: &str) -> Option<String> {
    let (_, id) = uri.rsplit_once('/')?;
    let good = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    good.then(|| id.to_ascii_lowercase())
}
