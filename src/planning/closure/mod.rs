//! Closing gaps under a budget: which options, for which gaps, how many heads. Pure: values in, values
//! out.
//!
//! What is made as great as can be is Σ weight × FTE closed × success probability, under the budget,
//! the causes that the options close, their capacity, and how they depend on each other. Heads are
//! whole; the last at a place may close less than the others, where there is less to close.

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
    planning::analysis::{Analysis, AnalysisInputs, Query, analyse},
};

use candidates::{Ground, Uses};
use presenter::Presenter;
use solve::{Effort, solve};

pub use candidates::MOST as MOST_USES;
pub use rules::{check_budget, check_query};

/// How long the choice itself may be searched for.
const LIMIT: Duration = Duration::from_secs(2);

/// How long one of the other budgets may be searched for.
const SHORT_LIMIT: Duration = Duration::from_millis(500);

/// How many parts of the search tree are looked into for a budget.
const NODES: u64 = 4_000;

/// Up to so many candidates the best of all is searched for; among more, what is proven to be within a
/// five-hundredth of it is good enough, and for the other budgets within a hundredth.
const FEW: usize = 200;

/// £10,000
const NEXT: i64 = 1_000_000;

/// More options fall on more gaps than can be chosen among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// Why there is no recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// More options fall on more gaps than can be chosen among.
    TooMany,
    /// Nobody waits for it any more.
    Stopped,
}

impl From<TooMany> for Failed {
    fn from(_: TooMany) -> Self {
        Self::TooMany
    }
}

/// Why an option falls on no gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// There is nothing of the cause that it closes.
    NothingToClose,
    /// It takes longer than the period.
    TooLate,
    /// It leads to a lower level than is required.
    LevelTooLow,
    /// An option that it requires cannot be used.
    RequiredOptionUnusable,
}

/// Which cause of a gap is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// People in post were never assessed.
    Unassessed,
    /// The assessment of people in post has lapsed.
    Expired,
    /// People in post are below the level.
    Below,
    /// Funded posts are not filled.
    Vacant,
    /// Skilled people are short here and more than needed elsewhere.
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

/// What is recommended.
#[derive(Clone, Debug)]
pub struct Recommendation {
    /// The gaps, as the analysis has them.
    pub analysis: Analysis,
    /// What is chosen, the greatest gain first.
    pub choices: Vec<Choice>,
    /// The gaps that an option could close, the greatest left first.
    pub gaps: Vec<GapLeft>,
    /// The choice in sum.
    pub point: Point,
    /// No choice brings more: weighted FTE.
    pub bound: f64,
    /// Whether no better choice exists.
    pub proven: bool,
    /// Whether a time limit ended the search for this or another budget.
    pub late: bool,
    /// What the next £10,000 would bring beyond it.
    pub next: (Fte, Fte),
    /// What other budgets would leave.
    pub curve: Vec<Point>,
    /// The options that fall on no gap, by their place in the list.
    pub unusable: BTreeMap<usize, Unusable>,
}

/// An option chosen for a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its place in the list of options.
    pub option: usize,
    /// The place of the gap in the rows of the analysis.
    pub row: usize,
    /// How many heads.
    pub heads: i64,
    /// In pence.
    pub cost: i64,
    /// The FTE closed.
    pub closed: Fte,
    /// The FTE expected to be gained.
    pub gained: Fte,
    /// The same with the gap's weight.
    pub weighted: Fte,
    /// What it closes.
    pub cause: Cause,
    /// How much there was of it.
    pub cause_fte: Fte,
    /// Pence for an FTE gained.
    pub price: i64,
}

/// What is left of a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapLeft {
    /// Its place in the rows of the analysis.
    pub row: usize,
    /// What is expected to be gained.
    pub gained: Fte,
    /// What is then missing.
    pub left: Fte,
    /// The cheapest option, by its place, and pence for an FTE gained by it.
    pub cheapest: (usize, i64),
}

/// What a budget brings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// In pence.
    pub budget: i64,
    /// In pence.
    pub cost: i64,
    /// FTE gained.
    pub gained: Fte,
    /// The same with weights.
    pub weighted: Fte,
    /// FTE missing over all gaps.
    pub left: Fte,
    /// How far from the best it may be, 0 to 1.
    pub gap: f64,
    /// Whether the time limit ended the search.
    pub late: bool,
}

/// Recommends what to do with a budget in pence. `stopped` says when nobody waits for it any more.
pub fn recommend(
    inputs: &AnalysisInputs,
    query: &Query,
    options: &[ClosureOption],
    budget: i64,
    stopped: &dyn Fn() -> bool,
) -> Result<Recommendation, Failed> {
    let analysis = analyse(inputs, query);
    let ground = Ground { inputs, analysis: &analysis, options, as_of: query.as_of };
    let Uses { uses, surplus, unusable } = ground.uses()?;
    let problem = formulation::problem(&ground, &uses, &surplus);
    let presenter = Presenter { analysis: &analysis, options, uses: &uses, problem: &problem };
    let effort = |limit, enough: f64| {
        let enough = if uses.len() <= FEW { 0.0 } else { enough };
        Effort { nodes: NODES, deadline: Instant::now() + limit, enough }
    };
    let best = solve(&problem, budget, &[], effort(LIMIT, 0.002), stopped);
    let best = best.ok_or(Failed::Stopped)?;
    let more = budget.saturating_add(NEXT);
    let next = solve(&problem, more, &[&best.taken], effort(SHORT_LIMIT, 0.002), stopped);
    let next = presenter.point(more, &next.ok_or(Failed::Stopped)?);
    let point = presenter.point(budget, &best);
    let curve = presenter.curve(budget, &best, &|| effort(SHORT_LIMIT, 0.01), stopped);
    let curve = curve.ok_or(Failed::Stopped)?;
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
