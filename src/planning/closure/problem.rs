//! The choice as an optimisation problem: how many people of each candidate, under a budget and other limits.

use crate::domain::{Fte, Ratio};

/// An option that could be used for a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Cost per person in pence.
    pub cost: i64,
    /// FTE that one person closes; more than 0.
    pub per_head: Fte,
    /// Probability of success.
    pub success: Ratio,
    /// Weight of an FTE gained.
    pub weight: Ratio,
    /// Maximum FTE that it can close.
    pub most: Fte,
    /// Maximum number of people.
    pub headcount: i64,
}

impl Candidate {
    /// Worth of this much FTE closed: weight × success × FTE, in units of 10⁻¹⁵.
    pub fn worth(&self, closed: Fte) -> i128 {
        i128::from(closed.count())
            * i128::from(self.success.count())
            * i128::from(self.weight.count())
    }

    /// FTE that this many people close if no other limit binds.
    pub fn closed_by(&self, headcount: i64) -> Fte {
        let closed = i128::from(self.per_head.count()) * i128::from(headcount);
        self.most.min(Fte::parts(i64::try_from(closed).unwrap_or(i64::MAX)))
    }

    /// Number of people who each close in full, within the maximum.
    pub fn full_headcount(&self) -> i64 {
        (self.most.count() / self.per_head.count()).min(self.headcount)
    }

    /// FTE that one person more than the full ones closes; 0 if there can be none.
    pub fn last_head_fte(&self) -> Fte {
        let full = self.full_headcount();
        if full < self.headcount {
            self.closed_by(full + 1) - self.closed_by(full)
        } else {
            Fte::ZERO
        }
    }
}

/// FTE limit that several candidates share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedLimit {
    /// Indices of the candidates, each once.
    pub members: Vec<usize>,
    /// Maximum FTE.
    pub most: Fte,
    /// Whether the limit applies to the expected gain instead of the FTE closed.
    pub expected: bool,
}

impl SharedLimit {
    /// Share of the limit that this much FTE closed uses, in units of 10⁻¹⁰ FTE.
    fn taken(&self, candidate: &Candidate, closed: Fte) -> i128 {
        let share = if self.expected { candidate.success } else { Ratio::ONE };
        i128::from(closed.count()) * i128::from(share.count())
    }

    /// The whole limit, in the same units.
    fn all(&self) -> i128 {
        i128::from(self.most.count()) * i128::from(Ratio::ONE.count())
    }

    /// Whether its members together could exceed it.
    pub fn binds(&self, candidates: &[Candidate]) -> bool {
        let most = |i: &usize| {
            let candidate = &candidates[*i];
            self.taken(candidate, candidate.closed_by(candidate.headcount))
        };
        self.members.iter().map(most).sum::<i128>() > self.all()
    }
}

/// Headcount limit that several candidates share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedCapacity {
    /// Indices of the candidates.
    pub members: Vec<usize>,
    /// Maximum headcount.
    pub most: i64,
}

/// Dependency between two groups of candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupDependency {
    /// The two are never used together.
    Excludes(usize, usize),
    /// The first may be used only if the second is.
    Requires(usize, usize),
}

/// Candidates to choose from, with their limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// What can be chosen.
    pub candidates: Vec<Candidate>,
    /// FTE limits.
    pub limits: Vec<SharedLimit>,
    /// Headcount limits.
    pub capacities: Vec<SharedCapacity>,
    /// Groups of candidates that dependencies refer to; a candidate is in at most one group.
    pub groups: Vec<Vec<usize>>,
    /// Dependencies between groups.
    pub ties: Vec<GroupDependency>,
}

/// How much of a candidate is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocation {
    /// Number of people.
    pub headcount: i64,
    /// FTE that they close.
    pub closed: Fte,
}

impl Problem {
    /// Cost of a choice in pence.
    pub fn cost(&self, taken: &[Allocation]) -> i128 {
        let cost = |(candidate, taken): (&Candidate, &Allocation)| {
            i128::from(candidate.cost) * i128::from(taken.headcount)
        };
        self.candidates.iter().zip(taken).map(cost).sum()
    }

    /// Worth of a choice, in units of 10⁻¹⁵.
    pub fn worth(&self, taken: &[Allocation]) -> i128 {
        let worth = |(candidate, taken): (&Candidate, &Allocation)| candidate.worth(taken.closed);
        self.candidates.iter().zip(taken).map(worth).sum()
    }

