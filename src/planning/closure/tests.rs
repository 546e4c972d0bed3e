//! The worked example, and the properties of every choice, checked against an exhaustive search.

use proptest::prelude::*;

use crate::domain::Ratio;

use super::{
    problem::{Allocation, Candidate, GroupDependency, Problem, SharedCapacity, SharedLimit},
    solve::SolvedChoice,
    *,
};

fn fte(value: f64) -> Fte {
    Fte::read(value).unwrap()
}

fn candidate(cost: i64, per_head: f64, success: f64, most: f64, headcount: i64) -> Candidate {
    let (per_head, most) = (fte(per_head), fte(most));
    let success = Ratio::read(success).unwrap();
    Candidate { cost, per_head, success, weight: Ratio::ONE, most, headcount }
}

fn effort(nodes: u64) -> SearchEffort {
    SearchEffort { nodes, deadline: Instant::now() + Duration::from_secs(60), enough: 0.0 }
}

fn solved(problem: &Problem, budget: i64) -> SolvedChoice {
    solve(problem, budget, &[], effort(10_000), &|| false).unwrap()
}

/// Assess D, recertify C, train B, hire.
fn example() -> Problem {
    let candidates = vec![
        candidate(5_000, 0.6, 0.5, 0.6, 1),
        candidate(34_626, 1.0, 0.95, 1.0, 1),
        candidate(218_132, 0.8, 0.85, 0.8, 1),
        candidate(300_000, 1.0, 0.8, 1.6, 1),
    ];
    Problem { candidates, ..Problem::default() }
}

#[test]
fn the_worked_example_comes_out_to_the_penny() {
    let problem = example();
    for (budget, headcount, cost, gained) in [
        (300_000, [1, 1, 1, 0], 257_758, 193_000),
        (400_000, [1, 1, 0, 1], 339_626, 205_000),
        (600_000, [1, 1, 1, 1], 557_758, 273_000),
    ] {
        let best = solved(&problem, budget);
        assert_eq!(best.taken.iter().map(|taken| taken.headcount).collect::<Vec<_>>(), headcount);
        assert_eq!(problem.cost(&best.taken), cost);
        assert_eq!(best.worth, gained * 10_000_000_000);
        assert!(best.proven);
        assert_eq!((best.bound, best.gap()), (best.worth, 0.0));
    }
    // Choosing by worth per pound gives less: 1.93 for £4,000.
    let greedy = greedy::choose(&problem, 400_000);
    assert_eq!(problem.worth(&greedy), 1_930_000_000_000_000);
}

#[test]
fn the_last_head_closes_what_is_left() {
    let problem =
        Problem { candidates: vec![candidate(100, 1.0, 1.0, 2.4, 3)], ..Problem::default() };
    for (budget, closed) in [(100, 1.0), (200, 2.0), (300, 2.4), (900, 2.4)] {
        assert_eq!(solved(&problem, budget).taken[0].closed, fte(closed));
    }
}

#[test]
fn what_is_shared_is_closed_once() {
    let candidates = vec![candidate(100, 1.0, 0.5, 2.0, 2), candidate(150, 1.0, 0.9, 2.0, 2)];
    let limit = SharedLimit { members: vec![0, 1], most: fte(2.0), expected: false };
    let problem = Problem { candidates, limits: vec![limit], ..Problem::default() };
    let best = solved(&problem, 1_000);
    assert_eq!([best.taken[0].headcount, best.taken[1].headcount], [0, 2]);
    let best = solved(&problem, 250);
    assert_eq!([best.taken[0].headcount, best.taken[1].headcount], [1, 1]);
}

#[test]
fn options_exclude_and_require_each_other() {
    let mut problem = example();
    problem.groups = vec![vec![0], vec![1], vec![3]];
    problem.ties = vec![GroupDependency::Excludes(1, 2), GroupDependency::Requires(1, 0)];
    let headcount = |problem: &Problem, budget| -> Vec<i64> {
        solved(problem, budget).taken.iter().map(|taken| taken.headcount).collect()
    };
    // Recertifying and recruiting exclude each other.
    assert_eq!(headcount(&problem, 600_000), [1, 1, 1, 0]);
    // Recertifying requires assessing first, and the budget does not cover both.
    assert_eq!(headcount(&problem, 39_000), [1, 0, 0, 0]);
    problem.ties = vec![];
    assert_eq!(headcount(&problem, 39_000), [0, 1, 0, 0]);
}

#[test]
fn a_search_that_nobody_waits_for_ends() {
    let problem = example();
    assert!(solve(&problem, 400_000, &[], effort(10_000), &|| true).is_none());
}

