use proptest::prelude::*;

use super::{super::example::*, *};
use crate::{
    domain::{Fte, organisation::OrganisationKind},
    planning::analysis::AnalysisRows,
};

/// Compares organisations from plain rows.
fn compare(inputs: &AnalysisRows, query: &AnalysisQuery) -> Comparison {
    super::compare(&AnalysisInputs::of(inputs, query), query)
}

fn query(skills: &[&str]) -> AnalysisQuery {
    AnalysisQuery {
        skills: skills.iter().map(|skill| format!("frameworks/f/skills/{skill}")).collect(),
        ..AnalysisQuery::of("plans/p", day("2026-07-01"))
    }
}

/// Trusts A to D each need analysts at level 3 of `s`.
///
/// A needs 2: 1.0 at 4, 1.0 at 2, so half is covered. B needs 1: 0.5 at 3, 0.5 at 1, so half is covered. C
/// needs 4: 1.0 at 4 and 1.0 at 4, and one whose level has expired, so half is covered. D needs 3: 3.0 at 3,
/// all covered. E needs nothing, and F has no staffing.
fn inputs() -> AnalysisRows {
    let needs = [("A", 2.0), ("B", 1.0), ("C", 4.0), ("D", 3.0), ("E", 0.0), ("F", 5.0)];
    let people = [
        ("A", "a1", 1.0, 4),
        ("A", "a2", 1.0, 2),
        ("B", "b1", 0.5, 3),
        ("B", "b2", 0.5, 1),
        ("C", "c1", 1.0, 4),
        ("C", "c2", 1.0, 4),
        ("D", "d1", 1.5, 3),
        ("D", "d2", 1.5, 3),
    ];
    let mut assessments: Vec<_> =
        people.iter().map(|(trust, who, _, level)| assessment(trust, who, "s", *level)).collect();
    let mut lapsed = assessment("C", "c3", "s", 4);
    lapsed.valid_until_date = Some(day("2026-06-30"));
    assessments.push(lapsed);
    let mut staffing: Vec<_> = people
        .iter()
        .map(|(trust, who, fte, _)| staffing(trust, who, "analyst", 1, *fte))
        .collect();
    staffing.push(super::super::example::staffing("C", "c3", "analyst", 1, 1.0));
    AnalysisRows {
        plan: plan("p", "REG"),
        targets: needs
            .iter()
            .map(|(t, n)| target(&format!("plans/p/targets/{t}"), t, "analyst", "2027-03-31", *n))
            .collect(),
        requirements: vec![requirement("roles/analyst/requirements/s", "s", 3)],
        organisations: [organisation("REG", OrganisationKind::Region, "")]
            .into_iter()
            .chain(needs.iter().map(|(code, _)| trust(code, "REG")))
            .collect(),
        roles: vec![role("analyst", "DATA")],
        skills: vec![skill("s", false)],
        frameworks: Vec::new(),
        staffing,
        assessments,
    }
}

/// The worked example. Of 8 FTE: A 2 at mean 3, B 1 at mean 2, C 2 at mean 4, D 3 at mean 3. The mean of
/// all is (6 + 2 + 8 + 9) ÷ 8 = 25 ÷ 8. Between: Σ n·mean² − 25² ÷ 8 = 18 + 4 + 32 + 27 − 78.125 = 2.875.
/// Within: A 1 + 1, B 0.5 + 0.5, C 0, D 0 = 3. η² = 2.875 ÷ 5.875 = 23 ÷ 47.
#[test]
fn the_worked_example_comes_out() {
    let compared = compare(&inputs(), &query(&["s"]));
    let rows: Vec<_> = (compared.organisations.iter())
        .map(|one| {
            let name = &compared.analysis.catalogue.organisation(one.key).unwrap().title;
            (
                name.as_str(),
                one.totals.figures.coverage(),
                one.place.map(|p| (p.rank, p.percentile)),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            // A worse one counts whole, equal ones half: D (4 + ½) ÷ 5; the three (1 + 1½) ÷ 5; F ½ ÷ 5.
            ("D", Some(1.0), Some((1, 90.0))),
            ("A", Some(0.5), Some((2, 50.0))),
            ("B", Some(0.5), Some((2, 50.0))),
            ("C", Some(0.5), Some((2, 50.0))),
            ("F", Some(0.0), Some((5, 10.0))),
            ("E", None, None),
        ]
    );
    let levels: Vec<_> =
        compared.organisations.iter().map(|one| (one.levels.fte(), one.levels.mean())).collect();
    assert_eq!(
        levels,
        [
            (fte(3.0), Some(3.0)),
            (fte(2.0), Some(3.0)),
            (fte(1.0), Some(2.0)),
            (fte(2.0), Some(4.0)),
            (fte(0.0), None),
            (fte(0.0), None),
        ]
    );
    assert_eq!(compared.spread.assessed, fte(8.0));
    assert_eq!((compared.spread.between, compared.spread.within), (287_500.0, 300_000.0));
    assert_eq!(compared.spread.eta_squared(), Some(23.0 / 47.0));
    assert_eq!(compared.skills.len(), 1);
    assert_eq!(compared.skills[0].1, compared.spread);
}

#[test]
fn several_skills_are_each_taken_about_their_own_mean() {
    let mut inputs = inputs();
    inputs.requirements.push(requirement("roles/analyst/requirements/t", "t", 1));
    inputs.skills.push(skill("t", false));
    // Everyone at A and D is at level 1 of the other skill: no variation there.
    for (trust, who) in [("A", "a1"), ("A", "a2"), ("D", "d1")] {
        inputs.assessments.push(assessment(trust, who, "t", 1));
    }
    let alone = compare(&inputs, &query(&["t"]));
    assert_eq!((alone.spread.assessed, alone.spread.eta_squared()), (fte(3.5), None));
    let both = compare(&inputs, &query(&["s", "t"]));
    assert_eq!(both.spread.eta_squared(), Some(23.0 / 47.0));
    assert_eq!(both.spread.assessed, fte(11.5));
    assert_eq!(both.skills.len(), 2);
}

prop_compose! {
    /// Levels of some organisations, each with its FTE.
    fn groups()(
        groups in prop::collection::vec(
            prop::collection::vec((0..=20i32, 1..300_000i64), 0..8), 0..8,
        ),
    ) -> Vec<Vec<(i32, i64)>> {
        groups
    }
}

fn spread(groups: &[Vec<(i32, i64)>], shift: i32, factor: i64) -> Spread {
    let levels = |group: &Vec<(i32, i64)>| {
        let mut levels = LevelSpread::default();
        group.iter().for_each(|(level, fte)| levels.add(level + shift, Fte::parts(fte * factor)));
        levels
    };
    let groups: Vec<LevelSpread> = groups.iter().map(levels).collect();
    Spread::between(groups.iter())
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        (a, b) => a == b,
    }
}

