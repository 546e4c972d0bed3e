//! Assumptions of a scenario.

use chrono::NaiveDate;

use crate::domain::{Fte, Ratio};

/// A named set of assumptions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// Name of the scenario.
    pub scenario: String,
    /// In order: if several give the same figure for the same place, the last one applies.
    pub assumptions: Vec<Assumption>,
}

/// Figures for the organisations, roles, skills and periods that it applies to; an empty field applies to
/// all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumption {
    /// Resource name of the organisation.
    pub organisation: String,
    /// Resource name of the role.
    pub role: String,
    /// Family of the role.
    pub family: String,
    /// Resource name of the skill.
    pub skill: String,
    /// Last day of the period.
    pub period: Option<NaiveDate>,
    /// The figures assumed.
    pub given: AssumedFigures,
}

/// Figures that an assumption may set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssumedFigures {
    /// Share of a stock that leaves in a year.
    pub leaver_rate: Option<Ratio>,
    /// FTE joining in a period.
    pub joiners: Option<Fte>,
    /// FTE retiring in a period.
    pub retirements: Option<Fte>,
    /// FTE trained in a skill in a period.
    pub trained: Option<Fte>,
    /// Probability that a trained person becomes skilled.
    pub training_success: Option<Ratio>,
    /// Share of joiners who are skilled.
    pub joiner_skilled: Option<Ratio>,
    /// Factor on funded FTE; if set, joiners need a funded post.
    pub funded_factor: Option<Ratio>,
    /// Factor on joiners.
    pub joiner_factor: Option<Ratio>,
    /// Factor on training.
    pub training_factor: Option<Ratio>,
}

impl AssumedFigures {
    /// Overrides these figures with those that `later` sets.
    fn under(self, later: Self) -> Self {
        Self {
            leaver_rate: later.leaver_rate.or(self.leaver_rate),
            joiners: later.joiners.or(self.joiners),
            retirements: later.retirements.or(self.retirements),
            trained: later.trained.or(self.trained),
            training_success: later.training_success.or(self.training_success),
            joiner_skilled: later.joiner_skilled.or(self.joiner_skilled),
            funded_factor: later.funded_factor.or(self.funded_factor),
            joiner_factor: later.joiner_factor.or(self.joiner_factor),
            training_factor: later.training_factor.or(self.training_factor),
        }
    }
}

impl AssumedFigures {
    /// FTE joining; `usual` applies if joiners are not set.
    pub fn joining(&self, usual: Fte) -> Fte {
        self.joiners.unwrap_or(usual).times(self.joiner_factor.unwrap_or(Ratio::ONE))
    }

    /// FTE funded, from the plan's funded FTE.
    pub fn funded(&self, planned: Fte) -> Fte {
        planned.times(self.funded_factor.unwrap_or(Ratio::ONE))
    }

    /// FTE that becomes skilled by training.
    pub fn trained_to_skill(&self) -> Fte {
        let trained = self.trained.unwrap_or_default();
        let trained = trained.times(self.training_factor.unwrap_or(Ratio::ONE));
        trained.times(self.training_success.unwrap_or(Ratio::ONE))
    }

    /// Skilled FTE among the joiners.
    pub fn hired_skilled(&self, joining: Fte) -> Fte {
        joining.times(self.joiner_skilled.unwrap_or_default())
    }
}

/// Organisation, role and period to project.
#[derive(Clone, Copy, Debug)]
pub struct AssumptionScope<'a> {
    /// Resource name of the organisation.
    pub organisation: &'a str,
    /// Resource name of the role.
    pub role: &'a str,
    /// Family of the role.
    pub family: &'a str,
    /// Last day of the period.
    pub period: NaiveDate,
}

impl Scenario {
    /// Builds the default scenario, which assumes nothing: all figures stay as recorded.
    pub fn recorded() -> Self {
        Self { scenario: "recorded".to_owned(), assumptions: Vec::new() }
    }

    /// Figures assumed for a place: those that apply to all its skills, or those for one skill.
    pub fn given(&self, place: AssumptionScope<'_>, skill: Option<&str>) -> AssumedFigures {
        let here = self.assumptions.iter().filter(|assumption| assumption.falls_on(place, skill));
        here.fold(AssumedFigures::default(), |given, assumption| given.under(assumption.given))
    }
}

impl Assumption {
    fn falls_on(&self, place: AssumptionScope<'_>, skill: Option<&str>) -> bool {
        let is = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        is(&self.organisation, place.organisation)
            && is(&self.role, place.role)
            && is(&self.family, place.family)
            && is(&self.skill, skill.unwrap_or_default())
            && self.period.is_none_or(|period| period == place.period)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_assumption_that_gives_a_figure_counts() {
        let period: NaiveDate = "2027-03-31".parse().unwrap();
        let place = AssumptionScope {
            organisation: "organisations/RX1",
            role: "roles/a",
            family: "DATA",
            period,
        };
        let rate = |count| AssumedFigures {
            leaver_rate: Some(Ratio::parts(count)),
            ..AssumedFigures::default()
        };
        let trained = AssumedFigures { trained: Some(Fte::ONE), ..AssumedFigures::default() };
        let all = Assumption { given: rate(1), ..Assumption::default() };
        let family = Assumption { family: "DATA".into(), given: rate(2), ..Assumption::default() };
        let other = Assumption { role: "roles/b".into(), given: rate(3), ..Assumption::default() };
        let skill = Assumption {
            skill: "frameworks/f/skills/s".into(),
            given: trained,
            ..Assumption::default()
        };
        let later = Assumption {
            period: "2028-03-31".parse().ok(),
            given: rate(4),
            ..Assumption::default()
        };
        let scenario =
            Scenario { scenario: "s".into(), assumptions: vec![all, family, other, skill, later] };
        assert_eq!(scenario.given(place, None), rate(2));
        let given = scenario.given(place, Some("frameworks/f/skills/s"));
        assert_eq!(given, AssumedFigures { trained: Some(Fte::ONE), ..rate(2) });
    }
}
