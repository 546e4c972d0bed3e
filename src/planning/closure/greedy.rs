//! A quick choice by worth per penny. The exact search starts from it.

use crate::domain::Fte;

use super::problem::{Candidate, Problem, Rest, Taken, Tie};

/// The people of a candidate who close in full, or its last one, who may close less.
#[derive(Clone, Copy)]
struct Piece {
    candidate: usize,
    last: bool,
    /// Worth of one person.
    worth: i128,
    cost: i64,
    heads: i64,
}

/// Pieces of all candidates, the highest worth per penny first; what is free comes before all others.
fn pieces(problem: &Problem) -> Vec<Piece> {
    let of = |(at, candidate): (usize, &Candidate)| {
        let cost = candidate.cost;
        let piece = |last, closed, heads| Piece {
            candidate: at,
            last,
            worth: candidate.worth(closed),
            cost,
            heads,
        };
        let last = candidate.last_head();
        [
            piece(false, candidate.per_head, candidate.full_heads()),
            piece(true, last, i64::from(last > Fte::ZERO)),
        ]
    };
    let mut pieces: Vec<Piece> =
        problem.candidates.iter().enumerate().flat_map(|(at, c)| of((at, c))).collect();
    pieces.retain(|piece| piece.heads > 0);
    pieces.sort_by(|one, other| {
        // Compares worth ÷ cost of the two without dividing.
        let right = one.worth.saturating_mul(other.cost.into());
        let left = other.worth.saturating_mul(one.cost.into());
        left.cmp(&right).then((one.candidate, one.last).cmp(&(other.candidate, other.last)))
    });
    pieces
}

/// Takes the pieces in order, as many people of each as the limits and the budget allow.
pub fn choose(problem: &Problem, budget: i64) -> Vec<Taken> {
    let pieces = pieces(problem);
    let group_of = groups(problem);
    let mut rest = Rest::of(problem, budget);
    let mut used = vec![false; problem.groups.len()];
    // Repeat for candidates that waited for an option they require.
    loop {
        let before = rest.taken.clone();
        for piece in &pieces {
            let i = piece.candidate;
            if allowed(problem, &used, group_of[i]) {
                fill(problem, &mut rest, piece);
                if let Some(group) = group_of[i].filter(|_| rest.taken[i].heads > 0) {
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
        let (cost, heads) = (i128::from(piece.cost), i128::from(piece.heads));
        if cost * heads <= left {
            left -= cost * heads;
            bound += piece.worth * heads;
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
        Tie::Excludes(one, other) => !(one == group && used[other] || other == group && used[one]),
        Tie::Requires(one, other) => one != group || used[other],
    })
}

/// Takes as many people as fit: those who close in full, or one more.
fn fill(problem: &Problem, rest: &mut Rest<'_>, piece: &Piece) {
    let (i, candidate) = (piece.candidate, &problem.candidates[piece.candidate]);
    let (room, seats) = (rest.room(i), rest.seats(i));
    let full = (room.count() / candidate.per_head.count()).min(seats);
    if !piece.last && full > 0 {
        rest.take(i, full, candidate.closed_by(full).min(room));
    }
    if piece.last && full == 0 && seats > 0 && room > Fte::ZERO {
        rest.take(i, 1, room.min(candidate.per_head));
    }
}
