//! Exact choice as a mixed-integer program.
//!
//! Headcount is an integer. Each candidate has one variable for the people who close in full and one for the
//! last person, who closes the rest; the FTE closed has a variable of its own only if a limit shares it with
//! other candidates. Costs are divided by their greatest common divisor. The solution is made exact again, in
//! integers, before it is used.

use std::time::{Duration, Instant};

use microlp::{
    ComparisonOp, LinearExpr, OptimizationDirection, ResumeOptions, Solution, SolveOptions,
    SolveOutcome, TerminationReason, Variable,
};

use crate::domain::Fte;

use super::{
    greedy,
    problem::{Allocation, Candidate, GroupDependency, Problem, RemainingLimits},
};

/// Limits of a search.
#[derive(Clone, Copy, Debug)]
pub struct SearchEffort {
    /// Maximum number of search tree nodes; unlike a time limit, it gives the same result on every machine.
    pub nodes: u64,
    /// When to stop regardless.
    pub deadline: Instant,
    /// Relative gap to the bound that is good enough; 0 to look for the optimum.
    pub enough: f64,
}

/// Number of search tree nodes between two checks of whether the caller is still there. A check makes the
/// solver restart elsewhere in the tree, so checks must be few.
const SLICE: u64 = 1_000;

/// Maximum time between two such checks.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// A choice with its quality.
#[derive(Clone, Debug)]
pub struct SolvedChoice {
    /// How much is taken of each candidate.
    pub taken: Vec<Allocation>,
    /// Worth of the choice, in units of 10⁻¹⁵.
    pub worth: i128,
    /// Upper bound on the worth of any choice, in the same units.
    pub bound: i128,
    /// Whether the choice is proven optimal.
    pub proven: bool,
    /// Whether the deadline ended the search.
    pub late: bool,
}

impl SolvedChoice {
    fn of(
        problem: &Problem,
        taken: Vec<Allocation>,
        bound: i128,
        proven: bool,
        late: bool,
    ) -> Self {
        let worth = problem.worth(&taken);
        let bound = if proven { worth } else { bound.max(worth) };
        Self { taken, worth, bound, proven: proven || bound == worth, late }
    }

    /// Relative gap to the bound: (bound − worth) ÷ bound.
    pub fn gap(&self) -> f64 {
        if self.bound > 0 { (self.bound - self.worth) as f64 / self.bound as f64 } else { 0.0 }
    }
}

/// Finds the choice of the greatest worth within the effort allowed. `start` lists choices to begin with.
/// Returns `None` once `stopped` returns true: the caller has gone away.
pub fn solve(
    problem: &Problem,
    budget: i64,
    start: &[&[Allocation]],
    effort: SearchEffort,
    stopped: &dyn Fn() -> bool,
) -> Option<SolvedChoice> {
    let first = greedy::choose(problem, budget);
    let start = start.iter().filter(|taken| problem.allows(taken, budget));
    let best = start.map(|taken| taken.to_vec()).fold(first, |best, taken| {
        if problem.worth(&taken) > problem.worth(&best) { taken } else { best }
    });
    let most = greedy::bound(problem, budget);
    let quick = SolvedChoice::of(problem, best.clone(), most, false, false);
    if quick.proven || quick.gap() < effort.enough {
        return Some(quick);
    }
    let program = Program::of(problem, budget, &best);
    match program.search(effort, stopped) {
        SearchOutcome::Stopped => None,
        // Only the quick choice is known, and its bound is the greedy one.
        SearchOutcome::Nothing { late } => Some(SolvedChoice::of(problem, best, most, false, late)),
        SearchOutcome::Found { solution, late } => {
            Some(program.read(&solution, problem, budget, best, most, late))
        }
    }
}

enum SearchOutcome {
    Stopped,
    Nothing { late: bool },
    Found { solution: Box<Solution>, late: bool },
}

/// Variables of one candidate.
struct CandidateVariables {
    full: Variable,
    last: Option<Variable>,
    closed: Option<Variable>,
}

struct Program {
    program: microlp::Problem,
    columns: Vec<CandidateVariables>,
    used: Vec<Variable>,
    /// Worth that counts as 1 in the objective.
    unit: f64,
    start: Vec<(Variable, f64)>,
}

/// FTE as the program's number.
fn number(fte: Fte) -> f64 {
    fte.to_f64()
}

