//! Closing gaps within a budget: which options, for which gaps, for how many people. Pure functions.
//!
//! The search maximises Σ weight × FTE closed × success probability, subject to the budget, the causes that
//! the options close, their capacity, and the dependencies between them. Headcount is whole; the last person
//! at a gap may close less than the others if less is left to close.

mod candidates;
mod formulation;
mod greedy;
mod presenter;
mod problem;
mod rules;
mod solve;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::{
    domain::{ClosureOption, Fte, closure_option::ClosureOptionKind},
    planning::analysis::{Analysis, AnalysisInputs, AnalysisQuery, analyse},
};

use candidates::{ClosureContext, OptionMatches};
use presenter::Presenter;
use solve::{SearchEffort, solve};

pub use candidates::MAX as MAX_USES;
pub use rules::{check_budget, check_query};

/// Time limit of the search for the budget asked about.
const LIMIT: Duration = Duration::from_secs(2);

/// Time limit of the search for each other budget.
const SHORT_LIMIT: Duration = Duration::from_millis(500);

/// Maximum number of search tree nodes per budget.
const NODES: u64 = 4_000;

/// Up to this number of candidates the search looks for the optimum. With more, a choice proven to be within
/// 0.2 % of it is enough, and within 1 % for the other budgets.
const EXACT_SEARCH_MAX: usize = 200;

/// Increment whose effect is reported, in pence: £10,000.
const BUDGET_INCREMENT: i64 = 1_000_000;

/// There are more pairs of options and gaps than the search can handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyMatches;

/// Why there is no recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosureError {
    /// There are more pairs of options and gaps than the search can handle.
    TooMany,
    /// The caller has gone away.
    Stopped,
}

impl From<TooManyMatches> for ClosureError {
    fn from(_: TooManyMatches) -> Self {
        Self::TooMany
    }
}

/// Why an option fits no gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnusableReason {
    /// No gap has the cause that the option closes.
    NothingToClose,
    /// The option takes effect after the period ends.
    TooLate,
    /// The option leads to a lower level than required.
    LevelTooLow,
    /// An option that this one requires cannot be used.
    RequiredOptionUnusable,
}

/// The cause of a shortfall that an option closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// People in post have no assessment.
    Unassessed,
    /// The assessment of people in post has expired.
    Expired,
    /// People in post are below the minimum level.
    Below,
    /// Funded posts are vacant.
    Vacant,
    /// Skilled people are short here while other organisations have a surplus.
    Short,
}

impl From<ClosureOptionKind> for Cause {
    fn from(kind: ClosureOptionKind) -> Self {
        match kind {
            ClosureOptionKind::Assess => Self::Unassessed,
            ClosureOptionKind::Recertify => Self::Expired,
            ClosureOptionKind::Train => Self::Below,
            ClosureOptionKind::Recruit => Self::Vacant,
            ClosureOptionKind::Share => Self::Short,
        }
    }
}

/// What to do with a budget.
#[derive(Clone, Debug)]
pub struct Recommendation {
    /// The analysis whose gaps are closed.
    pub analysis: Analysis,
    /// Chosen options, the greatest weighted gain first.
    pub choices: Vec<ChosenClosure>,
    /// Gaps that an option could close, the greatest remaining shortfall first.
    pub gaps: Vec<UnclosedGap>,
    /// Cost and effect of the whole choice.
    pub point: CurvePoint,
    /// Upper bound on the weighted FTE that any choice gains.
    pub bound: f64,
    /// Whether the choice is proven optimal.
    pub proven: bool,
    /// Whether a time limit ended the search, for this or another budget.
    pub late: bool,
    /// FTE and weighted FTE that a further £10,000 would gain.
    pub next: (Fte, Fte),
    /// Cost and effect of other budgets.
    pub curve: Vec<CurvePoint>,
    /// Options that fit no gap, by index, with the reason.
    pub unusable: BTreeMap<usize, UnusableReason>,
}

/// An option chosen for a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenClosure {
    /// Index in the list of options.
    pub option: usize,
    /// Index of the gap in the rows of the analysis.
    pub row: usize,
    /// Number of people.
    pub headcount: i64,
    /// Cost in pence.
    pub cost: i64,
    /// FTE closed.
    pub closed: Fte,
    /// FTE expected to be gained: closed × success probability.
    pub gained: Fte,
    /// FTE expected to be gained × weight of the gap.
    pub weighted: Fte,
    /// The cause that it closes.
    pub cause: Cause,
    /// FTE of that cause before the choice.
    pub cause_fte: Fte,
    /// Cost in pence per FTE gained.
    pub price: i64,
}

/// A gap after the choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnclosedGap {
    /// Index in the rows of the analysis.
    pub row: usize,
    /// FTE expected to be gained.
    pub gained: Fte,
    /// FTE still missing.
    pub left: Fte,
    /// Index of the option with the lowest cost per FTE gained, and that cost in pence.
    pub cheapest: (usize, i64),
    /// Whether that option assesses people, so that assessing comes before spending on anything else.
    pub assess_first: bool,
}

/// Cost and effect of one budget.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CurvePoint {
    /// Budget in pence.
    pub budget: i64,
    /// Cost of the choice in pence.
    pub cost: i64,
    /// FTE gained.
    pub gained: Fte,
    /// Weighted FTE gained.
    pub weighted: Fte,
    /// FTE still missing over all gaps.
    pub left: Fte,
    /// Relative distance to the upper bound, 0 to 1.
    pub gap: f64,
    /// Whether the time limit ended the search.
    pub late: bool,
}

/// Recommends what to do with a budget in pence. `stopped` returns true once the caller has gone away.
pub fn recommend(
    inputs: &AnalysisInputs,
    query: &AnalysisQuery,
    options: &[ClosureOption],
    budget: i64,
    stopped: &dyn Fn() -> bool,
) -> Result<Recommendation, ClosureError> {
    let analysis = analyse(inputs, query);
    let context = ClosureContext { inputs, analysis: &analysis, options, query };
    let OptionMatches { uses, surplus, unusable } = context.uses()?;
    let problem = formulation::problem(&context, &uses, &surplus);
    let presenter = Presenter { analysis: &analysis, options, uses: &uses, problem: &problem };
    let effort = |limit, enough: f64| {
        let enough = if uses.len() <= EXACT_SEARCH_MAX { 0.0 } else { enough };
        SearchEffort { nodes: NODES, deadline: Instant::now() + limit, enough }
    };
    let best = solve(&problem, budget, &[], effort(LIMIT, 0.002), stopped);
    let best = best.ok_or(ClosureError::Stopped)?;
    let more = budget.saturating_add(BUDGET_INCREMENT);
    let next = solve(&problem, more, &[&best.taken], effort(SHORT_LIMIT, 0.002), stopped);
    let next = presenter.point(more, &next.ok_or(ClosureError::Stopped)?);
    let point = presenter.point(budget, &best);
    let curve = presenter.curve(budget, &best, &|| effort(SHORT_LIMIT, 0.01), stopped);
    let curve = curve.ok_or(ClosureError::Stopped)?;
    let (choices, gaps) = (presenter.choices(&best.taken), presenter.gaps(&best.taken));
    Ok(Recommendation {
        choices,
        gaps,
        point,
        bound: best.bound as f64 / 1e15,
        proven: best.proven,
        late: next.late || curve.iter().any(|point| point.late) || point.late,
        next: (next.gained - point.gained, next.weighted - point.weighted),
        curve,
        unusable,
        analysis,
    })
}

#[cfg(test)]
mod tests;
