//! What an analysis looked at.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::domain::name;

use super::{Analysis, Periods, Query, scope};

/// What an analysis looked at, so that what it did not find can be told from what it did not look for.
#[derive(Clone, Debug)]
pub struct Extent {
    query: Query,
    /// None for all.
    organisations: Option<HashSet<String>>,
    /// None for all.
    periods: Option<Vec<NaiveDate>>,
    family_of: HashMap<String, String>,
}

impl Extent {
    /// That of an analysis.
    pub fn of(query: &Query, analysis: &Analysis) -> Self {
        let catalogue = &analysis.catalogue;
        let named = || scope::named(catalogue.organisations(), query).into_iter().collect();
        Self {
            query: query.clone(),
            organisations: (!query.organisations.is_empty()).then(named),
            periods: match &query.periods {
                Periods::Every => None,
                Periods::Ending(ends) => Some(ends.clone()),
                Periods::Current => Some(analysis.periods.clone()),
            },
            family_of: catalogue.families().collect(),
        }
    }

    /// Whether it would have found a shortfall, had there been one. Where only requirements of some
    /// importance were looked at, one that is not found may have another importance by now.
    pub fn holds(
        &self,
        organisation: &str,
        role: &str,
        skill: &str,
        period: Option<NaiveDate>,
    ) -> bool {
        let Query { roles, families, importance, .. } = &self.query;
        let family = self.family_of.get(role);
        importance.is_none()
            && (roles.is_empty() || roles.iter().any(|name| name == role))
            && (families.is_empty() || family.is_some_and(|family| families.contains(family)))
            && self.holds_skill(organisation, skill, period)
    }

    /// Whether it looked at all the roles that require a skill.
    pub fn is_whole(&self) -> bool {
        let Query { roles, families, importance, .. } = &self.query;
        roles.is_empty() && families.is_empty() && importance.is_none()
    }

    /// Whether it looked at the skill in the organisation and the period.
    pub fn holds_skill(&self, organisation: &str, skill: &str, period: Option<NaiveDate>) -> bool {
        let Query { skills, frameworks, .. } = &self.query;
        let framework = name::parent_of(skill).unwrap_or_default();
        let organisations = self.organisations.as_ref();
        let periods = self.periods.as_ref();
        organisations.is_none_or(|names| names.contains(organisation))
            && periods.is_none_or(|ends| period.is_some_and(|period| ends.contains(&period)))
            && (skills.is_empty() || skills.iter().any(|name| name == skill))
            && (frameworks.is_empty() || frameworks.iter().any(|name| name == framework))
    }
}
