//! What becomes of the gap to the plan's end, in up to three scenarios.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    domain::{Fte, Ratio},
    planning::{
        analysis::{Periods, Query, Totals},
        projection::{self, Assumption, Given, Scenario, Total, project},
    },
};

use super::{Ask, Sources};

/// What becomes of the gap to the plan's end.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// The day that it begins on.
    pub as_of: NaiveDate,
    /// How things stand on it.
    pub now: Total,
    /// The ends of the periods ahead.
    pub periods: Vec<NaiveDate>,
    /// What becomes of it, in each scenario.
    pub scenarios: Vec<ScenarioLine>,
    /// Whether anything says how many leave: movements, or the request.
    pub leavers_known: bool,
    /// Whether the request says how much is trained.
    pub training_known: bool,
}

/// A scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioLine {
    /// What it is called.
    pub title: String,
    /// The sums at the end of each period.
    pub totals: Vec<Total>,
}

/// As it is; funding cut by 30 %; and training doubled, where there is any to double.
fn scenarios(assumptions: &[Assumption], training_known: bool) -> Vec<Scenario> {
    let with = |title: &str, given: Option<Given>| {
        let more = given.map(|given| Assumption { given, ..Assumption::default() });
        Scenario {
            scenario: title.to_owned(),
            assumptions: assumptions.iter().cloned().chain(more).collect(),
        }
    };
    let cut = Given { funded_factor: Some(Ratio::parts(70_000)), ..Given::default() };
    let doubled = Given { training_factor: Some(Ratio::whole(2)), ..Given::default() };
    let doubled = training_known.then(|| with("Training doubled", Some(doubled)));
    let always = [with("As it is", None), with("Funding cut by 30 %", Some(cut))];
    always.into_iter().chain(doubled).collect()
}

/// What moves the number of skilled people who are missing, until the last period ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// How many more are asked for; negative where it is fewer.
    pub asked: Fte,
    /// Whose assessment lapses.
    pub expiring: Fte,
    /// Who of those skilled leaves.
    pub leaving: Fte,
    /// Who is trained.
    pub trained: Fte,
    /// Who of those who join is skilled.
    pub hired: Fte,
}

impl Outlook {
    /// What moves it if all goes on as it is. It does not explain it to the last digit: a later period
    /// may ask for a higher level, and what is there beyond what is needed makes up for nothing.
    pub fn moves(&self) -> Moves {
        let totals = self.scenarios.first().map_or(&[][..], |line| &line.totals);
        let sum = |term: fn(&Total) -> Fte| totals.iter().map(term).sum();
        let asked =
            totals.last().map_or(Fte::ZERO, |last| last.skill_needed - self.now.skill_needed);
        Moves {
            asked,
            expiring: sum(|total| total.expiring),
            leaving: sum(|total| total.leaving),
            trained: sum(|total| total.trained),
            hired: sum(|total| total.hired),
        }
    }
}

/// The outlook.
pub fn of(sources: &Sources, ask: &Ask, now: &Totals) -> Outlook {
    let given = |known: fn(&Given) -> bool| ask.assumptions.iter().any(|a| known(&a.given));
    let training_known = given(|g| g.trained.is_some());
    let scenarios = scenarios(&ask.assumptions, training_known);
    let query = Query { periods: Periods::Every, ..ask.query.clone() };
    let whole = projection::Ask { query, scenarios: scenarios.clone(), rows: 0..0 };
    let projected = project(&sources.columns, &sources.movements, &whole);
    let totals: BTreeMap<_, _> = projected.totals;
    let line = |(i, scenario): (usize, Scenario)| ScenarioLine {
        title: scenario.scenario,
        totals: (projected.periods.iter())
            .map(|end| totals.get(&(i, *end)).copied().unwrap_or_default())
            .collect(),
    };
    let figures = &now.figures;
    Outlook {
        as_of: ask.query.as_of,
        now: Total {
            skill_needed: figures.needed,
            skilled: figures.skilled,
            skill_shortfall: figures.shortfall,
            ..Total::default()
        },
        scenarios: scenarios.into_iter().enumerate().map(line).collect(),
        leavers_known: !sources.movements.is_empty() || given(|g| g.leaver_rate.is_some()),
        training_known,
        periods: projected.periods,
    }
}