#[test]
fn a_search_without_time_gives_the_quick_choice_and_says_how_good_it_is() {
    let problem = example();
    let late = SearchEffort { nodes: 10_000, deadline: Instant::now(), enough: 0.0 };
    let found = solve(&problem, 400_000, &[], late, &|| false).unwrap();
    assert!(problem.allows(&found.taken, 400_000));
    assert!(found.worth >= problem.worth(&greedy::choose(&problem, 400_000)));
    assert!(found.late && !found.proven && found.gap() > 0.0);
}

/// Worth of the best of all choices: every headcount, each candidate closing all it can, in order.
fn best_of_all(problem: &Problem, budget: i64) -> i128 {
    fn next(problem: &Problem, budget: i64, taken: &mut Vec<Allocation>, best: &mut i128) {
        let Some(candidate) = problem.candidates.get(taken.len()) else {
            if problem.allows(taken, budget) {
                *best = problem.worth(taken).max(*best);
            }
            return;
        };
        for headcount in 0..=candidate.headcount {
            taken.push(Allocation { headcount, closed: candidate.closed_by(headcount) });
            next(problem, budget, taken, best);
            taken.pop();
        }
    }
    let mut best = 0;
    next(problem, budget, &mut Vec::new(), &mut best);
    best
}

fn candidates(most: usize) -> impl Strategy<Value = Vec<Candidate>> {
    let one = (0..50i64, 1..=30i64, 1..=10i64, 1..=5i64, 1..=60i64, 1..=3i64).prop_map(
        |(cost, per_head, success, weight, most, headcount)| {
            let most = Fte::parts(most * 10_000);
            let per_head = Fte::parts(per_head * 10_000);
            let needed = (most.count() + per_head.count() - 1) / per_head.count();
            Candidate {
                cost: cost * 100,
                per_head,
                success: Ratio::parts(success * 10_000),
                weight: Ratio::whole(weight),
                most,
                headcount: headcount.min(needed),
            }
        },
    );
    prop::collection::vec(one, 1..most)
}

/// Candidates with a capacity, a limit of whole people, and dependencies.
fn problems(most: usize) -> impl Strategy<Value = Problem> {
    let ties = prop::collection::vec((0..3usize, 0..3usize, any::<bool>()), 0..3);
    (candidates(most), 0..8i64, ties).prop_map(|(candidates, headcount_left, ties)| {
        let members: Vec<usize> = (0..candidates.len()).step_by(2).collect();
        let groups: Vec<Vec<usize>> = (0..candidates.len().min(3)).map(|i| vec![i]).collect();
        let tie = |(one, other, excludes): (usize, usize, bool)| match excludes {
            _ if one == other || one.max(other) >= groups.len() => None,
            true => Some(GroupDependency::Excludes(one, other)),
            false => Some(GroupDependency::Requires(one, other)),
        };
        let ties = ties.into_iter().filter_map(tie).collect();
        let capacities = vec![SharedCapacity { members, most: headcount_left }];
        Problem { candidates, capacities, groups, ties, ..Problem::default() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_choice_is_the_best_of_all(problem in problems(6), budget in 0..20_000i64) {
        let best = solved(&problem, budget);
        prop_assert!(problem.allows(&best.taken, budget));
        prop_assert!(best.proven);
        prop_assert_eq!(best.worth, best_of_all(&problem, budget));
    }

    #[test]
    fn no_choice_is_worse_than_a_quick_one_nor_over_the_budget(
        mut problem in problems(40), budget in 0..60_000i64, shared in 1..600_000i64,
    ) {
        let all: Vec<usize> = (0..problem.candidates.len()).collect();
        for (members, most, expected) in [
            (all.iter().copied().step_by(3).collect(), shared, false),
            (all, shared * 2, true),
        ] {
            problem.limits.push(SharedLimit { members, most: Fte::parts(most), expected });
        }
        let greedy = greedy::choose(&problem, budget);
        prop_assert!(problem.allows(&greedy, budget));
        let best = solve(&problem, budget, &[], effort(300), &|| false).unwrap();
        prop_assert!(problem.allows(&best.taken, budget));
        prop_assert!(best.worth >= problem.worth(&greedy));
        prop_assert!(best.bound >= best.worth);
        // A choice for a smaller budget is valid for a larger one.
        let more = solve(&problem, budget + 5_000, &[&best.taken], effort(300), &|| false).unwrap();
        prop_assert!(more.worth >= best.worth);
        prop_assert!(more.bound >= best.worth);
    }
}
