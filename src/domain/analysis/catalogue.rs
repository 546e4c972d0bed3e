//! What the keys of rows stand for: everything named in an analysis, once and in order.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::domain::{Organisation, Role, Skill, name, organisation::OrganisationKind};

use super::Inputs;

/// What rows can be summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// The organisation.
    Organisation,
    /// The region of the organisation.
    Region,
    /// The role.
    Role,
    /// The family of the role.
    Family,
    /// The skill.
    Skill,
    /// The category of the skill.
    Category,
    /// The period.
    Period,
}

impl Dimension {
    /// All of them, in the order in which keys are compared.
    pub const ALL: [Self; 7] = [
        Self::Organisation,
        Self::Region,
        Self::Role,
        Self::Family,
        Self::Skill,
        Self::Category,
        Self::Period,
    ];
}

/// The key of a row: for each dimension a place in the catalogue, or none. Places are in the order of
/// what they stand for, so that keys compare as their names do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u32; 7]);

const NONE: u32 = u32::MAX;

impl Key {
    /// The key with these dimensions only.
    pub fn only(self, dimensions: &[Dimension]) -> Self {
        let mut key = [NONE; 7];
        for dimension in dimensions {
            key[*dimension as usize] = self.0[*dimension as usize];
        }
        Self(key)
    }

    /// The place in one dimension.
    pub fn place(self, dimension: Dimension) -> Option<usize> {
        let place = self.0[dimension as usize];
        (place != NONE).then_some(place as usize)
    }
}

/// Everything that keys stand for.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    organisations: Vec<Organisation>,
    regions: Vec<String>,
    region_of: Vec<u32>,
    roles: Vec<Role>,
    families: Vec<String>,
    family_of: Vec<u32>,
    skills: Vec<Skill>,
    categories: Vec<String>,
    category_of: Vec<u32>,
    periods: Vec<NaiveDate>,
}

impl Catalogue {
    pub(in crate::domain) fn of(inputs: &Inputs) -> Self {
        let mut organisations = inputs.organisations.clone();
        organisations.sort_by(|a, b| a.name.cmp(&b.name));
        let (regions, region_of) = numbered(regions(&organisations));
        let mut roles = inputs.roles.clone();
        roles.sort_by(|a, b| a.name.cmp(&b.name));
        let (families, family_of) =
            numbered(roles.iter().map(|role| role.family.clone()).collect());
        let mut skills = inputs.skills.clone();
        skills.sort_by(|a, b| a.name.cmp(&b.name));
        let categories = skills.iter().map(|skill| skill.category.clone());
        let (categories, category_of) = numbered(categories.collect());
        let mut periods: Vec<_> = inputs.targets.iter().map(|t| t.period_end_date).collect();
        periods.sort_unstable();
        periods.dedup();
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
            periods,
        }
    }

    pub(in crate::domain) fn key(
        &self,
        organisation: &str,
        role: &str,
        skill: Option<&str>,
        period: Option<NaiveDate>,
    ) -> Key {
        let organisation = place(&self.organisations, organisation, |o| &o.name);
        let role = place(&self.roles, role, |r| &r.name);
        let skill = skill.map_or(NONE, |skill| place(&self.skills, skill, |s| &s.name));
        let of = |list: &[u32], place: u32| list.get(place as usize).copied().unwrap_or(NONE);
        let period = period.and_then(|period| self.periods.binary_search(&period).ok());
        Key([
            organisation,
            of(&self.region_of, organisation),
            role,
            of(&self.family_of, role),
            skill,
            of(&self.category_of, skill),
            period.map_or(NONE, |place| place as u32),
        ])
    }

    /// The family of a role; empty where it has none.
    pub fn family_of(&self, role: &str) -> &str {
        let role = place(&self.roles, role, |r| &r.name);
        let family = self.family_of.get(role as usize).map(|place| *place as usize);
        family.map_or("", |place| &self.families[place])
    }

    /// Every organisation, by name.
    pub fn organisations(&self) -> &[Organisation] {
        &self.organisations
    }

    /// Every role with its family; empty where it has none.
    pub fn families(&self) -> impl Iterator<Item = (String, String)> {
        self.roles.iter().map(|role| (role.name.clone(), role.family.clone()))
    }

    /// The organisation of a key.
    pub fn organisation(&self, key: Key) -> Option<&Organisation> {
        self.organisations.get(key.place(Dimension::Organisation)?)
    }

    /// The region code of a key; empty where its organisation has none.
    pub fn region(&self, key: Key) -> Option<&str> {
        self.regions.get(key.place(Dimension::Region)?).map(String::as_str)
    }

    /// The role of a key.
    pub fn role(&self, key: Key) -> Option<&Role> {
        self.roles.get(key.place(Dimension::Role)?)
    }

    /// The family of a key; empty where its role has none.
    pub fn family(&self, key: Key) -> Option<&str> {
        self.families.get(key.place(Dimension::Family)?).map(String::as_str)
    }

    /// The skill of a key.
    pub fn skill(&self, key: Key) -> Option<&Skill> {
        self.skills.get(key.place(Dimension::Skill)?)
    }

    /// The category of a key; empty where its skill has none.
    pub fn category(&self, key: Key) -> Option<&str> {
        self.categories.get(key.place(Dimension::Category)?).map(String::as_str)
    }

    /// The period end of a key.
    pub fn period(&self, key: Key) -> Option<NaiveDate> {
        self.periods.get(key.place(Dimension::Period)?).copied()
    }
}

fn place<T>(sorted: &[T], name: &str, of: impl Fn(&T) -> &String) -> u32 {
    let place = sorted.binary_search_by(|row| of(row).as_str().cmp(name));
    place.map_or(NONE, |place| place as u32)
}

/// The distinct values in order, and for each value given its place among them.
fn numbered(values: Vec<String>) -> (Vec<String>, Vec<u32>) {
    let mut distinct = values.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let places = values.iter().map(|value| place(&distinct, value, |v| v)).collect();
    (distinct, places)
}

/// For each organisation the code of its region: its own, or that of the nearest above it that has one
/// or is a region.
fn regions(organisations: &[Organisation]) -> Vec<String> {
    let by_name: HashMap<&str, &Organisation> =
        organisations.iter().map(|o| (o.name.as_str(), o)).collect();
    let code = |organisation: &&Organisation| {
        let region = organisation.kind == OrganisationKind::Region;
        match organisation.region_code.as_str() {
            "" if region => Some(name::id_of(&organisation.name).to_owned()),
            "" => None,
            code => Some(code.to_owned()),
        }
    };
    let region = |organisation: &Organisation| {
        // Parents never lead back: that is a rule of organisations.
        let up = |o: &&Organisation| by_name.get(o.parent.as_str()).copied();
        let organisation = by_name.get(organisation.name.as_str()).copied();
        let mut chain = std::iter::successors(organisation, up);
        chain.find_map(|o| code(&o)).unwrap_or_default()
    };
    organisations.iter().map(region).collect()
}

/// The organisations named and all below them.
pub fn with_descendants(organisations: &[Organisation], tops: &[String]) -> Vec<String> {
    let mut below: HashMap<&str, Vec<&str>> = HashMap::new();
    for organisation in organisations {
        below.entry(&organisation.parent).or_default().push(&organisation.name);
    }
    let mut found: HashSet<&str> = HashSet::new();
    let mut open: Vec<&str> = tops.iter().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(below.get(name).into_iter().flatten());
        }
    }
    found.into_iter().map(str::to_owned).collect()
}
