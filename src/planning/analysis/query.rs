//! What to analyse: a plan, narrowed, and how its rows are presented.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Role, assessment::AssessmentSource, figures::Severity, name, requirement::Importance,
};

use super::{Dimension, RowOrder};

/// What to analyse, and how to present it. An empty list does not restrict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisQuery {
    /// Resource name of the plan.
    pub plan: String,
    /// Organisations to look at; empty for every organisation of the plan.
    pub organisations: Vec<String>,
    /// Whether to include the descendants of those organisations.
    pub include_descendants: bool,
    /// Roles to look at; empty for all.
    pub roles: Vec<String>,
    /// Families of roles to look at; empty for all.
    pub families: Vec<String>,
    /// Skills to look at; empty for all.
    pub skills: Vec<String>,
    /// Frameworks whose skills to look at; empty for all.
    pub frameworks: Vec<String>,
    /// Periods to look at.
    pub periods: Periods,
    /// Leaves out cells of less than this severity.
    pub minimum_severity: Option<Severity>,
    /// Leaves out requirements of another importance.
    pub importance: Option<Importance>,
    /// Day whose staffing and assessments count.
    pub as_of: NaiveDate,
    /// Sources whose assessments count; empty for all.
    #[serde(default)]
    pub assessment_sources: Vec<AssessmentSource>,
    /// Dimensions to sum rows by; empty for one row per cell.
    pub group_by: Vec<Dimension>,
    /// Sort order of rows; empty for priority, descending.
    pub order_by: Vec<RowOrder>,
}

/// Selection among the periods of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Periods {
    /// The earliest period that ends on or after the day of the analysis, else the last; every period if rows
    /// are summed by period.
    Current,
    /// Every period.
    Every,
    /// The periods that end on these days.
    Ending(Vec<NaiveDate>),
}

impl AnalysisQuery {
    /// Query for all cells of a plan in its current period, as of a day.
    pub fn of(plan: impl Into<String>, as_of: NaiveDate) -> Self {
        Self {
            plan: plan.into(),
            organisations: Vec::new(),
            include_descendants: false,
            roles: Vec::new(),
            families: Vec::new(),
            skills: Vec::new(),
            frameworks: Vec::new(),
            periods: Periods::Current,
            minimum_severity: None,
            importance: None,
            as_of,
            assessment_sources: Vec::new(),
            group_by: Vec::new(),
            order_by: Vec::new(),
        }
    }

    /// Dimensions that rows are summed by if this number of periods is analysed: of several, each by itself.
    pub(super) fn grouping(&self, periods: usize) -> Vec<Dimension> {
        let mut group_by = self.group_by.clone();
        if periods > 1 && !group_by.is_empty() && !group_by.contains(&Dimension::Period) {
            group_by.push(Dimension::Period);
        }
        group_by
    }

    /// Whether it includes requirements of a skill of this importance.
    pub(in crate::planning) fn wants(&self, skill: &str, importance: Importance) -> bool {
        self.names_skill(skill) && self.importance.is_none_or(|wanted| wanted == importance)
    }

    /// Whether it includes a skill, of whatever importance.
    pub(super) fn names_skill(&self, skill: &str) -> bool {
        let framework = name::parent_of(skill).unwrap_or_default();
        let listed =
            |list: &[String], name: &str| list.is_empty() || list.iter().any(|n| n == name);
        listed(&self.skills, skill) && listed(&self.frameworks, framework)
    }

    /// Whether it includes a role.
    pub(in crate::planning) fn wants_role(&self, role: &Role) -> bool {
        (self.roles.is_empty() || self.roles.contains(&role.name))
            && (self.families.is_empty() || self.families.contains(&role.family))
    }
}
