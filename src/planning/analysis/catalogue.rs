//! Resolves the keys of rows to organisations, roles, skills and periods, each held once and in order.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;

use crate::domain::{
    Organisation, Role, Skill, name, organisation::OrganisationKind, skill::SkillState,
};

use super::{AnalysisInputs, Dimension, Establishment, EstablishmentTarget, RowKey, key::NONE};

/// Everything that keys refer to: organisations, regions, roles, families, skills, categories and periods.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    organisations: Vec<Arc<Organisation>>,
    regions: Vec<String>,
    region_of: Vec<u32>,
    roles: Vec<Arc<Role>>,
    families: Vec<String>,
    family_of: Vec<u32>,
    skills: Vec<Arc<Skill>>,
    categories: Vec<String>,
    category_of: Vec<u32>,
    /// By index of a retired skill: those of its framework that replace it, along the chain.
    replacements: BTreeMap<u32, Vec<Arc<Skill>>>,
    periods: Vec<NaiveDate>,
}

impl Catalogue {
    /// Builds the catalogue of everything that the inputs name, with only those skills that are required.
    pub(crate) fn of(inputs: &AnalysisInputs) -> Self {
        let mut organisations = inputs.organisations.clone();
        organisations.sort_by(|a, b| a.name.cmp(&b.name));
        let (regions, region_of) = numbered(regions(&organisations));
        let mut roles = inputs.roles.clone();
        roles.sort_by(|a, b| a.name.cmp(&b.name));
        let (families, family_of) =
            numbered(roles.iter().map(|role| role.family.clone()).collect());
        let required: HashSet<&str> = inputs.requirements().map(|r| r.skill.as_str()).collect();
        let skills = inputs.skills.iter().filter(|skill| required.contains(skill.name.as_str()));
        let mut skills: Vec<Arc<Skill>> = skills.cloned().collect();
        skills.sort_by(|a, b| a.name.cmp(&b.name));
        let categories = skills.iter().map(|skill| skill.category.clone());
        let (categories, category_of) = numbered(categories.collect());
        let replacements = replacements(&skills, &inputs.skills);
        Self {
            organisations,
            regions,
            region_of,
            roles,
            families,
            family_of,
            skills,
            categories,
            category_of,
            replacements,
            periods: inputs.periods.clone(),
        }
    }

    /// Builds a key from indices, each of which must be an index of this catalogue.
    pub(crate) fn key(
        &self,
        organisation: u32,
        role: u32,
        skill: Option<u32>,
        period: Option<u32>,
    ) -> RowKey {
        let skill = skill.unwrap_or(NONE);
        let of = |list: &[u32], place: u32| list.get(place as usize).copied().unwrap_or(NONE);
        RowKey([
            organisation,
            of(&self.region_of, organisation),
            role,
            of(&self.family_of, role),
            skill,
            of(&self.category_of, skill),
            period.unwrap_or(NONE),
        ])
    }

    /// Copies a key with the skill of this name in place of its own.
    pub(crate) fn with_skill(&self, key: RowKey, skill: &str) -> RowKey {
        let mut key = key;
        let skill = self.skill_index(skill).unwrap_or(NONE);
        key.0[Dimension::Skill as usize] = skill;
        key.0[Dimension::Category as usize] =
            self.category_of.get(skill as usize).copied().unwrap_or(NONE);
        key
    }

    /// Index of an organisation, or the index that means unset if the name is unknown.
    pub(crate) fn organisation_index(&self, name: &str) -> u32 {
        place(&self.organisations, name, |o| &o.name)
    }

    /// Index of a role; `None` if the name is unknown.
    pub(super) fn role_index(&self, name: &str) -> Option<u32> {
        Some(place(&self.roles, name, |r| &r.name)).filter(|place| *place != NONE)
    }

