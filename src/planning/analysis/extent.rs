//! The extent of an analysis: what it looked at.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::domain::name;

use super::{Analysis, AnalysisQuery, Periods, scope};

/// What an analysis looked at. It tells a shortfall that no longer exists from one outside the query.
#[derive(Clone, Debug)]
pub struct AnalysisExtent {
    query: AnalysisQuery,
    /// `None` means all.
    organisations: Option<HashSet<String>>,
    /// `None` means all.
    periods: Option<Vec<NaiveDate>>,
    family_of: HashMap<String, String>,
}

impl AnalysisExtent {
    /// Takes the extent from a query and its analysis.
    pub fn of(query: &AnalysisQuery, analysis: &Analysis) -> Self {
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

    /// Whether the analysis would have found a shortfall here, had there been one. Always false for a query
    /// by importance: a requirement that it does not find may have another importance by now.
    pub fn holds(
        &self,
        organisation: &str,
        role: &str,
        skill: &str,
        period: Option<NaiveDate>,
    ) -> bool {
        let AnalysisQuery { roles, families, importance, .. } = &self.query;
        let family = self.family_of.get(role);
        importance.is_none()
            && (roles.is_empty() || roles.iter().any(|name| name == role))
            && (families.is_empty() || family.is_some_and(|family| families.contains(family)))
            && self.holds_skill(organisation, skill, period)
    }

    /// Whether the analysis looked at every role that requires a skill.
    pub fn is_whole(&self) -> bool {
        let AnalysisQuery { roles, families, importance, .. } = &self.query;
        roles.is_empty() && families.is_empty() && importance.is_none()
    }

    /// Whether the analysis looked at the skill in the organisation and period.
    pub fn holds_skill(&self, organisation: &str, skill: &str, period: Option<NaiveDate>) -> bool {
        let AnalysisQuery { skills, frameworks, .. } = &self.query;
        let framework = name::parent_of(skill).unwrap_or_default();
        let organisations = self.organisations.as_ref();
        let periods = self.periods.as_ref();
        organisations.is_none_or(|names| names.contains(organisation))
            && periods.is_none_or(|ends| period.is_some_and(|period| ends.contains(&period)))
            && (skills.is_empty() || skills.iter().any(|name| name == skill))
            && (frameworks.is_empty() || frameworks.iter().any(|name| name == framework))
    }
}