impl Program {
    fn of(problem: &Problem, budget: i64, best: &[Allocation]) -> Self {
        let most = problem.candidates.iter().map(|c| c.worth(Fte::ONE)).max().unwrap_or(1);
        let mut made = Self {
            program: microlp::Problem::new(OptimizationDirection::Maximize),
            columns: Vec::with_capacity(problem.candidates.len()),
            used: Vec::new(),
            unit: most as f64,
            start: Vec::new(),
        };
        let mut shared = vec![false; problem.candidates.len()];
        let binding: Vec<_> =
            problem.limits.iter().filter(|limit| limit.binds(&problem.candidates)).collect();
        for limit in &binding {
            limit.members.iter().for_each(|i| shared[*i] = true);
        }
        for (i, candidate) in problem.candidates.iter().enumerate() {
            made.add_candidate(candidate, shared[i], best[i]);
        }
        for limit in binding {
            let mut sum = LinearExpr::empty();
            for i in &limit.members {
                let share =
                    if limit.expected { problem.candidates[*i].success.to_f64() } else { 1.0 };
                if let Some(closed) = made.columns[*i].closed {
                    sum.add(closed, share);
                }
            }
            made.program.add_constraint(sum, ComparisonOp::Le, number(limit.most));
        }
        for capacity in &problem.capacities {
            let sum = made.headcount(capacity.members.iter().map(|i| (*i, 1.0)));
            made.program.add_constraint(sum, ComparisonOp::Le, capacity.most as f64);
        }
        made.add_budget(problem, budget);
        made.add_groups(problem, best);
        made
    }

    fn add_candidate(&mut self, candidate: &Candidate, shared: bool, best: Allocation) {
        let worth = candidate.worth(Fte::ONE) as f64 / self.unit;
        let (full_headcount, last_head_fte) =
            (candidate.full_headcount(), candidate.last_head_fte());
        let value = |closed: Fte| if shared { 0.0 } else { worth * number(closed) };
        let most = i32::try_from(full_headcount).unwrap_or(i32::MAX);
        let full = self.program.add_integer_var(value(candidate.per_head), (0, most));
        let last = (last_head_fte > Fte::ZERO)
            .then(|| self.program.add_integer_var(value(last_head_fte), (0, 1)));
        let closed = shared.then(|| {
            let closed = self.program.add_var(worth, (0.0, number(candidate.most)));
            let mut rule = LinearExpr::empty();
            rule.add(closed, 1.0);
            rule.add(full, -number(candidate.per_head));
            if let Some(last) = last {
                rule.add(last, -number(last_head_fte));
            }
            self.program.add_constraint(rule, ComparisonOp::Le, 0.0);
            closed
        });
        self.start.push((full, best.headcount.min(full_headcount) as f64));
        self.start.extend(last.map(|last| (last, f64::from(best.headcount > full_headcount))));
        self.start.extend(closed.map(|variable| (variable, number(best.closed))));
        self.columns.push(CandidateVariables { full, last, closed });
    }

    /// Sum over candidates of headcount × factor.
    fn headcount(&self, members: impl Iterator<Item = (usize, f64)>) -> LinearExpr {
        let mut sum = LinearExpr::empty();
        for (i, factor) in members {
            let CandidateVariables { full, last, .. } = &self.columns[i];
            sum.add(*full, factor);
            if let Some(last) = last {
                sum.add(*last, factor);
            }
        }
        sum
    }

    fn add_budget(&mut self, problem: &Problem, budget: i64) {
        let costs = problem.candidates.iter().map(|candidate| candidate.cost);
        let unit = costs.clone().fold(0, greatest_common_divisor).max(1);
        let priced = costs.enumerate().filter(|(_, cost)| *cost > 0);
        let sum = self.headcount(priced.map(|(i, cost)| (i, (cost / unit) as f64)));
        self.program.add_constraint(sum, ComparisonOp::Le, (budget / unit) as f64);
    }

    fn add_groups(&mut self, problem: &Problem, best: &[Allocation]) {
        for members in &problem.groups {
            let used = self.program.add_integer_var(0.0, (0, 1));
            for i in members {
                let mut rule = self.headcount(std::iter::once((*i, 1.0)));
                rule.add(used, -(problem.candidates[*i].headcount as f64));
                self.program.add_constraint(rule, ComparisonOp::Le, 0.0);
            }
            let mut rule = self.headcount(members.iter().map(|i| (*i, -1.0)));
            rule.add(used, 1.0);
            self.program.add_constraint(rule, ComparisonOp::Le, 0.0);
            self.used.push(used);
            let begun = members.iter().any(|i| best[*i].headcount > 0);
            self.start.push((used, f64::from(begun)));
        }
        for tie in &problem.ties {
            let mut rule = LinearExpr::empty();
            let most = match *tie {
                GroupDependency::Excludes(one, other) => {
                    rule.add(self.used[one], 1.0);
                    rule.add(self.used[other], 1.0);
                    1.0
                }
                GroupDependency::Requires(one, other) => {
                    rule.add(self.used[one], 1.0);
                    rule.add(self.used[other], -1.0);
                    0.0
                }
            };
            self.program.add_constraint(rule, ComparisonOp::Le, most);
        }
    }