    /// Groups the targets of an establishment by role, with the role's index, ordered by that index.
    pub(crate) fn targets<'a>(
        &self,
        establishment: &'a Establishment,
    ) -> Vec<(u32, &'a [EstablishmentTarget])> {
        let placed = establishment.by_role();
        let placed = placed.filter_map(|(role, list)| Some((self.role_index(role)?, list)));
        let mut placed: Vec<_> = placed.collect();
        placed.sort_unstable_by_key(|(role, _)| *role);
        placed
    }

    /// Index of a skill; `None` if the name is unknown.
    pub(crate) fn skill_index(&self, name: &str) -> Option<u32> {
        Some(place(&self.skills, name, |s| &s.name)).filter(|place| *place != NONE)
    }

    /// The retired skills, by index, each with the skills that replace it: first its own replacement, then that
    /// of this one, as far as they are retired themselves.
    pub(super) fn replacements(&self) -> impl Iterator<Item = (u32, &[Arc<Skill>])> {
        self.replacements.iter().map(|(skill, others)| (*skill, others.as_slice()))
    }

    /// The skill to require instead of the key's skill if that is retired: `None` if it is not, `Some("")` if
    /// nothing replaces it.
    pub fn replacement(&self, key: RowKey) -> Option<&str> {
        let place = u32::try_from(key.place(Dimension::Skill)?).ok()?;
        let others = self.replacements.get(&place)?;
        let own = self.skill(key).map_or("", |skill| skill.replaced_by.as_str());
        Some(others.last().map_or(own, |skill| skill.name.as_str()))
    }

    /// Index of a period, by its last day; `None` if the period is unknown.
    pub(crate) fn period_index(&self, period: NaiveDate) -> Option<u32> {
        let place = self.periods.binary_search(&period).ok()?;
        u32::try_from(place).ok()
    }

    /// Every organisation, ordered by name.
    pub fn organisations(&self) -> &[Arc<Organisation>] {
        &self.organisations
    }

    /// Name of every role with its family, which is empty if the role has none.
    pub fn families(&self) -> impl Iterator<Item = (String, String)> {
        self.roles.iter().map(|role| (role.name.clone(), role.family.clone()))
    }

    /// All roles, ordered by index.
    pub(crate) fn roles(&self) -> &[Arc<Role>] {
        &self.roles
    }

    /// All skills, ordered by index.
    pub(super) fn skills(&self) -> &[Arc<Skill>] {
        &self.skills
    }

    /// Organisation of a key; `None` if the key has none.
    pub fn organisation(&self, key: RowKey) -> Option<&Organisation> {
        self.organisations.get(key.place(Dimension::Organisation)?).map(Arc::as_ref)
    }

    /// Region code of a key: empty if its organisation has no region, `None` if the key has no region
    /// dimension.
    pub fn region(&self, key: RowKey) -> Option<&str> {
        self.regions.get(key.place(Dimension::Region)?).map(String::as_str)
    }

    /// Role of a key; `None` if the key has none.
    pub fn role(&self, key: RowKey) -> Option<&Role> {
        self.roles.get(key.place(Dimension::Role)?).map(Arc::as_ref)
    }

    /// Family of a key: empty if its role has none, `None` if the key has no family dimension.
    pub fn family(&self, key: RowKey) -> Option<&str> {
        self.families.get(key.place(Dimension::Family)?).map(String::as_str)
    }

    /// Skill of a key; `None` if the key has none.
    pub fn skill(&self, key: RowKey) -> Option<&Skill> {
        self.skills.get(key.place(Dimension::Skill)?).map(Arc::as_ref)
    }

    /// Category of a key: empty if its skill has none, `None` if the key has no category dimension.
    pub fn category(&self, key: RowKey) -> Option<&str> {
        self.categories.get(key.place(Dimension::Category)?).map(String::as_str)
    }

    /// Last day of the period of a key; `None` if the key has none.
    pub fn period(&self, key: RowKey) -> Option<NaiveDate> {
        self.periods.get(key.place(Dimension::Period)?).copied()
    }
}

/// The replacements of each of these skills that is retired, by its index.
fn replacements(required: &[Arc<Skill>], all: &[Arc<Skill>]) -> BTreeMap<u32, Vec<Arc<Skill>>> {
    let retired = |skill: &Skill| skill.state == SkillState::Retired;
    let mut found = BTreeMap::new();
    for (place, skill) in (0..).zip(required).filter(|(_, skill)| retired(skill)) {
        let others = found.entry(place).or_insert_with(Vec::new);
        let mut last = skill;
        // The chain ends: it cannot form a cycle.
        while retired(last)
            && let Some(next) = all.iter().find(|other| other.name == last.replaced_by)
            && next.parent == skill.parent
        {
            others.push(next.clone());
            last = next;
        }
    }
    found
}

fn place<T>(sorted: &[T], name: &str, of: impl Fn(&T) -> &String) -> u32 {
    let place = sorted.binary_search_by(|row| of(row).as_str().cmp(name));
    place.map_or(NONE, |place| place as u32)
}

/// Returns the distinct values in order, and for each given value its index among them.
fn numbered(values: Vec<String>) -> (Vec<String>, Vec<u32>) {
    let mut distinct = values.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let places = values.iter().map(|value| place(&distinct, value, |v| v)).collect();
    (distinct, places)
}

/// Region code of each organisation: its own, or that of its nearest ancestor that has a code or is a region.
fn regions(organisations: &[Arc<Organisation>]) -> Vec<String> {
    let by_name: HashMap<&str, &Organisation> =
        organisations.iter().map(|o| (o.name.as_str(), o.as_ref())).collect();
    let code = |organisation: &&Organisation| {
        let region = organisation.kind == OrganisationKind::Region;
        match organisation.region_code.as_str() {
            "" if region => Some(name::id_of(&organisation.name).to_owned()),
            "" => None,
            code => Some(code.to_owned()),
        }
    };
    let region = |organisation: &Organisation| {
        // The chain ends: an organisation's parents cannot form a cycle.
        let up = |o: &&Organisation| by_name.get(o.parent.as_str()).copied();
        let organisation = by_name.get(organisation.name.as_str()).copied();
        let mut chain = std::iter::successors(organisation, up);
        chain.find_map(|o| code(&o)).unwrap_or_default()
    };
    organisations.iter().map(|o| region(o)).collect()
}
