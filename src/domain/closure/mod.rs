//! Closing gaps under a budget: which options, for which gaps, how many heads. Pure: values in, values
//! out.
//!
//! What is made as great as can be is Σ weight × FTE mended × success probability, under the budget,
//! the causes that the options mend, their capacity, and how they depend on each other. Heads are
//! whole; the last at a place may mend less than the others, where there is less to mend.

mod candidates;
mod greedy;
mod problem;
mod reason;
mod solve;

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{
    ClosureOption, Exact, Fte,
    analysis::{Analysis, Inputs, Query, analyse},
    closure_option::ClosureOptionKind,
};

use candidates::{Ground, Use, Uses};
use problem::{Problem, Taken};
use solve::{Effort, Solved, solve};

pub use candidates::MOST as MOST_USES;

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
    /// There is nothing of the cause that it mends.
    NothingToMend,
    /// It takes longer than the period.
    TooLate,
    /// It leads to a lower level than is required.
    LevelTooLow,
    /// An option that it requires cannot be used.
    RequiredOptionUnusable,
}

/// Which cause of a gap is mended.
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
    /// The FTE mended.
    pub mended: Fte,
    /// The FTE expected to be gained.
    pub gained: Fte,
    /// The same with the gap's weight.
    pub weighted: Fte,
    /// What it mends.
    pub cause: Cause,
    /// How much there was of it.
    pub cause_fte: Fte,
    /// Pence for an FTE gained.
    pub price: i64,
    /// Why, in a sentence.
    pub reason: String,
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
    inputs: &Inputs,
    query: &Query,
    options: &[ClosureOption],
    budget: i64,
    stopped: &dyn Fn() -> bool,
) -> Result<Recommendation, Failed> {
    let analysis = analyse(inputs, query);
    let ground = Ground { inputs, analysis: &analysis, options, as_of: query.as_of };
    let Uses { uses, problem, unusable } = ground.uses()?;
    let told = Told { analysis: &analysis, options, uses: &uses, problem: &problem };
    let effort = |limit, enough: f64| {
        let enough = if uses.len() <= FEW { 0.0 } else { enough };
        Effort { nodes: NODES, deadline: Instant::now() + limit, enough }
    };
    let best = solve(&problem, budget, &[], effort(LIMIT, 0.002), stopped);
    let best = best.ok_or(Failed::Stopped)?;
    let more = budget.saturating_add(NEXT);
    let next = solve(&problem, more, &[&best.taken], effort(SHORT_LIMIT, 0.002), stopped);
    let next = told.point(more, &next.ok_or(Failed::Stopped)?);
    let point = told.point(budget, &best);
    let curve = told.curve(budget, &best, &|| effort(SHORT_LIMIT, 0.01), stopped);
    let curve = curve.ok_or(Failed::Stopped)?;
    let (choices, gaps) = (told.choices(&best.taken), told.gaps(&best.taken));
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

/// A solved problem in the words of the analysis.
struct Told<'a> {
    analysis: &'a Analysis,
    options: &'a [ClosureOption],
    uses: &'a [Use],
    problem: &'a Problem,
}