    /// Cost in pence of choosing everything.
    pub fn cost_of_all(&self) -> i64 {
        let cost =
            |candidate: &Candidate| i128::from(candidate.cost) * i128::from(candidate.headcount);
        i64::try_from(self.candidates.iter().map(cost).sum::<i128>()).unwrap_or(i64::MAX)
    }

    /// Whether a choice keeps to the budget, every limit and every dependency.
    pub fn allows(&self, taken: &[Allocation], budget: i64) -> bool {
        let used = |group: &usize| self.groups[*group].iter().any(|i| taken[*i].headcount > 0);
        let within = |(candidate, taken): (&Candidate, &Allocation)| {
            (0..=candidate.headcount).contains(&taken.headcount)
                && (Fte::ZERO..=candidate.closed_by(taken.headcount)).contains(&taken.closed)
        };
        let limited = |limit: &SharedLimit| {
            let part = |i: &usize| limit.taken(&self.candidates[*i], taken[*i].closed);
            limit.members.iter().map(part).sum::<i128>() <= limit.all()
        };
        let seated = |capacity: &SharedCapacity| {
            capacity.members.iter().map(|i| taken[*i].headcount).sum::<i64>() <= capacity.most
        };
        let tied = |tie: &GroupDependency| match tie {
            GroupDependency::Excludes(one, other) => !(used(one) && used(other)),
            GroupDependency::Requires(one, other) => !used(one) || used(other),
        };
        taken.len() == self.candidates.len()
            && self.cost(taken) <= budget.into()
            && self.candidates.iter().zip(taken).all(within)
            && self.limits.iter().all(limited)
            && self.capacities.iter().all(seated)
            && self.ties.iter().all(tied)
    }
}

/// Budget and limits that remain while a choice is built.
pub struct RemainingLimits<'a> {
    problem: &'a Problem,
    budget: i128,
    limits: Vec<i128>,
    capacities: Vec<i64>,
    /// For each candidate, the limits and capacities that it is a member of.
    under: Vec<(Vec<usize>, Vec<usize>)>,
    /// Choice so far.
    pub taken: Vec<Allocation>,
}

impl<'a> RemainingLimits<'a> {
    /// Everything is left: nothing is taken yet.
    pub fn of(problem: &'a Problem, budget: i64) -> Self {
        let mut under = vec![(Vec::new(), Vec::new()); problem.candidates.len()];
        for (limit, at) in problem.limits.iter().zip(0..) {
            limit.members.iter().for_each(|i| under[*i].0.push(at));
        }
        for (capacity, at) in problem.capacities.iter().zip(0..) {
            capacity.members.iter().for_each(|i| under[*i].1.push(at));
        }
        Self {
            problem,
            budget: budget.into(),
            limits: problem.limits.iter().map(SharedLimit::all).collect(),
            capacities: problem.capacities.iter().map(|capacity| capacity.most).collect(),
            under,
            taken: vec![Allocation::default(); problem.candidates.len()],
        }
    }

    /// FTE that a candidate could still close, if it had enough people.
    pub fn room(&self, i: usize) -> Fte {
        let candidate = &self.problem.candidates[i];
        let left = |limit: &usize| {
            let rule = &self.problem.limits[*limit];
            let each = rule.taken(candidate, Fte::parts(1)).max(1);
            Fte::parts(i64::try_from(self.limits[*limit] / each).unwrap_or(i64::MAX))
        };
        let own = candidate.most - self.taken[i].closed;
        self.under[i].0.iter().map(left).fold(own, Fte::min)
    }

    /// Number of people that a candidate could still have.
    pub fn headcount_left(&self, i: usize) -> i64 {
        let candidate = &self.problem.candidates[i];
        let own = candidate.headcount - self.taken[i].headcount;
        let headcount_left =
            self.under[i].1.iter().map(|at| self.capacities[*at]).fold(own, i64::min);
        match candidate.cost {
            0 => headcount_left,
            cost => headcount_left
                .min(i64::try_from(self.budget / i128::from(cost)).unwrap_or(i64::MAX)),
        }
    }

    /// Takes people of a candidate to close this much FTE. Both must fit: see `headcount_left` and `room`.
    pub fn take(&mut self, i: usize, headcount: i64, closed: Fte) {
        let candidate = &self.problem.candidates[i];
        self.budget -= i128::from(candidate.cost) * i128::from(headcount);
        for at in &self.under[i].0 {
            self.limits[*at] -= self.problem.limits[*at].taken(candidate, closed);
        }
        for at in &self.under[i].1 {
            self.capacities[*at] -= headcount;
        }
        let taken = &mut self.taken[i];
        *taken =
            Allocation { headcount: taken.headcount + headcount, closed: taken.closed + closed };
    }
}
