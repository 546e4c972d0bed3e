//! Turns the solution of a problem into choices and gaps of the analysis.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::{
    domain::{ClosureOption, Fte},
    planning::analysis::Analysis,
};

use super::{
    Cause, ChosenClosure, CurvePoint, UnclosedGap,
    candidates::OptionMatch,
    problem::{Allocation, Problem},
    solve::{SearchEffort, SolvedChoice, solve},
};

/// Presents solutions of `problem` as choices and gaps of `analysis`.
pub struct Presenter<'a> {
    pub analysis: &'a Analysis,
    pub options: &'a [ClosureOption],
    pub uses: &'a [OptionMatch],
    pub problem: &'a Problem,
}

impl Presenter<'_> {
    /// FTE that a candidate gains, unweighted and weighted.
    fn gain(&self, i: usize, taken: Allocation) -> (Fte, Fte) {
        let candidate = &self.problem.candidates[i];
        let gained = taken.closed.times(candidate.success);
        (gained, gained.times(candidate.weight))
    }

    fn gained_by_row(&self, taken: &[Allocation]) -> BTreeMap<usize, Fte> {
        let mut rows: BTreeMap<usize, Fte> = BTreeMap::new();
        for (i, one) in self.uses.iter().enumerate() {
            let gained = rows.entry(one.row).or_default();
            *gained = *gained + self.gain(i, taken[i]).0;
        }
        rows
    }

    /// Cost and effect of the choice for a budget.
    pub fn point(&self, budget: i64, solved: &SolvedChoice) -> CurvePoint {
        let gains = (0..self.uses.len()).map(|i| self.gain(i, solved.taken[i]));
        let (gained, weighted) =
            gains.fold((Fte::ZERO, Fte::ZERO), |sum, gain| (sum.0 + gain.0, sum.1 + gain.1));
        let closed = self
            .gained_by_row(&solved.taken)
            .into_iter()
            .map(|(row, gained)| gained.min(self.analysis.rows[row].figures.shortfall));
        CurvePoint {
            budget,
            cost: i64::try_from(self.problem.cost(&solved.taken)).unwrap_or(i64::MAX),
            gained,
            weighted,
            left: self.analysis.totals.figures.shortfall - closed.sum(),
            gap: solved.gap(),
            late: solved.late,
        }
    }

    /// Cost and effect of ten budgets. Each search starts from the choice for the budget before, which is
    /// valid for a larger one too, so that no budget gains less than a smaller one. `None` if `stopped`
    /// returns true.
    pub fn curve(
        &self,
        budget: i64,
        best: &SolvedChoice,
        effort: &dyn Fn() -> SearchEffort,
        stopped: &dyn Fn() -> bool,
    ) -> Option<Vec<CurvePoint>> {
        let mut points = Vec::with_capacity(10);
        let mut before: Option<SolvedChoice> = None;
        for tenth in 1..=10 {
            let here = match budget {
                0 => share(self.problem.cost_of_all(), tenth, 10),
                budget => share(budget, tenth, 5),
            };
            let solved = if here == budget && budget > 0 {
                best.clone()
            } else {
                let mut start: Vec<&[Allocation]> = vec![&best.taken];
                start.extend(before.as_ref().map(|solved| solved.taken.as_slice()));
                solve(self.problem, here, &start, effort(), stopped)?
            };
            points.push(self.point(here, &solved));
            before = Some(solved);
        }
        Some(points)
    }

    /// Chosen options, the greatest weighted gain first.
    pub fn choices(&self, taken: &[Allocation]) -> Vec<ChosenClosure> {
        let chosen = (0..self.uses.len()).filter(|i| taken[*i].headcount > 0);
        let mut choices: Vec<ChosenClosure> = chosen.map(|i| self.choice(i, taken[i])).collect();
        choices.sort_by_key(|choice| (Reverse(choice.weighted), choice.option, choice.row));
        choices
    }

    fn choice(&self, i: usize, taken: Allocation) -> ChosenClosure {
        let (one, candidate) = (&self.uses[i], &self.problem.candidates[i]);
        let (gained, weighted) = self.gain(i, taken);
        let cost = candidate.cost.saturating_mul(taken.headcount);
        ChosenClosure {
            option: one.option,
            row: one.row,
            headcount: taken.headcount,
            cost,
            closed: taken.closed,
            gained,
            weighted,
            cause: self.options[one.option].kind.into(),
            cause_fte: one.cause,
            price: price(cost, gained),
        }
    }

    /// Every gap that an option could close, the greatest remaining shortfall first.
    pub fn gaps(&self, taken: &[Allocation]) -> Vec<UnclosedGap> {
        let mut cheapest: BTreeMap<usize, (usize, i64)> = BTreeMap::new();
        for (one, candidate) in self.uses.iter().zip(&self.problem.candidates) {
            let gained = candidate.closed_by(1).times(candidate.success);
            let this = (one.option, price(candidate.cost, gained));
            let known = cheapest.entry(one.row).or_insert(this);
            if this.1 < known.1 {
                *known = this;
            }
        }
        let gap = |(row, gained): (usize, Fte)| {
            let shortfall = self.analysis.rows[row].figures.shortfall;
            let left = (shortfall - gained).or_zero();
            let cheapest = *cheapest.get(&row)?;
            let cause = Cause::from(self.options[cheapest.0].kind);
            Some(UnclosedGap {
                row,
                gained,
                left,
                cheapest,
                assess_first: cause == Cause::Unassessed,
            })
        };
        let mut gaps: Vec<UnclosedGap> =
            self.gained_by_row(taken).into_iter().filter_map(gap).collect();
        gaps.sort_by_key(|gap| (Reverse(gap.left), self.analysis.rows[gap.row].key));
        gaps
    }
}

/// `parts` ÷ `of` of an amount, rounded down.
fn share(amount: i64, parts: i64, of: i64) -> i64 {
    let share = i128::from(amount) * i128::from(parts) / i128::from(of);
    i64::try_from(share).unwrap_or(i64::MAX)
}

/// Cost in pence per FTE gained, rounded up.
fn price(cost: i64, gained: Fte) -> i64 {
    let one = i128::from(Fte::ONE.count());
    let gained = i128::from(gained.count().max(1));
    i64::try_from((i128::from(cost) * one + gained - 1) / gained).unwrap_or(i64::MAX)
}