proptest! {
    #[test]
    fn the_share_is_from_0_to_1_and_a_matter_of_differences_only(groups in groups()) {
        let share = spread(&groups, 0, 1).eta_squared();
        prop_assert!(share.is_none_or(|share| (0.0..=1.0).contains(&share)));
        // Shifting all levels or scaling all FTE makes no difference.
        prop_assert!(near(spread(&groups, 7, 1).eta_squared(), share));
        prop_assert!(near(spread(&groups, 0, 10).eta_squared(), share));
        let mut turned = groups.clone();
        turned.reverse();
        prop_assert!(near(spread(&turned, 0, 1).eta_squared(), share));
        // An organisation without assessments does not count.
        let with_none: Vec<_> = groups.iter().cloned().chain([Vec::new()]).collect();
        prop_assert_eq!(spread(&with_none, 0, 1), spread(&groups, 0, 1));
    }

    #[test]
    fn what_lies_between_and_within_is_all_of_it(groups in groups()) {
        let Spread { between, within, .. } = spread(&groups, 0, 1);
        let all: Vec<(f64, f64)> =
            groups.iter().flatten().map(|(level, fte)| (f64::from(*level), *fte as f64)).collect();
        let weight: f64 = all.iter().map(|(_, fte)| fte).sum();
        let mean = all.iter().map(|(level, fte)| level * fte).sum::<f64>() / weight.max(1.0);
        let whole: f64 = all.iter().map(|(level, fte)| fte * (level - mean).powi(2)).sum();
        prop_assert!((between + within - whole).abs() <= 1e-9 * whole.max(1.0));
        // A single group has nothing between; groups of one level each have nothing within.
        let one: Vec<(i32, i64)> = groups.iter().flatten().copied().collect();
        prop_assert_eq!(spread(&[one], 0, 1).between, 0.0);
        let split: Vec<_> = groups.iter().flatten().map(|one| vec![*one]).collect();
        prop_assert_eq!(spread(&split, 0, 1).within, 0.0);
    }

    #[test]
    fn ranks_follow_coverages(parts in prop::collection::vec((0..50i64, 0..8i64), 0..30)) {
        let parts: Vec<(Fte, Fte)> =
            parts.into_iter().map(|(a, b)| (Fte::parts(a.min(b)), Fte::parts(b))).collect();
        let places = rank::coverage_ranks(&parts);
        let coverage = |i: usize| parts[i].0.count() as f64 / parts[i].1.count() as f64;
        for (i, place) in places.iter().enumerate() {
            prop_assert_eq!(place.is_some(), parts[i].1 > Fte::ZERO);
            let Some(place) = place else { continue };
            let others = || (0..parts.len()).filter(|j| places[*j].is_some());
            let better = others().filter(|j| coverage(*j) > coverage(i)).count();
            prop_assert_eq!(place.rank, better + 1);
            let worse = others().filter(|j| coverage(*j) < coverage(i)).count();
            let equal = others().count() - better - worse;
            let percentile = (worse as f64 + equal as f64 / 2.0) * 100.0 / others().count() as f64;
            prop_assert!((place.percentile - percentile).abs() < 1e-9);
        }
    }
}
