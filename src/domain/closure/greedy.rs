//! A quick choice: the most worth for a pound first. The exact search begins with it.

use super::problem::{Candidate, Problem, Rest, Taken, Tie};

/// Takes candidates in the order of their worth for a penny, each as far as it goes.
pub fn choose(problem: &Problem, budget: i64) -> Vec<Taken> {
    let mut order: Vec<usize> = (0..problem.candidates.len()).collect();
    order.sort_by(|a, b| {
        let (one, other) = (&problem.candidates[*a], &problem.candidates[*b]);
        let (one_worth, other_worth) = (one.worth(one.per_head), other.worth(other.per_head));
        // one ÷ cost against other ÷ cost; what costs nothing comes first.
        let left = product(other_worth, one);
        let right = product(one_worth, other);
        left.cmp(&right).then(a.cmp(b))
    });
    let group_of = groups(problem);
    let mut rest = Rest::of(problem, budget);
    let mut used = vec![false; problem.groups.len()];
    // Once more for each that waited for what it requires.
    loop {
        let before = rest.taken.clone();
        for whole in [true, false] {
            for i in &order {
                if allowed(problem, &used, group_of[*i]) {
                    fill(problem, &mut rest, *i, whole);
                    if let Some(group) = group_of[*i].filter(|_| rest.taken[*i].heads > 0) {
                        used[group] = true;
                    }
                }
            }
        }
        if rest.taken == before {
            return rest.taken;
        }
    }
}

fn product(worth: i128, candidate: &Candidate) -> i128 {
    worth.saturating_mul(candidate.cost.into())
}

fn groups(problem: &Problem) -> Vec<Option<usize>> {
    let mut group_of = vec![None; problem.candidates.len()];
    for (group, members) in problem.groups.iter().enumerate() {
        members.iter().for_each(|i| group_of[*i] = Some(group));
    }
    group_of
}

/// Whether a group may be used beside those that are.
fn allowed(problem: &Problem, used: &[bool], group: Option<usize>) -> bool {
    let Some(group) = group else { return true };
    problem.ties.iter().all(|tie| match *tie {
        Tie::Excludes(one, other) => {
            !(one == group && used[other]) && !(other == group && used[one])
        }
        Tie::Requires(one, other) => one != group || used[other],
    })
}

/// Takes as many heads as fit: those that mend in full, or one more.
fn fill(problem: &Problem, rest: &mut Rest<'_>, i: usize, whole: bool) {
    let candidate = &problem.candidates[i];
    let (room, seats) = (rest.room(i), rest.seats(i));
    let full = (room.count() / candidate.per_head.count()).min(seats);
    if whole && full > 0 {
        rest.take(i, full, candidate.mended_by(full).min(room));
    }
    if !whole && full == 0 && seats > 0 && room > crate::domain::Fte::ZERO {
        rest.take(i, 1, room.min(candidate.per_head));
    }
}
