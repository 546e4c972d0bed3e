//! The gap until the plan's end, in up to three scenarios.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    domain::{Fte, Ratio},
    planning::{
        analysis::{AnalysisQuery, Periods, Totals},
        projection::{self, AssumedFigures, Assumption, ProjectionTotal, Scenario, project},
    },
};

use super::{ReportQuery, Sources};

/// The gap until the plan's end.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// Day that the projection starts on.
    pub as_of: NaiveDate,
    /// Totals on that day.
    pub now: ProjectionTotal,
    /// Last days of the periods ahead.
    pub periods: Vec<NaiveDate>,
    pub scenarios: Vec<ScenarioLine>,
    /// Whether movements or the request give a leaver rate.
    pub leavers_known: bool,
    /// Whether the request gives training figures.
    pub training_known: bool,
}

/// What a scenario assumes on top of the request's assumptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScenarioKind {
    /// Nothing more.
    AsItIs,
    /// Funding is cut by 30 %.
    FundingCut,
    /// Twice the training that the request gives.
    TrainingDoubled,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioLine {
    pub kind: ScenarioKind,
    /// Totals at the end of each of [`Outlook::periods`].
    pub totals: Vec<ProjectionTotal>,
}

impl ScenarioKind {
    /// Scenarios of a report. Training is doubled only if it is known.
    fn all(training_known: bool) -> impl Iterator<Item = Self> {
        let doubled = training_known.then_some(Self::TrainingDoubled);
        [Self::AsItIs, Self::FundingCut].into_iter().chain(doubled)
    }

    fn scenario(self, assumptions: &[Assumption]) -> Scenario {
        let given = match self {
            Self::AsItIs => None,
            Self::FundingCut => Some(AssumedFigures {
                funded_factor: Some(Ratio::parts(70_000)),
                ..AssumedFigures::default()
            }),
            Self::TrainingDoubled => Some(AssumedFigures {
                training_factor: Some(Ratio::whole(2)),
                ..AssumedFigures::default()
            }),
        };
        let more = given.map(|given| Assumption { given, ..Assumption::default() });
        Scenario {
            scenario: String::new(),
            assumptions: assumptions.iter().cloned().chain(more).collect(),
        }
    }
}

/// Changes to the shortfall of skilled FTE until the last period ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drivers {
    /// Increase of the needed FTE; negative if less is needed.
    pub needed: Fte,
    /// FTE whose assessment expires.
    pub expiring: Fte,
    /// FTE of skilled people who leave.
    pub leaving: Fte,
    /// FTE that becomes skilled by training.
    pub trained: Fte,
    /// FTE of skilled people who join.
    pub hired: Fte,
}

impl Outlook {
    /// Drivers of the gap in the scenario that assumes nothing more. They do not add up exactly to the change
    /// of the gap: a later period may require a higher level, and a surplus in one place does not reduce a
    /// shortfall in another.
    pub fn drivers(&self) -> Drivers {
        let totals = self.scenarios.first().map_or(&[][..], |line| &line.totals);
        let sum = |term: fn(&ProjectionTotal) -> Fte| totals.iter().map(term).sum();
        let needed =
            totals.last().map_or(Fte::ZERO, |last| last.skill_needed - self.now.skill_needed);
        Drivers {
            needed,
            expiring: sum(|total| total.expiring),
            leaving: sum(|total| total.leaving),
            trained: sum(|total| total.trained),
            hired: sum(|total| total.hired),
        }
    }
}

/// Projects the gap of the whole plan, starting from the totals `now`.
pub fn outlook(sources: &Sources, query: &ReportQuery, now: &Totals) -> Outlook {
    let given =
        |known: fn(&AssumedFigures) -> bool| query.assumptions.iter().any(|a| known(&a.given));
    let training_known = given(|given| given.trained.is_some());
    let kinds: Vec<ScenarioKind> = ScenarioKind::all(training_known).collect();
    let scenarios = kinds.iter().map(|kind| kind.scenario(&query.assumptions)).collect();
    let every_period = AnalysisQuery { periods: Periods::Every, ..query.query.clone() };
    let projection_query =
        projection::ProjectionQuery { query: every_period, scenarios, rows: 0..0 };
    let projected = project(&sources.columns, &sources.movements, &projection_query);
    let totals: BTreeMap<_, _> = projected.totals;
    let line = |(i, kind): (usize, ScenarioKind)| ScenarioLine {
        kind,
        totals: (projected.periods.iter())
            .map(|end| totals.get(&(i, *end)).copied().unwrap_or_default())
            .collect(),
    };
    let figures = &now.figures;
    Outlook {
        as_of: query.query.as_of,
        now: ProjectionTotal {
            skill_needed: figures.needed,
            skilled: figures.skilled,
            skill_shortfall: figures.shortfall,
            ..ProjectionTotal::default()
        },
        scenarios: kinds.into_iter().enumerate().map(line).collect(),
        leavers_known: !sources.movements.is_empty() || given(|given| given.leaver_rate.is_some()),
        training_known,
        periods: projected.periods,
    }
}
