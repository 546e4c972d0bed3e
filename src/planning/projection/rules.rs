//! The rules of what may be assumed.

use std::{fmt::Display, ops::RangeInclusive};

use crate::{
    domain::{Fte, Ratio, Reason, Violations},
    planning::analysis::{Query, QueryPart},
};

use super::{Assumption, Scenario};

/// Maximum number of scenarios of a projection.
pub const MAX_SCENARIOS: usize = 10;

/// Maximum number of assumptions of a scenario.
pub const MAX_ASSUMPTIONS: usize = 200;

/// Checks that a query can be projected: rows have an order of their own, and none is left out by its severity.
pub fn check_query(query: &Query, violations: &mut Violations) {
    let parts = [QueryPart::GroupBy, QueryPart::OrderBy, QueryPart::MinimumSeverity];
    query.refuse(&parts, "here", violations);
}

/// Checks the scenarios of the field `scenarios`.
pub fn check_scenarios(scenarios: &[Scenario], violations: &mut Violations) {
    for (i, Scenario { scenario, assumptions }) in scenarios.iter().enumerate() {
        let field = format!("scenarios[{i}].scenario");
        violations.required(&field, scenario.trim());
        violations.line(&field, scenario, 64);
        if scenarios[..i].iter().any(|other| other.scenario == *scenario) {
            violations.add(&field, Reason::Duplicate, "stands twice");
        }
        check_assumptions(assumptions, &format!("scenarios[{i}].assumptions"), violations);
    }
}

/// Checks the assumptions of a field.
pub fn check_assumptions(assumptions: &[Assumption], field: &str, violations: &mut Violations) {
    for (i, assumption) in assumptions.iter().enumerate() {
        assumption.check(&format!("{field}[{i}]"), violations);
    }
}

impl Assumption {
    fn check(&self, path: &str, violations: &mut Violations) {
        violations.line(&format!("{path}.family"), &self.family, 64);
        let (part, factor) = (Ratio::ZERO..=Ratio::ONE, Ratio::ZERO..=Ratio::whole(100));
        let (fte, given) = (Fte::ZERO..=Fte::MOST, &self.given);
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

/// Checks the figures of one assumption.
struct Figures<'a> {
    path: &'a str,
    /// Whether the assumption is about one skill.
    one_skill: bool,
    violations: &'a mut Violations,
}

impl Figures<'_> {
    /// Checks a figure of a skill.
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

    /// Checks a figure of all people in a place, whatever their skills.
    fn of_all<T: PartialOrd + Copy + Display>(
        &mut self,
        field: &str,
        figure: Option<T>,
        range: &RangeInclusive<T>,
    ) {
        self.of_skill(field, figure, range);
        if figure.is_some() && self.one_skill {
            let description = "must be left out where skill is given: it is not of one skill";
            let field = format!("{}.{field}", self.path);
            self.violations.add(&field, Reason::NotAllowed, description);
        }
    }
}