    /// Searches in slices, so that it ends soon after the caller has gone away.
    fn search(&self, effort: SearchEffort, stopped: &dyn Fn() -> bool) -> SearchOutcome {
        let left = || effort.deadline.saturating_duration_since(Instant::now());
        let mut options = SolveOptions::default();
        options.warm_start = Some(self.start.clone());
        options.node_limit = Some(SLICE);
        options.time_limit = Some(left().min(CHECK_INTERVAL));
        options.mip_gap = effort.enough;
        let mut outcome = self.program.solve_with(options);
        loop {
            if stopped() {
                return SearchOutcome::Stopped;
            }
            // Choosing nothing is always feasible, so a failure here is one of the solver's arithmetic.
            let Ok(state) = outcome else {
                return SearchOutcome::Nothing { late: false };
            };
            let late = left().is_zero();
            let reason = state.termination_reason();
            let done =
                matches!(reason, TerminationReason::ProvenOptimal | TerminationReason::MipGap);
            if done || late || state.stats().nodes_solved >= effort.nodes {
                return match state {
                    SolveOutcome::Solution(solution) => {
                        SearchOutcome::Found { solution: Box::new(solution), late: late && !done }
                    }
                    SolveOutcome::Interrupted(_) => SearchOutcome::Nothing { late },
                };
            }
            let mut options = ResumeOptions::default();
            options.node_limit = Some(SLICE);
            options.time_limit = Some(left().min(CHECK_INTERVAL));
            options.mip_gap = Some(effort.enough);
            outcome = state.resume_with(options);
        }
    }

    /// Reads the solver's solution as an exact choice.
    fn read(
        &self,
        solution: &Solution,
        problem: &Problem,
        budget: i64,
        best: Vec<Allocation>,
        most: i128,
        late: bool,
    ) -> SolvedChoice {
        let whole = |variable: Variable| solution.var_value_raw(variable).round() as i64;
        let mut rest = RemainingLimits::of(problem, budget);
        let mut exact = true;
        for (i, columns) in self.columns.iter().enumerate() {
            let wanted = whole(columns.full) + columns.last.map_or(0, whole);
            let headcount = wanted.clamp(0, rest.headcount_left(i));
            exact &= headcount == wanted;
            let able = problem.candidates[i].closed_by(headcount);
            let closed = columns.closed.map_or(able, |variable| {
                let parts = solution.var_value_raw(variable) * Fte::ONE.count() as f64;
                // The solver's answer may be off by up to a hundred-thousandth.
                Fte::parts(parts.round() as i64).or_zero().min(able)
            });
            rest.take(i, headcount, closed.min(rest.room(i)));
        }
        top_up(problem, &mut rest);
        let found = rest.taken;
        let proven = solution.termination_reason() == TerminationReason::ProvenOptimal && exact;
        let bound = solution.stats().best_bound.map_or(most, |bound| {
            // The solver's bound is inexact too: allow one part in ten million.
            (bound * self.unit * (1.0 + 1e-7)) as i128
        });
        let bound = bound.min(most);
        match problem.allows(&found, budget) && problem.worth(&found) >= problem.worth(&best) {
            true => SolvedChoice::of(problem, found, bound, proven, late),
            false => {
                let near = problem.worth(&found) - problem.worth(&best);
                let same = proven && near.abs() <= problem.worth(&best) / 10_000_000;
                SolvedChoice::of(problem, best, bound, same, late)
            }
        }
    }
}

/// Closes what rounding lost, where the limits allow it.
fn top_up(problem: &Problem, rest: &mut RemainingLimits<'_>) {
    for i in 0..problem.candidates.len() {
        let able = problem.candidates[i].closed_by(rest.taken[i].headcount) - rest.taken[i].closed;
        let more = able.min(rest.room(i));
        if more > Fte::ZERO {
            rest.take(i, 0, more);
        }
    }
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
