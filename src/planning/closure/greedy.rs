//! A quick choice by worth per penny. The exact search starts from it.

use crate::domain::Fte;

use super::problem::{Allocation, Candidate, GroupDependency, Problem, RemainingLimits};

/// The people of a candidate who close in full, or its last one, who may close less.
#[derive(Clone, Copy)]
struct CandidatePart {
    candidate: usize,
    last: bool,
    /// Worth of one person.
    worth: i128,
    cost: i64,
    headcount: i64,
}

/// Pieces of all candidates, the highest worth per penny first; what is free comes before all others.
fn pieces(problem: &Problem) -> Vec<CandidatePart> {
    let of = |(at, candidate): (usize, &Candidate)| {
        let cost = candidate.cost;
        let piece = |last, closed, headcount| CandidatePart {
            candidate: at,
            last,
            worth: candidate.worth(closed),
            cost,
            headcount,
        };
        let last = candidate.last_head_fte();
        [
            piece(false, candidate.per_head, candidate.full_headcount()),
            piece(true, last, i64::from(last > Fte::ZERO)),
        ]
    };
    let mut pieces: Vec<CandidatePart> =
        problem.candidates.iter().enumerate().flat_map(|(at, c)| of((at, c))).collect();
    pieces.retain(|piece| piece.headcount > 0);
    pieces.sort_by(|one, other| {
        // Compares worth ÷ cost of the two without dividing.
        let right = one.worth.saturating_mul(other.cost.into());
        let left = other.worth.saturating_mul(one.cost.into());
        left.cmp(&right).then((one.candidate, one.last).cmp(&(other.candidate, other.last)))
    });
    pieces
}

/// Takes the pieces in order, as many people of each as the limits and the budget allow.
pub fn choose(problem: &Problem, budget: i64) -> Vec<Allocation> {
    let pieces = pieces(problem);
    let group_of = groups(problem);
    let mut rest = RemainingLimits::of(problem, budget);
    let mut used = vec![false; problem.groups.len()];
    // Repeat for candidates that waited for an option they require.
    loop {
        let before = rest.taken.clone();
        for piece in &pieces {
            let i = piece.candidate;
            if allowed(problem, &used, group_of[i]) {
                fill(problem, &mut rest, piece);
                if let Some(group) = group_of[i].filter(|_| rest.taken[i].headcount > 0) {
                    used[group] = true;
                }
            }
        }
        if rest.taken == before {
            return rest.taken;
        }
    }
}

/// Upper bound on the worth of any choice: what the budget would buy if people could be divided and no limit
/// were shared.
pub fn bound(problem: &Problem, budget: i64) -> i128 {
    let (mut bound, mut left) = (0, i128::from(budget));
    for piece in pieces(problem) {
        let (cost, headcount) = (i128::from(piece.cost), i128::from(piece.headcount));
        if cost * headcount <= left {
            left -= cost * headcount;
            bound += piece.worth * headcount;
        } else {
            return bound + piece.worth.saturating_mul(left) / cost + 1;
        }
    }
    bound
}

fn groups(problem: &Problem) -> Vec<Option<usize>> {
    let mut group_of = vec![None; problem.candidates.len()];
    for (group, members) in problem.groups.iter().enumerate() {
        members.iter().for_each(|i| group_of[*i] = Some(group));
    }
    group_of
}

/// Whether a group may be used together with those in use.
fn allowed(problem: &Problem, used: &[bool], group: Option<usize>) -> bool {
    let Some(group) = group else { return true };
    problem.ties.iter().all(|tie| match *tie {
        GroupDependency::Excludes(one, other) => {
            !(one == group && used[other] || other == group && used[one])
        }
        GroupDependency::Requires(one, other) => one != group || used[other],
    })
}

/// Takes as many people as fit: those who close in full, or one more.
fn fill(problem: &Problem, rest: &mut RemainingLimits<'_>, piece: &CandidatePart) {
    let (i, candidate) = (piece.candidate, &problem.candidates[piece.candidate]);
    let (room, headcount_left) = (rest.room(i), rest.headcount_left(i));
    let full = (room.count() / candidate.per_head.count()).min(headcount_left);
    if !piece.last && full > 0 {
        rest.take(i, full, candidate.closed_by(full).min(room));
    }
    if piece.last && full == 0 && headcount_left > 0 && room > Fte::ZERO {
        rest.take(i, 1, room.min(candidate.per_head));
    }
}