impl Told<'_> {
    /// The FTE that a candidate gains, and the same with its weight.
    fn gain(&self, i: usize, taken: Taken) -> (Fte, Fte) {
        let candidate = &self.problem.candidates[i];
        let gained = taken.mended.times(candidate.success);
        (gained, gained.times(candidate.weight))
    }

    fn gained_by_row(&self, taken: &[Taken]) -> BTreeMap<usize, Fte> {
        let mut rows: BTreeMap<usize, Fte> = BTreeMap::new();
        for (i, one) in self.uses.iter().enumerate() {
            let gained = rows.entry(one.row).or_default();
            *gained = *gained + self.gain(i, taken[i]).0;
        }
        rows
    }

    fn point(&self, budget: i64, solved: &Solved) -> Point {
        let gains = (0..self.uses.len()).map(|i| self.gain(i, solved.taken[i]));
        let (gained, weighted) =
            gains.fold((Fte::ZERO, Fte::ZERO), |sum, gain| (sum.0 + gain.0, sum.1 + gain.1));
        let closed = self
            .gained_by_row(&solved.taken)
            .into_iter()
            .map(|(row, gained)| gained.min(self.analysis.rows[row].figures.shortfall));
        Point {
            budget,
            cost: i64::try_from(self.problem.cost(&solved.taken)).unwrap_or(i64::MAX),
            gained,
            weighted,
            left: self.analysis.totals.figures.shortfall - closed.sum(),
            gap: solved.gap(),
            late: solved.late,
        }
    }

    /// Ten budgets. A choice for one is a choice for every greater one, so none brings less than one
    /// before it.
    fn curve(
        &self,
        budget: i64,
        best: &Solved,
        effort: &dyn Fn() -> Effort,
        stopped: &dyn Fn() -> bool,
    ) -> Option<Vec<Point>> {
        let mut points = Vec::with_capacity(10);
        let mut before: Option<Solved> = None;
        for tenth in 1..=10 {
            let here = match budget {
                0 => share(self.problem.cost_of_all(), tenth, 10),
                budget => share(budget, tenth, 5),
            };
            let solved = if here == budget && budget > 0 {
                best.clone()
            } else {
                let mut start: Vec<&[Taken]> = vec![&best.taken];
                start.extend(before.as_ref().map(|solved| solved.taken.as_slice()));
                solve(self.problem, here, &start, effort(), stopped)?
            };
            points.push(self.point(here, &solved));
            before = Some(solved);
        }
        Some(points)
    }

    fn choices(&self, taken: &[Taken]) -> Vec<Choice> {
        let chosen = (0..self.uses.len()).filter(|i| taken[*i].heads > 0);
        let mut choices: Vec<Choice> = chosen.map(|i| self.choice(i, taken[i])).collect();
        choices.sort_by_key(|choice| (Reverse(choice.weighted), choice.option, choice.row));
        choices
    }

    fn choice(&self, i: usize, taken: Taken) -> Choice {
        let (one, candidate) = (&self.uses[i], &self.problem.candidates[i]);
        let (gained, weighted) = self.gain(i, taken);
        let cost = candidate.cost.saturating_mul(taken.heads);
        let mut choice = Choice {
            option: one.option,
            row: one.row,
            heads: taken.heads,
            cost,
            mended: taken.mended,
            gained,
            weighted,
            cause: self.options[one.option].kind.into(),
            cause_fte: one.cause,
            price: price(cost, gained),
            reason: String::new(),
        };
        choice.reason = reason::sentence(&choice, &self.options[one.option]);
        choice
    }

    fn gaps(&self, taken: &[Taken]) -> Vec<GapLeft> {
        let mut cheapest: BTreeMap<usize, (usize, i64)> = BTreeMap::new();
        for (one, candidate) in self.uses.iter().zip(&self.problem.candidates) {
            let gained = candidate.mended_by(1).times(candidate.success);
            let this = (one.option, price(candidate.cost, gained));
            let known = cheapest.entry(one.row).or_insert(this);
            if this.1 < known.1 {
                *known = this;
            }
        }
        let gap = |(row, gained): (usize, Fte)| {
            let shortfall = self.analysis.rows[row].figures.shortfall;
            let left = (shortfall - gained).or_zero();
            Some(GapLeft { row, gained, left, cheapest: *cheapest.get(&row)? })
        };
        let mut gaps: Vec<GapLeft> =
            self.gained_by_row(taken).into_iter().filter_map(gap).collect();
        gaps.sort_by_key(|gap| (Reverse(gap.left), self.analysis.rows[gap.row].key));
        gaps
    }
}

/// So many parts of an amount.
fn share(amount: i64, parts: i64, of: i64) -> i64 {
    let share = i128::from(amount) * i128::from(parts) / i128::from(of);
    i64::try_from(share).unwrap_or(i64::MAX)
}

/// Pence for an FTE, rounded up.
fn price(cost: i64, gained: Fte) -> i64 {
    let one = i128::from(Exact::ONE.count());
    let gained = i128::from(gained.count().max(1));
    i64::try_from((i128::from(cost) * one + gained - 1) / gained).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
