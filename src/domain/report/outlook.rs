//! What becomes of the gap to the plan's end, in three scenarios.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::{
    Exact,
    analysis::{Periods, Query, Totals},
    projection::{self, Assumption, Given, Scenario, Total, project},
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

/// As it is; funding cut by 30 %; training doubled.
fn scenarios(assumptions: &[Assumption]) -> Vec<Scenario> {
    let with = |title: &str, given: Option<Given>| {
        let more = given.map(|given| Assumption { given, ..Assumption::default() });
        Scenario {
            scenario: title.to_owned(),
            assumptions: assumptions.iter().cloned().chain(more).collect(),
        }
    };
    let cut = Given { funded_factor: Some(Exact::parts(70_000)), ..Given::default() };
    let doubled = Given { training_factor: Some(Exact::whole(2)), ..Given::default() };
    vec![
        with("As it is", None),
        with("Funding cut by 30 %", Some(cut)),
        with("Training doubled", Some(doubled)),
    ]
}

/// The outlook.
pub fn of(sources: &Sources, ask: &Ask, now: &Totals) -> Outlook {
    let scenarios = scenarios(&ask.assumptions);
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
    let given = |known: fn(&Given) -> bool| ask.assumptions.iter().any(|a| known(&a.given));
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
        training_known: given(|g| g.trained.is_some()),
        periods: projected.periods,
    }
}
