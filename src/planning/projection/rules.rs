//! Rules of projections and their assumptions.

use std::{fmt::Display, ops::RangeInclusive};

use crate::{
    domain::{Fte, Ratio, Reason, Violations},
    planning::analysis::{AnalysisQuery, QueryPart},
};

use super::{Assumption, Scenario};

/// Maximum number of scenarios in a projection.
pub const MAX_SCENARIOS: usize = 10;

/// Maximum number of assumptions in a scenario.
pub const MAX_ASSUMPTIONS: usize = 200;

/// Validates a query for a projection: the order of rows is fixed, and no row is left out for its severity.
pub fn check_query(query: &AnalysisQuery, violations: &mut Violations) {
    let parts = [QueryPart::GroupBy, QueryPart::OrderBy, QueryPart::MinimumSeverity];
    query.refuse(&parts, "here", violations);
}

/// Validates the scenarios of the request field `scenarios`.
pub fn check_scenarios(scenarios: &[Scenario], violations: &mut Violations) {
    for (i, Scenario { scenario, assumptions }) in scenarios.iter().enumerate() {
        let field = format!("scenarios[{i}].scenario");
        violations.required(&field, scenario.trim());
        violations.line(&field, scenario, 64);
        if scenarios[..i].iter().any(|other| other.scenario == *scenario) {
            violations.add(&field, Reason::Duplicate, "must not repeat an earlier name");
        }
        check_assumptions(assumptions, &format!("scenarios[{i}].assumptions"), violations);
    }
}

/// Validates the assumptions of a request field.
pub fn check_assumptions(assumptions: &[Assumption], field: &str, violations: &mut Violations) {
    for (i, assumption) in assumptions.iter().enumerate() {
        assumption.check(&format!("{field}[{i}]"), violations);
    }
}

impl Assumption {
    fn check(&self, path: &str, violations: &mut Violations) {
        violations.line(&format!("{path}.family"), &self.family, 64);
        let (part, factor) = (Ratio::ZERO..=Ratio::ONE, Ratio::ZERO..=Ratio::whole(100));
        let (fte, given) = (Fte::ZERO..=Fte::MAX, &self.given);
        let mut figures = Figures { path, one_skill: !self.skill.is_empty(), violations };
        figures.of_all("leaver_rate", given.leaver_rate, &part);
        figures.of_all("joiner_fte", given.joiners, &fte);
        figures.of_all("retirement_fte", given.retirements, &fte);
        figures.of_skill("trained_fte", given.trained, &fte);
        figures.of_skill("training_success", given.training_success, &part);
        figures.of_skill("joiner_skilled_share", given.joiner_skilled, &part);
        figures.of_all("funded_factor", given.funded_factor, &factor);
        figures.of_all("joiner_factor", given.joiner_factor, &factor);
        figures.of_skill("training_factor", given.training_factor, &factor);
    }
}

/// Validates the figures of one assumption.
struct Figures<'a> {
    path: &'a str,
    /// Whether the assumption names a skill.
    one_skill: bool,
    violations: &'a mut Violations,
}

impl Figures<'_> {
    /// Validates a figure that may vary by skill.
    fn of_skill<T: PartialOrd + Copy + Display>(
        &mut self,
        field: &str,
        figure: Option<T>,
        range: &RangeInclusive<T>,
    ) {
        if let Some(figure) = figure {
            let field = format!("{}.{field}", self.path);
            self.violations.range(&field, figure, range.clone());
        }
    }

    /// Validates a figure that does not vary by skill: it must not be set if the assumption names one.
    fn of_all<T: PartialOrd + Copy + Display>(
        &mut self,
        field: &str,
        figure: Option<T>,
        range: &RangeInclusive<T>,
    ) {
        self.of_skill(field, figure, range);
        if figure.is_some() && self.one_skill {
            let description = "must not be set if skill is set: it applies to all skills";
            let field = format!("{}.{field}", self.path);
            self.violations.add(&field, Reason::NotAllowed, description);
        }
    }
}
