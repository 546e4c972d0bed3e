//! The broader skills of ESCO's skills: the addresses that the publisher gives are kept with each
//! skill, and the first of them whose skill is in the framework is its broader skill, whichever
//! file brought it and in whichever order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::api::v1;

use super::{Report, SourcedRow, esco_concept::Concept};

/// Addresses of broader concepts by the address of the concept, with the first line that says them.
pub type Relations = BTreeMap<String, (String, BTreeSet<String>)>;

/// The skills of the files and of the registry, and how they are linked.
pub struct BroaderLinks<'a> {
    known: &'a HashMap<String, v1::Skill>,
    concepts: BTreeMap<String, Concept>,
    /// Names of all skills, by their addresses.
    names: HashMap<String, String>,
    /// Relations of concepts that are neither in the files nor in the registry.
    strangers: usize,
}

impl<'a> BroaderLinks<'a> {
    pub fn new(
        known: &'a HashMap<String, v1::Skill>,
        concepts: BTreeMap<String, Concept>,
        relations: Relations,
    ) -> Self {
        let skills = known.values().chain(concepts.values().map(|concept| &concept.skill));
        let names = skills.filter(|skill| !skill.external_uri.is_empty());
        let names = names.map(|skill| (skill.external_uri.clone(), skill.name.clone())).collect();
        let mut links = Self { known, concepts, names, strangers: 0 };
        for (concept, (origin, uris)) in relations {
            links.relate(&concept, origin, uris);
        }
        links
    }

    /// Adds the addresses of a file of relations to those of a file of skills.
    fn relate(&mut self, concept: &str, origin: String, mut uris: BTreeSet<String>) {
        let Some(name) = self.names.get(concept).cloned() else {
            self.strangers += 1;
            return;
        };
        let Some(concept) = self.concept(&name, &origin) else { return };
        if concept.fields.contains(&"broader_uris") {
            uris.extend(concept.skill.broader_uris.drain(..));
        } else {
            concept.fields.push("broader_uris");
        }
        concept.skill.broader_uris = uris.into_iter().collect();
    }

    /// The concept of a name. If only the registry has it, it is imported with what it says from
    /// now on.
    fn concept(&mut self, name: &str, origin: &str) -> Option<&mut Concept> {
        if !self.concepts.contains_key(name) {
            let concept = Concept::known(self.known.get(name)?.clone(), origin.to_owned());
            self.concepts.insert(name.to_owned(), concept);
        }
        self.concepts.get_mut(name)
    }

    /// Returns the rows to import, broader skills first, and notes the links whose other end is
    /// missing.
    pub fn rows(mut self, report: &mut Report) -> Vec<SourcedRow<v1::Skill>> {
        let known = self.known.keys().filter(|name| !self.concepts.contains_key(*name));
        let names: Vec<String> = self.concepts.keys().chain(known).cloned().collect();
        for name in &names {
            self.link(name, report);
        }
        if self.strangers > 0 {
            report.note(
                "relations of other concepts",
                format!(
                    "relations of {} concepts that the framework does not have were left out: \
                     import them again after these concepts",
                    self.strangers
                ),
            );
        }
        let depths: HashMap<String, usize> =
            self.concepts.keys().map(|name| (name.clone(), self.depth(name))).collect();
        let mut concepts: Vec<Concept> = self.concepts.into_values().collect();
        concepts.sort_by_cached_key(|concept| {
            let depth = depths.get(&concept.skill.name).copied();
            (depth, concept.fields.clone(), concept.skill.name.clone())
        });
        concepts.into_iter().map(Concept::row).collect()
    }

    /// Sets the broader skill of a skill. One that somebody chose, and that the publisher does not
    /// name, stays.
    fn link(&mut self, name: &str, report: &mut Report) {
        let known = self.known.get(name);
        let uris = match self.concepts.get(name) {
            Some(concept) if concept.fields.contains(&"broader_uris") => {
                concept.skill.broader_uris.clone()
            }
            _ => known.map(|known| known.broader_uris.clone()).unwrap_or_default(),
        };
        let broader =
            uris.iter().filter_map(|uri| self.names.get(uri)).find(|other| *other != name);
        let broader = broader.cloned().unwrap_or_default();
        if broader.is_empty()
            && !uris.is_empty()
            && let Some(concept) = self.concepts.get(name)
        {
            let origin = concept.origins.first().map_or("", String::as_str);
            report.note(
                "missing broader skills",
                format!(
                    "{origin}: {name} has no broader skill yet: the framework does not have {}, \
                     which is kept in broader_uris",
                    uris.join(" or ")
                ),
            );
        }
        let current = known.map_or("", |known| known.broader_skill.as_str());
        if broader != current
            && known.is_none_or(|known| self.is_of_the_publisher(known))
            && let Some(concept) = self.concept(name, "a skill of an earlier import")
        {
            concept.skill.broader_skill = broader;
            concept.fields.push("broader_skill");
        }
    }

    /// Whether the publisher names the broader skill of a skill of the registry, or it has none.
    fn is_of_the_publisher(&self, known: &v1::Skill) -> bool {
        let broader = self.known.get(&known.broader_skill);
        known.broader_skill.is_empty()
            || broader.is_some_and(|broader| known.broader_uris.contains(&broader.external_uri))
    }

    /// Number of skills above a skill; that of all concepts in a cycle.
    fn depth(&self, name: &str) -> usize {
        let above = |name: &&str| {
            let concept = self.concepts.get(*name)?;
            Some(concept.skill.broader_skill.as_str()).filter(|broader| !broader.is_empty())
        };
        std::iter::successors(above(&name), above).take(self.concepts.len()).count()
    }
}
